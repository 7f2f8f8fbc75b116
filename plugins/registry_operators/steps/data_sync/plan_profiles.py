"""Decide which profiles are made and which values change, before any write (spec D1, X1)."""

from __future__ import annotations

from uuid import UUID

from registry_operators.ledger.database import Ledger
from registry_operators.settings.data_sync_meaning import RECORD_ID
from registry_operators.steps.data_sync.ports import decision, end_step, read_sync_run


def plan_profiles(ledger: Ledger, *, run_id: UUID) -> list[str]:
    """
    Match records to profiles, plan what differs, count what does not, and seal the plan.

    A record's own id leads to its profile first; the other keys follow in their order, and never to
    a profile that is another record of the same system (D0.3). One transaction.

    :return: One line with the number of planned changes and the plan's id, and one for each reason
        for which records were left out or failed.
    """
    run = read_sync_run(ledger, run_id)
    if run.stage != "filtered":
        return []
    with ledger.transaction():
        before = ledger.rows("data_sync/count_outcomes", run_id=run_id)
        for key in run.match_on:
            if key != RECORD_ID:
                ledger.run("data_sync/match_by_key", run_id=run_id, key=key)
        ledger.run("data_sync/judge_profiles", run_id=run_id)
        judged = ledger.rows("data_sync/count_outcomes", run_id=run_id)
        planned = ledger.run("data_sync/plan_profiles", run_id=run_id)
        ledger.run("data_sync/count_unchanged", run_id=run_id)
        (sealed,) = ledger.rows("data_sync/seal_plan", run_id=run_id)
        decisions = [decision(run, "plan", {"changes": planned}, plan=sealed.plan_id[:16])] + [
            decision(run, "plan", {"out": row.records}, reason=row.reason)
            for row in judged
            if row not in before
        ]
        return end_step(ledger, run, ("filtered", "planned"), decisions)
