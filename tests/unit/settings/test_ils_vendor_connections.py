"""Connections of Sierra and Symphony become clients, or say what they lack."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from registry_operators.clients.sierra_client import SierraClient
from registry_operators.clients.symphony_client import SymphonyClient
from registry_operators.errors import ConfigurationError
from registry_operators.settings.catalogues import known_systems, load_catalogue
from registry_operators.settings.connections import ConnectionFields
from registry_operators.settings.ils_connections import make_client
from stand_ins.sierra.process import serving_sierra
from stand_ins.symphony.process import serving_symphony

SIERRA = {"host": "sierra.example.org", "login": "key", "password": "hemmelig"}
SYMPHONY = SIERRA | {"extra": {"client_id": "hemmelig-id"}}


def fields(**given) -> ConnectionFields:
    return ConnectionFields("library_system", **given)


def test_each_system_has_a_client() -> None:
    assert isinstance(make_client("sierra", fields(**SIERRA)), SierraClient)
    assert isinstance(make_client("symphony", fields(**SYMPHONY)), SymphonyClient)


@pytest.mark.parametrize("ils", known_systems())
def test_each_catalogue_can_be_read_and_drops_the_pin(ils) -> None:
    catalogue = load_catalogue(ils)

    assert catalogue.find(catalogue.record_id) is not None
    assert "pin" in catalogue.dropped or ils == "alma"


def symphony_with(**extra: str) -> Mapping[str, object]:
    return SYMPHONY | {"extra": {"client_id": "hemmelig-id", **extra}}


@pytest.mark.parametrize(
    ("ils", "given", "message"),
    [
        ("sierra", SIERRA | {"login": ""}, "key and secret"),
        ("sierra", SIERRA | {"password": ""}, "key and secret"),
        ("sierra", SIERRA | {"host": ""}, "host is empty"),
        ("symphony", SIERRA, "client_id is empty"),
        ("symphony", SYMPHONY | {"password": ""}, "staff account"),
        ("symphony", symphony_with(strategy="report"), "one of keys, search"),
        ("symphony", symphony_with(highest_key="all"), "highest_key must be a whole number"),
    ],
)
def test_what_a_connection_lacks_is_said_without_its_secrets(ils, given, message) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        make_client(ils, fields(**given))

    assert "hemmelig" not in str(caught.value)


def at(url: str, **given: object) -> ConnectionFields:
    host, _, port = url.removeprefix("http://").partition(":")
    return fields(conn_type="http", host=host, port=int(port), **given)


def test_the_usual_paths_lead_to_the_systems() -> None:
    with serving_sierra(5) as sierra, serving_symphony(5) as symphony:
        pair = {"login": "demo-key", "password": "demo-secret"}
        make_client("sierra", at(sierra.url, **pair)).check()
        pair = {"login": "DEMOSTAFF", "password": "demo-password"}
        extra = {"client_id": "DemoClient", "strategy": "search"}
        make_client("symphony", at(symphony.url, extra=extra, **pair)).check()
