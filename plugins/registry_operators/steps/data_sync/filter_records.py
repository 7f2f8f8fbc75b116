"""Take out of a run what the filter does not mean and what cannot be used (spec D2.1)."""

from __future__ import annotations

from uuid import UUID

from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.ports import read_sync_run, sync_line


def filter_records(ledger: Ledger, *, run_id: UUID) -> list[str]:
    """
    Judge every staged record; a redacted one is an error and never clears a profile.

    The whole filter is evaluated here, also what the library system has evaluated already, so that
    both ways give the same (D2.2). One transaction; repeated, it judges nothing twice.
    """
    run = read_sync_run(ledger, run_id)
    with ledger.transaction():
        judged = ledger.run("data_sync/judge_records", run_id=run_id)
        ledger.run(
            "data_sync/advance_run", run_id=run_id, from_stage="extracted", to_stage="filtered"
        )
    return [sync_line(run, "filter", **{"in": run.read_count, "out": judged})]
