"""PINs as the registry carries them: AES-128, ECB, PKCS#7, in lower-case hexadecimal."""

import re
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

_FOUR_DIGITS = re.compile(rb"[0-9]{4}")
_CIPHERTEXT = re.compile(r"[0-9a-fA-F]{32}")


class PinCipher:
    """
    Encrypts and decrypts PINs with the vendor's key.

    The scheme is the registry's, not ours: equal PINs give equal ciphertext, so the hexadecimal
    must be guarded like the PIN itself.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(algorithms.AES128(key), modes.ECB())  # noqa: S305
        self.encrypt = lru_cache(maxsize=10_000)(self._encrypt)

    def _encrypt(self, pin: str) -> str:
        padder = PKCS7(128).padder()
        encryptor = self._cipher.encryptor()
        return encryptor.update(padder.update(pin.encode()) + padder.finalize()).hex()

    def decrypt(self, ciphertext: str) -> str | None:
        """Return the four digits, or None if the text is not the encryption of four digits."""
        if not _CIPHERTEXT.fullmatch(ciphertext):
            return None
        decryptor = self._cipher.decryptor()
        unpadder = PKCS7(128).unpadder()
        try:
            padded = decryptor.update(bytes.fromhex(ciphertext))
            digits = unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            return None
        return digits.decode() if _FOUR_DIGITS.fullmatch(digits) else None
