"""Where signed heads are kept, and the key that signs them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from registry_operators.errors import ConfigurationError
from registry_operators.ledger.audit_signature import AuditKey, AuditVerifier
from registry_operators.paths import LOCAL_DIR
from registry_operators.settings.connections import KEYS_CONNECTION, ConnectionFields

_SEED_DIGITS = 64


def audit_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of signed heads: ``PATRON_SYNC_AUDIT_DIR`` or ``.local/audit``."""
    return Path(environment.get("PATRON_SYNC_AUDIT_DIR") or LOCAL_DIR / "audit")


def audit_key(connection: ConnectionFields | None) -> AuditKey:
    """
    Make the signing key of extra ``audit_signing_key``, or of the master key without it.

    :raises ConfigurationError: The connection is missing, or a key has the wrong form.
    """
    if connection is None:
        raise ConfigurationError(f"the connection {KEYS_CONNECTION!r} is missing; create it")
    text = connection.extra.get("audit_signing_key")
    try:
        if text:
            return AuditKey(_hex(text, _SEED_DIGITS, _SEED_DIGITS))
        return AuditKey.from_master(_hex(connection.password, _SEED_DIGITS))
    except ValueError:
        what = "extra audit_signing_key must be 64" if text else "the password must be at least 64"
        raise ConfigurationError(
            f"connection {connection.conn_id}: {what} hex digits (patron-sync keys new prints some)"
        ) from None


def audit_verifier(public_keys: Iterable[str]) -> AuditVerifier:
    """
    Make a verifier of public keys as ``patron-sync audit public-key`` prints them.

    :raises ConfigurationError: One of them is not 64 hex digits.
    """
    try:
        return AuditVerifier(public_keys)
    except ValueError:
        raise ConfigurationError(
            "a public key must be 64 hex digits, as patron-sync audit public-key prints it"
        ) from None


def _hex(text: str, least: int, most: int | None = None) -> bytes:
    if len(text) < least or (most is not None and len(text) > most):
        raise ValueError("wrong length")
    return bytes.fromhex(text)
