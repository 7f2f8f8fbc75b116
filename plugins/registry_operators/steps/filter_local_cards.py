"""Keep local card numbers at home (spec N3.5, N2.6)."""

from __future__ import annotations

from uuid import UUID

from registry_operators.domain.decision import Decision
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.steps.library_failures import libraries_at


def filter_local_cards(ledger: Ledger, *, run_id: UUID) -> list[str]:
    """
    Put aside every card number that is not national; the patron's other data go on.

    In a push the number that may leave is put beside the patron here and nowhere earlier.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    with ledger.transaction():
        moving = libraries_at(ledger, run_id, "consent_filtered")
        ledger.run(f"{run.flow}/filter_local_cards", run_id=run_id)
        ledger.run(
            "run/advance_libraries",
            run_id=run_id,
            from_stage="consent_filtered",
            to_stage="cards_filtered",
        )
        decisions = [
            Decision(
                run.flow,
                "local_card_filter",
                row.library,
                {"in": row.passed + row.out, "passed": row.passed, "out": row.out},
                {"reason": "LOCAL_CARD" if row.out else None},
            )
            for row in ledger.rows("report/count_local_cards", run_id=run_id)
        ]
        AuditTrail(ledger).append_decisions(run_id, decisions, moving)
    return [decision.line for decision in decisions]
