"""Take out of a run what the filter does not mean and what cannot be used (spec D2.1)."""

from __future__ import annotations

from uuid import UUID

from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.ports import decision, end_step, read_sync_run


def filter_records(ledger: Ledger, *, run_id: UUID) -> list[str]:
    """
    Judge every staged record; a redacted one is an error and never clears a profile.

    The whole filter is evaluated here, also what the library system has evaluated already, so that
    both ways give the same (D2.2). One transaction; repeated, it judges nothing twice.

    :return: One line for each reason, with the records that came and those that go on.
    """
    run = read_sync_run(ledger, run_id)
    if run.stage != "extracted":
        return []
    with ledger.transaction():
        judged = ledger.run("data_sync/judge_records", run_id=run_id)
        counts = {"in": run.read_count, "passed": run.read_count - judged}
        reasons = ledger.rows("data_sync/count_outcomes", run_id=run_id)
        decisions = [
            decision(run, "filter", counts | {"out": row.records}, reason=row.reason)
            for row in reasons
        ] or [decision(run, "filter", counts | {"out": 0})]
        return end_step(ledger, run, ("extracted", "filtered"), decisions)
