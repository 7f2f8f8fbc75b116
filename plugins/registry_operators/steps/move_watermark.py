"""The last word of a run for a library: nothing before this time is read again (spec N1.5)."""

from __future__ import annotations

from uuid import UUID

from registry_operators.domain.decision import Decision
from registry_operators.domain.reasons import PERMANENT
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger


def move_watermark(ledger: Ledger, *, run_id: UUID) -> list[str]:
    """
    Move the watermark of every loaded library and remember its failed patrons, together.

    One transaction: either both or none. Libraries that failed keep their watermark, and the next
    run reads their whole window again. A dry run has no loaded libraries.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    loaded = [
        row.library
        for row in ledger.rows("run/list_libraries", run_id=run_id)
        if row.stage == "loaded"
    ]
    with ledger.transaction():
        ledger.run("run/settle_pending", run_id=run_id)
        ledger.run("run/add_pending", run_id=run_id, permanent=sorted(PERMANENT))
        ledger.run("run/return_conflicts", run_id=run_id)
        ledger.run("run/drop_restored_watermarks", run_id=run_id)
        moved = {row.library for row in ledger.rows("run/move_watermarks", run_id=run_id)}
        ledger.run("run/advance_libraries", run_id=run_id, from_stage="loaded", to_stage="done")
        decisions = [
            Decision(run.flow, "watermark", library, {"moved": int(library in moved)})
            for library in loaded
        ]
        AuditTrail(ledger).append_decisions(run_id, decisions)
    return [decision.line for decision in decisions]
