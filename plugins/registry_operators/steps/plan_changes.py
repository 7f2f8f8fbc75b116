"""Write down every change that a run intends, before the first write (spec X1)."""

from __future__ import annotations

from uuid import UUID

from registry_operators.domain.decision import Decision
from registry_operators.domain.keys import SyncKeys
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.steps.library_failures import libraries_at

# The guards join the plan with itself: unknown statistics cost the square of this.
_WORTH_ANALYZING = 100
_WITH_KEYS = {
    "pull": ("run/plan_assigned_values", "pull/plan_cards"),
    "push": ("run/plan_assigned_values", "push/plan_relations", "push/plan_cards"),
}
_WITHOUT_KEYS = {
    "pull": ("pull/plan_pins",),
    "push": ("push/plan_pins", "push/plan_removals"),
}


def plan_changes(ledger: Ledger, keys: SyncKeys, *, run_id: UUID) -> list[str]:
    """
    Compare what was staged with the base and the target, and plan what differs.

    Records without a plan row need nothing. The plan's id is a digest of its rows in a stable
    order: a dry run and a live run over the same state have the same. One transaction.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    pads = dict(zip(("inner_pad", "outer_pad"), keys.fingerprint_pads, strict=True))
    with ledger.transaction():
        moving = libraries_at(ledger, run_id, "assigned")
        for statement in _WITH_KEYS[run.flow]:
            ledger.run(statement, run_id=run_id, **pads)
        for statement in _WITHOUT_KEYS[run.flow]:
            ledger.run(statement, run_id=run_id)
        ledger.run("run/end_differences", run_id=run_id)
        ledger.run("run/drop_differences", run_id=run_id)
        ledger.run("run/judge_conflicts", run_id=run_id)
        ledger.run("run/seal_plan", run_id=run_id)
        ledger.run(
            "run/advance_libraries", run_id=run_id, from_stage="assigned", to_stage="planned"
        )
        decisions = count_changes(ledger, run_id, run.flow, "plan")
        AuditTrail(ledger).append_decisions(run_id, decisions, moving)
    if sum(decision.counts["changes"] for decision in decisions) >= _WORTH_ANALYZING:
        ledger.run("run/analyze_plan")
    return [decision.line for decision in decisions]


def count_changes(ledger: Ledger, run_id: UUID, flow: str, step: str) -> list[Decision]:
    """Return one decision per library, kind of change, rule and state."""
    return [
        Decision(
            flow,
            step,
            row.library,
            {"changes": row.changes, "conflicts": row.conflicts},
            {
                "target": row.target,
                "field": row.field,
                "action": row.action,
                "rule": row.reason,
                "state": row.state,
                "reason": row.outcome_reason,
            },
        )
        for row in ledger.rows("report/count_changes", run_id=run_id)
    ]
