"""Raise an alarm about patrons who have waited too long (spec X5)."""

from __future__ import annotations

from typing import Any

from registry_operators.errors import OverdueError
from registry_operators.ledger.database import Ledger


def overdue_entries(ledger: Ledger, older_days: int) -> list[Any]:
    """Return the rows of ``outbox/count_overdue``: library, flow, reason, entries, oldest_days."""
    return ledger.rows("outbox/count_overdue", older_days=older_days)


def raise_if_overdue(rows: list[Any], older_days: int) -> None:
    """
    Make the housekeeping red while somebody waits longer than the settings say.

    :raises OverdueError: Names library, flow, reason and number of each.
    """
    if not rows:
        return
    lines = [
        f"library {row.library}, {row.flow}, {row.reason}: {row.entries} waiting, the oldest for "
        f"{row.oldest_days} days"
        for row in rows
    ]
    raise OverdueError(
        f"entries of the outbox are older than {older_days} days; patron-sync outbox list shows "
        "them, and retry or drop ends the wait\n" + "\n".join(lines)
    )
