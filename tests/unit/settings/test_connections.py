"""Connections from the environment, as URI and as JSON, and what is made of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registry_operators.clients.registry_client import registry_password
from registry_operators.domain.pin import Pin
from registry_operators.errors import ConfigurationError
from registry_operators.settings.connections import (
    ConnectionFields,
    connection_from_environment,
    pin_cipher,
    registry_account,
    sync_keys,
)
from stand_ins.people import DEMO_PIN_KEY
from tests.factories import KEYS, LIBRARY

CODE, SECRET = "kode-1", "leverandør&hemmelig"
PASSWORD = registry_password(CODE, SECRET)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch):
    """Sets ``AIRFLOW_CONN_REGISTRY``, and returns what is read from it."""

    def put(text: str) -> ConnectionFields:
        monkeypatch.setenv("AIRFLOW_CONN_REGISTRY", text)
        found = connection_from_environment("registry")
        assert found is not None
        return found

    return put


@pytest.mark.parametrize("text", [None, ""])
def test_no_variable_is_no_connection(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_REGISTRY", raising=False)
    if text is not None:
        monkeypatch.setenv("AIRFLOW_CONN_REGISTRY", text)

    assert connection_from_environment("registry") is None


def test_a_uri_is_read_with_its_escapes(environment) -> None:
    found = environment(
        "https://demo-2030000:kode-1@registry.example:8443/laanekort/fl.php"
        "?vendor_secret=leverand%C3%B8r%26hemmelig"
    )

    account = registry_account(LIBRARY, found)

    assert account.url == "https://registry.example:8443/laanekort/fl.php"
    assert (account.user, account.password) == ("demo-2030000", PASSWORD)


@pytest.mark.parametrize("as_text", [True, False], ids=["extra_as_text", "extra_as_object"])
def test_json_gives_the_same(environment, as_text: bool) -> None:
    extra = {"vendor_secret": SECRET, "ca_bundle": "/etc/ssl/demo.pem"}
    found = environment(
        json.dumps(
            {
                "conn_type": "https", "host": "registry.example", "port": 8443,
                "schema": "laanekort/fl.php", "login": "demo-2030000", "password": CODE,
                "extra": json.dumps(extra) if as_text else extra,
            }
        )
    )  # fmt: skip

    account = registry_account(LIBRARY, found)

    assert account.url == "https://registry.example:8443/laanekort/fl.php"
    assert (account.password, account.ca_bundle) == (PASSWORD, "/etc/ssl/demo.pem")


@pytest.mark.parametrize(
    "text",
    ["no scheme", "{broken", '{"extra": "{broken"}', "http://host:notaport/", '{"extra": "[1]"}',
     '{"extra": [1]}', "[]"],
)  # fmt: skip
def test_what_is_neither_is_told_without_repeating_it(monkeypatch, text: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_REGISTRY", text)

    with pytest.raises(ConfigurationError, match="AIRFLOW_CONN_REGISTRY") as caught:
        connection_from_environment("registry")
    assert text not in str(caught.value)


def test_a_plain_password_is_sent_as_it_is() -> None:
    fields = ConnectionFields("registry", "http", "127.0.0.1", 8080, "fl.php", "user", "word")

    account = registry_account(LIBRARY, fields)

    assert (account.url, account.password) == ("http://127.0.0.1:8080/fl.php", "word")


def test_an_endpoint_in_extra_wins() -> None:
    fields = ConnectionFields(
        "registry", host="ignored", login="user", password="word",
        extra={"endpoint": "https://registry.example/v2"},
    )  # fmt: skip

    assert registry_account(LIBRARY, fields).url == "https://registry.example/v2"


@pytest.mark.parametrize("missing", ["login", "password", "host"])
def test_a_field_that_is_empty_is_told_by_name(missing: str) -> None:
    given: dict[str, Any] = {"host": "registry.example", "login": "user", "password": "word"} | {
        missing: ""
    }

    with pytest.raises(ConfigurationError, match="connection registry: ") as caught:
        registry_account(LIBRARY, ConnectionFields("registry", **given))
    assert "is empty" in str(caught.value)


def test_the_keys_come_from_the_password() -> None:
    fields = ConnectionFields("keys", password=bytes(range(32)).hex())

    assert sync_keys(fields) == KEYS


@pytest.mark.parametrize("password", ["", "hemmelig", "00" * 31])
def test_a_master_key_that_is_none_is_told_without_repeating_it(password: str) -> None:
    with pytest.raises(ConfigurationError, match="64 hex digits") as caught:
        sync_keys(ConnectionFields("keys", password=password))
    assert not password or password not in str(caught.value)


def test_the_pin_key_comes_from_extra() -> None:
    fields = ConnectionFields("keys", extra={"registry_pin_secret": DEMO_PIN_KEY.hex()})

    assert pin_cipher(fields).encrypt(Pin("1234")) == "31e265cc870f872fcaf9c41763c53783"


@pytest.mark.parametrize("text", [None, "hemmelig", "00" * 15])
def test_a_pin_key_that_is_none_is_told_without_repeating_it(text: str | None) -> None:
    extra = {} if text is None else {"registry_pin_secret": text}

    with pytest.raises(ConfigurationError, match="registry_pin_secret") as caught:
        pin_cipher(ConnectionFields("keys", extra=extra))
    assert text is None or text not in str(caught.value)


def test_connections_and_accounts_hide_what_they_hold() -> None:
    fields = ConnectionFields("registry", host="registry.example", login="user", password="word")

    assert "word" not in f"{fields!r} {registry_account(LIBRARY, fields)!r}"
