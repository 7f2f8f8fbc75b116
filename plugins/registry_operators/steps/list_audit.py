"""The newest events of the audit trail, for people (``patron-sync audit list``)."""

from __future__ import annotations

from uuid import UUID

from registry_operators.ledger.database import Ledger


def list_audit(
    ledger: Ledger, *, run_id: UUID | None = None, library: str | None = None, limit: int = 50
) -> list[dict[str, object]]:
    """Return the newest events, oldest of them first, each with the columns that have a value."""
    rows = ledger.rows("audit/list_events", run_id=run_id, library=library, count=limit)
    return [
        {name: value for name, value in row._asdict().items() if value is not None}
        for row in reversed(rows)
    ]
