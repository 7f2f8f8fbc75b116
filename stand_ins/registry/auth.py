"""HTTP Basic, one user for each library: `<vendor>-<library number>`."""

import base64
import binascii
import hmac
from collections.abc import Mapping


class Doorkeeper:
    """
    Knows which library a header of HTTP Basic stands for.

    A header that was let in is remembered, so that a busy client is recognised by one look-up.
    """

    def __init__(self, vendor: str, passwords: Mapping[str, str]) -> None:
        self._vendor = vendor
        self._passwords = dict(passwords)
        self._known: dict[bytes, str] = {}

    def change_password(self, library: str, password: str) -> None:
        """Let a library in with this password only, from now on."""
        self._passwords[library] = password
        self._known.clear()

    def library_of(self, header: bytes | None) -> str | None:
        """Return the calling library's number, or None if user or password is wrong."""
        if header is None:
            return None
        library = self._known.get(header)
        if library is None and (library := self._checked(header)) is not None:
            self._known[header] = library
        return library

    def _checked(self, header: bytes) -> str | None:
        scheme, _, encoded = header.partition(b" ")
        try:
            text = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        user, _, password = text.partition(":")
        vendor, _, library = user.rpartition("-")
        wanted = self._passwords.get(library)
        if scheme.lower() != b"basic" or vendor != self._vendor or wanted is None:
            return None
        return library if hmac.compare_digest(password.encode(), wanted.encode()) else None
