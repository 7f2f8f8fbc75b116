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
    :param asked: Aware; moments at which people have asked for a run that the DAG's schedule is to
        make.
    """

    name: str
    version: int
    text: str
    since: datetime
    is_cancelled: bool = False
    asked: Sequence[datetime] = ()


def list_published(ledger: Ledger) -> list[Published]:
    """Return what runs now, in order of the names; also what was taken off its schedule."""
    return [_published(row) for row in ledger.rows("data_sync/list_published")]


def keep_bundle(ledger: Ledger, published: Sequence[Published]) -> tuple[str, dict[str, Any]]:
    """Return version and manifest of a bundle of these documents, and remember them."""
    documents: dict[str, Any] = {
        one.name: {
            "version": one.version,
            "since": _text(one.since),
            "is_cancelled": one.is_cancelled,
            **({"asked": [_text(moment) for moment in one.asked]} if one.asked else {}),
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
    return [_published(row) for row in rows]


def _published(row: Any) -> Published:
    asked = [datetime.fromisoformat(moment) for moment in row.asked]
    return Published(row.name, row.version, row.text, row.since, row.is_cancelled, asked)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
