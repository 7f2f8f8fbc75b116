"""A patron to be created, between the page that foretells and the one that does it (N3.2, X8)."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import TypeAdapter, ValidationError

from registry_operators.desk.new_patron import NewPatron
from registry_operators.domain.creation import Creation
from registry_operators.domain.keys import SyncKeys

GOOD_FOR = timedelta(minutes=30)
_NONCE_SIZE = 12


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """
    What was asked for, and what was foretold of it.

    :param agreed: ``None`` where nothing was foretold yet, because something is wrong or missing.
    :param made_at: Aware.
    """

    request: NewPatron
    agreed: Creation | None
    made_at: datetime


class DraftVault:
    """
    Seals a draft, so that a page may carry it on and shows neither national id nor PIN.

    Only who made it can use it, and for half an hour. The key is its own, derived from that of the
    PINs; AES-256-GCM with the holder as associated data.
    """

    def __init__(self, keys: SyncKeys) -> None:
        self._cipher = AESGCM(hmac.digest(keys.pin, b"patron-sync draft", "sha256"))

    def seal(self, draft: Draft, holder: str) -> str:
        """Return a text that a form field can hold."""
        nonce = os.urandom(_NONCE_SIZE)
        content = _DRAFTS.dump_json(draft)
        sealed = nonce + self._cipher.encrypt(nonce, content, holder.encode())
        return base64.urlsafe_b64encode(sealed).decode("ascii")

    def open(self, text: str, holder: str, now: datetime) -> Draft | None:
        """
        Return the draft, or ``None`` where it is too old, somebody else's or none.

        :param now: Aware.
        """
        try:
            sealed = base64.urlsafe_b64decode(text.encode("ascii"))
            nonce, content = sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:]
            draft = _DRAFTS.validate_json(self._cipher.decrypt(nonce, content, holder.encode()))
        except (InvalidTag, ValidationError, ValueError, binascii.Error):
            return None
        return draft if now - draft.made_at <= GOOD_FOR else None


_DRAFTS = TypeAdapter(Draft)
