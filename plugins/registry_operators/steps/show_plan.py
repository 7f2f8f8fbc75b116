"""What a run intends, for people (spec X1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry_operators.ledger.database import Ledger


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """
    A plan by kind, library and reason, and some of its rows.

    :param plan_id: Digest of the plan; equal for a dry run and a live run over the same state.
    :param kinds: Rows of ``report/count_changes``.
    :param changes: Rows of ``report/list_changes``: pseudonyms, no values.
    """

    plan_id: str
    kinds: list[Any]
    changes: list[Any]

    def as_dict(self) -> dict[str, object]:
        """Return the plan for JSON."""
        return {
            "plan_id": self.plan_id,
            "kinds": [row._asdict() for row in self.kinds],
            "changes": [row._asdict() for row in self.changes],
        }


def show_plan(ledger: Ledger, run_id: UUID, *, most: int = 0) -> ShownPlan:
    """Return the plan of a run with at most so many of its rows."""
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    return ShownPlan(
        run.plan_id or "",
        ledger.rows("report/count_changes", run_id=run_id),
        list_changes(ledger, run_id, most=most) if most else [],
    )


def list_changes(
    ledger: Ledger, run_id: UUID, *, held_set_id: UUID | None = None, most: int
) -> list[Any]:
    """Return rows of ``report/list_changes``, in the order that gives the plan its id."""
    return ledger.rows("report/list_changes", run_id=run_id, held_set_id=held_set_id, most=most)
