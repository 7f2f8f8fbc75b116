"""Replaced card numbers at rest: AES-256-GCM with person and field as associated data (X7)."""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry_operators.domain.keys import SyncKeys

_NONCE_SIZE = 12


class JournalVault:
    """
    Encrypts what the registry held before a run wrote, and back when the run is undone.

    The key is the journal's own, derived from that of the PINs.
    """

    def __init__(self, keys: SyncKeys) -> None:
        self._cipher = AESGCM(hmac.digest(keys.pin, b"patron-sync journal", "sha256"))

    def seal(self, person_key: bytes, field: str, value: str) -> bytes:
        """Return nonce, text and tag; only the same person's key and field open it."""
        nonce = os.urandom(_NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, value.encode(), _bound_to(person_key, field))

    def open(self, person_key: bytes, field: str, sealed: bytes) -> str | None:
        """Return the value, or ``None`` when key, person, field or content do not fit."""
        nonce, text = sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:]
        try:
            return self._cipher.decrypt(nonce, text, _bound_to(person_key, field)).decode()
        except (InvalidTag, ValueError):
            return None


def _bound_to(person_key: bytes, field: str) -> bytes:
    return person_key + field.encode()
