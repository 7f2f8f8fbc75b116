"""PINs at rest: AES-256-GCM with the person as associated data (spec N2.5)."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry_operators.domain.keys import SyncKeys
from registry_operators.domain.pin import Pin

_NONCE_SIZE = 12


class PinVault:
    """Encrypts a person's PIN for the database, and back when a request is built."""

    def __init__(self, keys: SyncKeys) -> None:
        self._cipher = AESGCM(keys.pin)

    def seal(self, person_key: bytes, pin: Pin) -> bytes:
        """Return nonce, text and tag; only the same person's key opens it."""
        nonce = os.urandom(_NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, pin.digits.encode(), person_key)

    def open(self, person_key: bytes, sealed: bytes) -> Pin | None:
        """Return the PIN, or ``None`` when key, person or content do not fit."""
        try:
            text = self._cipher.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], person_key)
            return Pin(text.decode())
        except (InvalidTag, ValueError):
            return None
