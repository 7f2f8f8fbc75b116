"""Sign the head of the audit trail, and keep it where the database cannot reach (spec X9)."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from registry_operators.domain.signed_head import SignedHead, head_of, parse_head
from registry_operators.errors import ConfigurationError, LedgerError
from registry_operators.ledger.audit_signature import AuditKey
from registry_operators.ledger.database import Ledger

HEADS_FILE = "heads.jsonl"
_MODE = 0o640


def sign_head(ledger: Ledger, key: AuditKey, directory: Path, now: datetime) -> SignedHead | None:
    """
    Append one signed line for the last event; ``None`` if that was signed already or is not there.

    A head is only signed when the one before it still stands in the trail, so that a trail that
    was exchanged is not signed as if it were the same. A day's events are not recomputed:
    ``verify_audit`` does that.

    :param directory: Outside the database, best where its administrators cannot write.
    :param now: Aware.
    :raises LedgerError: The head signed last is not in the trail any more; verify the trail.
    :raises ConfigurationError: The directory cannot be written.
    """
    signed = last_head(directory)
    (head,) = ledger.rows("audit/read_head", signed_no=signed.event_no if signed else 0)
    if signed is not None:
        _expect_in_trail(signed, head.signed_digest, head.trimmed_up_to)
        if signed.event_no == head.event_no:
            return None
    if head.event_no == 0:
        return None
    fresh = key.sign(head_of(head.event_no, bytes(head.digest), now, key.key_id))
    _append(directory, fresh)
    return fresh


def last_head(directory: Path) -> SignedHead | None:
    """
    Return the newest head of the file, or ``None`` if there is none.

    :raises LedgerError: The last line is no head.
    """
    lines = head_lines(directory)
    if not lines:
        return None
    try:
        return parse_head(lines[-1])
    except ValueError:
        raise LedgerError(
            f"{HEADS_FILE}, line {len(lines)}: no signed head; run patron-sync audit verify"
        ) from None


def head_lines(directory: Path) -> list[str]:
    """Return the lines of the file, none if it is not there."""
    try:
        return (directory / HEADS_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unusable(directory, error) from None


def _expect_in_trail(signed: SignedHead, digest: bytes | None, trimmed_up_to: int) -> None:
    is_trimmed = digest is None and signed.event_no <= trimmed_up_to
    if not is_trimmed and (digest is None or bytes(digest).hex() != signed.digest):
        raise LedgerError(
            f"event {signed.event_no} of the audit trail was signed at {signed.at} and is not "
            "there any more as it was; nothing was signed, run patron-sync audit verify"
        )


def _append(directory: Path, head: SignedHead) -> None:
    """Write the line at once and to the disk, so that a crash leaves a whole line or none."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        handle = os.open(directory / HEADS_FILE, flags, _MODE)
        try:
            os.write(handle, f"{head.line}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise _unusable(directory, error) from None


def _unusable(directory: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{directory / HEADS_FILE}: {error.strerror}; name a folder that can be written with "
        "PATRON_SYNC_AUDIT_DIR"
    )
