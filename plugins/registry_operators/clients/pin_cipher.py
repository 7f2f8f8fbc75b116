"""The registry's wire form of a PIN: AES-128, ECB, PKCS#7, hexadecimal (reference 1.3)."""

from __future__ import annotations

from binascii import Error as HexError

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from registry_operators.domain.pin import Pin


class PinCipher:
    """
    Translates between PINs and the hex form that the vendor key gives them.

    The form has no salt, and only 10,000 PINs exist: whoever holds it holds the PIN. It lives in
    memory and in request bodies only. Because there are so few, all are computed once.

    :param vendor_key: 16 bytes, handed out to vendors of library systems.
    """

    def __init__(self, vendor_key: bytes) -> None:
        if len(vendor_key) != 16:
            raise ValueError("the registry's PIN key has 16 bytes (32 hex digits)")
        self._cipher = Cipher(algorithms.AES(vendor_key), modes.ECB())  # noqa: S305  the protocol
        self._to_wire = {
            f"{number:04d}": self._encrypt(f"{number:04d}") for number in range(10_000)
        }
        self._from_wire = {wire: Pin(digits) for digits, wire in self._to_wire.items()}

    def encrypt(self, pin: Pin) -> str:
        """Return the wire form, 32 lower-case hex digits."""
        return self._to_wire[pin.digits]

    def decrypt(self, wire: str) -> Pin | None:
        """Return the PIN, or ``None`` when the text is not the wire form of four digits."""
        return self._from_wire.get(wire.lower())

    def _encrypt(self, digits: str) -> str:
        padder = PKCS7(128).padder()
        encryptor = self._cipher.encryptor()
        padded = padder.update(digits.encode()) + padder.finalize()
        return (encryptor.update(padded) + encryptor.finalize()).hex()


def parse_vendor_key(text: str) -> bytes:
    """Read the vendor key from 32 hex digits; the error does not repeat them."""
    try:
        key = bytes.fromhex(text)
    except (ValueError, HexError):
        raise ValueError("the registry's PIN key is not hexadecimal") from None
    if len(key) != 16:
        raise ValueError(f"the registry's PIN key has {len(key)} bytes; 16 were expected")
    return key
