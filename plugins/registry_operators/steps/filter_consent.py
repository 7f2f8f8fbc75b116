"""Let only records of consenting patrons go on (spec N3.1)."""

from __future__ import annotations

from uuid import UUID

from registry_operators.domain.decision import Decision
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.steps.library_failures import libraries_at

WORTH_ANALYZING = 1000


def filter_consent(ledger: Ledger, *, run_id: UUID) -> list[str]:
    """
    Take out every record without a consenting patron; of it only pseudonym and reason stay.

    One statement for all libraries that are staged, in one transaction with their new stage.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    is_much = _is_much(ledger, run_id)
    if is_much:
        ledger.run("run/analyze_staged")
    with ledger.transaction():
        moving = libraries_at(ledger, run_id, "staged")
        ledger.run(f"{run.flow}/filter_consent", run_id=run_id)
        ledger.run(
            "run/advance_libraries", run_id=run_id, from_stage="staged", to_stage="consent_filtered"
        )
        decisions = count_step(ledger, run_id, run.flow, "consent_filter")
        AuditTrail(ledger).append_decisions(run_id, decisions, moving)
    if is_much and _thinned_out(decisions):
        ledger.run("run/analyze_staged")
    return [decision.line for decision in decisions]


def _thinned_out(decisions: list[Decision]) -> bool:
    """Say whether so many rows are gone that PostgreSQL would misjudge what is left."""
    gone = sum(decision.counts["out"] for decision in decisions)
    read = {decision.library: decision.counts["in"] for decision in decisions}
    return gone >= sum(read.values()) / 10


def _is_much(ledger: Ledger, run_id: UUID) -> bool:
    """Say whether to let PostgreSQL look at the rows anew; for a few that is not worth it."""
    rows = ledger.rows("run/list_libraries", run_id=run_id)
    return sum(row.read_count or 0 for row in rows) >= WORTH_ANALYZING


def count_step(ledger: Ledger, run_id: UUID, flow: str, step: str) -> list[Decision]:
    """Return one decision per library and reason: what came in, passed, and was taken out."""
    rows = ledger.rows("report/count_step", run_id=run_id, step=step)
    out = {library: sum(row.out for row in rows if row.library == library)
           for library in {row.library for row in rows}}  # fmt: skip
    return [
        Decision(
            flow,
            step,
            row.library,
            {"in": row.passed + out[row.library], "passed": row.passed, "out": row.out},
            {"reason": row.reason},
        )
        for row in rows
    ]
