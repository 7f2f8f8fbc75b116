from __future__ import annotations

from pathlib import Path

import pytest

from registry_operators.errors import ConfigurationError
from registry_operators.ledger.audit_signature import AuditKey
from registry_operators.paths import LOCAL_DIR
from registry_operators.settings.audit import audit_directory, audit_key, audit_verifier
from registry_operators.settings.connections import ConnectionFields

MASTER = bytes(range(32))


def test_heads_lie_below_the_project_unless_said_otherwise() -> None:
    assert audit_directory({}) == LOCAL_DIR / "audit"
    assert audit_directory({"PATRON_SYNC_AUDIT_DIR": ""}) == LOCAL_DIR / "audit"
    assert audit_directory({"PATRON_SYNC_AUDIT_DIR": "/srv/audit"}) == Path("/srv/audit")


def test_the_key_comes_from_the_master_key() -> None:
    found = audit_key(ConnectionFields("keys", password=MASTER.hex()))

    assert found.public_key == AuditKey.from_master(MASTER).public_key


def test_a_key_of_its_own_wins() -> None:
    fields = ConnectionFields(
        "keys", password=MASTER.hex(), extra={"audit_signing_key": bytes(32).hex()}
    )

    assert audit_key(fields).public_key == AuditKey(bytes(32)).public_key


@pytest.mark.parametrize("password", ["", "hemmelig", "00" * 31, "zz" * 32])
def test_a_master_key_that_is_none_is_told_without_repeating_it(password: str) -> None:
    with pytest.raises(ConfigurationError, match="at least 64 hex digits") as caught:
        audit_key(ConnectionFields("keys", password=password))
    assert not password or password not in str(caught.value)


@pytest.mark.parametrize("text", ["hemmelig", "00" * 31, "00" * 33, "zz" * 32])
def test_a_signing_key_that_is_none_is_told_without_repeating_it(text: str) -> None:
    fields = ConnectionFields("keys", password=MASTER.hex(), extra={"audit_signing_key": text})

    with pytest.raises(ConfigurationError, match="audit_signing_key must be 64") as caught:
        audit_key(fields)
    assert text not in str(caught.value)


def test_a_missing_connection_is_told() -> None:
    with pytest.raises(ConfigurationError, match="patron_sync_keys"):
        audit_key(None)


@pytest.mark.parametrize("text", ["", "zz" * 32, "00" * 31])
def test_a_public_key_that_is_none_is_told(text: str) -> None:
    with pytest.raises(ConfigurationError, match="64 hex digits"):
        audit_verifier([text])
