"""
Keyed hashes: who a person is, and which value both sides last agreed on, without either.

One master key (32 bytes) gives three keys for three uses. ``patron_sync.fingerprint`` in
``include/sql/schema`` computes the same HMAC inside PostgreSQL, so that a set of values is
compared where it lies; a test holds the two together.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from registry_operators.domain.national_id import NationalId
from registry_operators.domain.pin import Pin, is_simple

_BLOCK_SIZE = 64


@dataclass(frozen=True, slots=True, repr=False)
class SyncKeys:
    """
    The keys of one installation.

    :param person: Key of person pseudonyms (HMAC-SHA-256).
    :param fingerprint: Key of value fingerprints (HMAC-SHA-256).
    :param pin: Key of PINs at rest (AES-256-GCM).
    """

    person: bytes
    fingerprint: bytes
    pin: bytes

    @classmethod
    def from_master(cls, master: bytes) -> SyncKeys:
        """Derive the three keys from a master key of at least 32 bytes."""
        if len(master) < 32:
            raise ValueError("the master key needs at least 32 bytes")
        return cls(
            person=hmac.digest(master, b"patron-sync person", "sha256"),
            fingerprint=hmac.digest(master, b"patron-sync fingerprint", "sha256"),
            pin=hmac.digest(master, b"patron-sync pin", "sha256"),
        )

    @property
    def fingerprint_pads(self) -> tuple[bytes, bytes]:
        """Inner and outer HMAC pad of the fingerprint key, 64 bytes each, for use in SQL."""
        key = self.fingerprint.ljust(_BLOCK_SIZE, b"\0")
        return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)


def person_key(national_id: NationalId, keys: SyncKeys) -> bytes:
    """Return the 32-byte pseudonym of a person: the HMAC of the normalised national id."""
    return hmac.digest(keys.person, national_id.digits.encode(), "sha256")


def record_pseudonym(source: str, record_id: str, keys: SyncKeys) -> str:
    """
    Return by which name a record of a library system appears to those who may not see its id.

    :param source: Connection of the library system.
    :return: Ten hex digits.
    """
    message = b"\0".join((b"ils record", source.encode(), record_id.encode()))
    return hmac.digest(keys.person, message, "sha256").hex()[:10]


def fingerprint(person: bytes, field: str, value: str, keys: SyncKeys) -> bytes:
    """Return the 32-byte fingerprint of a person's value; equal values of two people differ."""
    message = person + field.encode() + b"\0" + value.encode()
    return hmac.digest(keys.fingerprint, message, "sha256")


def pin_fingerprint(person: bytes, pin: Pin, keys: SyncKeys) -> bytes:
    """Return the fingerprint of a person's PIN."""
    return fingerprint(person, "pin", pin.digits, keys)


def drawn_pin(person: bytes, keys: SyncKeys, occasion: bytes = b"") -> Pin:
    """
    Return a PIN that nobody can guess without the keys, and that is not a simple one.

    :param occasion: Another occasion gives another PIN.
    """
    number = 0
    while True:
        message = b"new pin" + person + occasion + number.to_bytes(4, "big")
        drawn = int.from_bytes(hmac.digest(keys.pin, message, "sha256")[:8], "big") % 10_000
        if not is_simple(pin := Pin(f"{drawn:04d}")):
            return pin
        number += 1


def log_in_subject(kind: str, library: str, name: str, keys: SyncKeys) -> bytes:
    """
    Return the 32-byte pseudonym under which failed log-ins are counted.

    :param kind: ``user`` of a library's client system, ``patron`` or ``card``; they never meet.
    """
    message = b"\0".join((b"log in", kind.encode(), library.encode(), name.encode()))
    return hmac.digest(keys.person, message, "sha256")
