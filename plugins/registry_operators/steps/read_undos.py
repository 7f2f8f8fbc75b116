"""Which runs were taken back (spec X7)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from registry_operators.domain.undone import Undone
from registry_operators.ledger.database import Ledger


def read_undos(ledger: Ledger, run_ids: Iterable[UUID] | None = None) -> list[Undone]:
    """Return what became of taking runs back, by library, the newest first; ``None`` for all."""
    rows = ledger.rows("undo/list_undos", run_ids=None if run_ids is None else list(run_ids))
    return [
        Undone(
            row.run_id, row.library, row.flow, row.undone_at, row.asked_by,
            row.reversed, row.kept, row.failed, row.open,
        )
        for row in rows
    ]  # fmt: skip
