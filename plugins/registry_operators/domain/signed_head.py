"""The head of the audit trail as it is signed and kept outside the database (spec X9)."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

_HEX = re.compile(r"(?:[0-9a-f]{2})+")


@dataclass(frozen=True, slots=True)
class SignedHead:
    """
    A line of ``heads.jsonl``: which event was the last, and the signature of that.

    :param digest: The event's digest, 64 hex digits; it stands for all events before, too.
    :param at: When it was signed; ISO 8601, UTC.
    :param key_id: First 16 hex digits of the SHA-256 of the public key.
    :param signature: Ed25519 over :attr:`message`, 128 hex digits.
    """

    event_no: int
    digest: str
    at: str
    key_id: str
    signature: str = ""

    @property
    def message(self) -> bytes:
        """The signed bytes: a fixed first line, then the fields, one a line."""
        lines = ("patron-sync audit head 1", self.event_no, self.digest, self.at, self.key_id)
        return "\n".join(str(line) for line in lines).encode()

    @property
    def line(self) -> str:
        """The head as one line of JSON."""
        return json.dumps(asdict(self))


def head_of(event_no: int, digest: bytes, now: datetime, key_id: str) -> SignedHead:
    """Return a head that is still to be signed; ``now`` is aware."""
    return SignedHead(event_no, digest.hex(), now.astimezone(UTC).isoformat(), key_id)


def parse_head(line: str) -> SignedHead:
    """
    Read a line of the file.

    :raises ValueError: It is no head: not JSON, or a field is missing or has another form.
    """
    try:
        head = SignedHead(**json.loads(line))
        is_right = type(head.event_no) is int and all(
            _HEX.fullmatch(text) for text in (head.digest, head.key_id, head.signature)
        )
    except TypeError:
        is_right = False
    if not is_right:
        raise ValueError("no signed head")
    return head
