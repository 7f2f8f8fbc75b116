"""Ed25519 signatures of the audit trail's head (spec X9)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from registry_operators.domain.signed_head import SignedHead

_SEED_SIZE = 32


class AuditKey:
    """
    Signs heads; hides what it holds.

    :param seed: The private key of Ed25519, 32 bytes.
    """

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        raw = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public_key = raw.hex()
        self.key_id = key_id(raw)

    @classmethod
    def from_master(cls, master: bytes) -> AuditKey:
        """Derive the key from the installation's master key (HKDF-SHA-256)."""
        derivation = HKDF(SHA256(), _SEED_SIZE, salt=None, info=b"patron-sync audit signature")
        return cls(derivation.derive(master))

    def sign(self, head: SignedHead) -> SignedHead:
        """Return the head with its signature."""
        return replace(head, signature=self._private.sign(head.message).hex())


class AuditVerifier:
    """
    Checks signatures of heads with public keys alone.

    :param public_keys: Each 64 hex digits; the present one, and earlier ones after a change.
    :raises ValueError: One of them is no public key.
    """

    def __init__(self, public_keys: Iterable[str]) -> None:
        self._keys: Mapping[str, Ed25519PublicKey] = {
            key_id(raw): Ed25519PublicKey.from_public_bytes(raw)
            for raw in map(bytes.fromhex, public_keys)
        }

    def accepts(self, head: SignedHead) -> bool:
        """Say whether one of the keys has signed this head."""
        key = self._keys.get(head.key_id)
        if key is None:
            return False
        try:
            key.verify(bytes.fromhex(head.signature), head.message)
        except InvalidSignature:
            return False
        return True


def key_id(public_key: bytes) -> str:
    """Return by what a head names its key."""
    return hashlib.sha256(public_key).hexdigest()[:16]
