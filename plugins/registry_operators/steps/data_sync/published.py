"""What is published, for the DAG bundle (spec X11)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from registry_operators.errors import LedgerError
from registry_operators.ledger.database import Ledger


class Published(NamedTuple):
    """
    One published document.

    :param since: Aware; no run is made for a time before it.
    :param is_cancelled: A person took it off its schedule; it can still be run by hand.
    """

    name: str
    version: int
    text: str
    since: datetime
    is_cancelled: bool = False


def list_published(ledger: Ledger) -> list[Published]:
    """Return what runs now, in order of the names; also what was taken off its schedule."""
    return [Published(*row) for row in ledger.rows("data_sync/list_published")]


def keep_bundle(ledger: Ledger, published: Sequence[Published]) -> tuple[str, dict[str, Any]]:
    """Return version and manifest of a bundle of these documents, and remember them."""
    documents: dict[str, Any] = {
        one.name: {
            "version": one.version,
            "since": one.since.astimezone(UTC).isoformat(),
            "is_cancelled": one.is_cancelled,
        }
        for one in published
    }
    listing = json.dumps(documents, sort_keys=True)
    version = hashlib.sha256(listing.encode()).hexdigest()[:32]
    ledger.run("data_sync/keep_bundle", version=version, documents=listing)
    return version, documents


def list_bundle(ledger: Ledger, version: str) -> list[Published]:
    """
    Return the documents that a version of the bundle stands for.

    :raises LedgerError: Nobody remembers that version.
    """
    rows = ledger.rows("data_sync/list_bundle", version=version)
    if not rows:
        raise LedgerError(
            f"no version {version} of the DAG bundle of data syncs is known in this patron "
            "database; start a new run"
        )
    return [Published(*row) for row in rows]
