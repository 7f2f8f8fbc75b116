"""Let only records of consenting patrons go on (spec N3.1)."""

from __future__ import annotations

from uuid import UUID

from registry_operators.domain.audit_line import audit_line
from registry_operators.ledger.database import Ledger


def filter_consent(ledger: Ledger, *, run_id: UUID) -> list[str]:
    """
    Take out every record without a consenting patron; of it only pseudonym and reason stay.

    One statement for all libraries that are staged, in one transaction with their new stage.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    ledger.run("run/analyze_staged")
    with ledger.transaction():
        ledger.run(f"{run.flow}/filter_consent", run_id=run_id)
        ledger.run(
            "run/advance_libraries", run_id=run_id, from_stage="staged", to_stage="consent_filtered"
        )
    ledger.run("run/analyze_staged")  # again: rows now name their patrons, or are gone
    return audit_step(ledger, run_id, run.flow, "consent_filter")


def audit_step(ledger: Ledger, run_id: UUID, flow: str, step: str) -> list[str]:
    """Return one AUDIT line per library and reason: what came in, passed, and was taken out."""
    rows = ledger.rows("report/count_step", run_id=run_id, step=step)
    out = {library: sum(row.out for row in rows if row.library == library)
           for library in {row.library for row in rows}}  # fmt: skip
    return [
        audit_line(
            flow,
            step,
            row.library,
            {"in": row.passed + out[row.library], "passed": row.passed, "out": row.out},
            reason=row.reason,
        )
        for row in rows
    ]
