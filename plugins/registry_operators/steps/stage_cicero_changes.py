"""Extract of the push: which patrons changed in Cicero goes to the staging area."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from registry_operators.domain.decision import Decision
from registry_operators.domain.keys import SyncKeys
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.steps.fill_person_keys import fill_person_keys
from registry_operators.steps.library_failures import StepResult, each_library


def stage_cicero_changes(
    ledger: Ledger, keys: SyncKeys, *, run_id: UUID, libraries: Iterable[str]
) -> StepResult:
    """
    Note every patron who changed since the last completed push, who is pending, or was deleted.

    No values are copied: consent is not known yet. Only transactions that had ended when the run
    was opened are read, so a late commit belongs to the next run. In a reconciliation: every patron
    whom the comparison with its pull leaves to the push. Spec: N1.2, N1.5, N3.7, X3.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    pads = dict(zip(("inner_pad", "outer_pad"), keys.fingerprint_pads, strict=True))

    def stage(library: str) -> list[str]:
        fill_person_keys(ledger, keys, library)
        with ledger.transaction():
            ledger.run("run/clear_library", run_id=run_id, library=library)
            scope = {"run_id": run_id, "library": library}
            if run.reconciliation_id is None:
                count = ledger.run("push/stage_changes", **scope, patron_ids=None)
            else:
                count = ledger.run("reconcile/stage_differing", **scope, **pads)
            ledger.run(
                "run/advance_library",
                run_id=run_id,
                library=library,
                to_stage="staged",
                read_count=count,
                until_time=None,
            )
            counts = {"in": count, "passed": count, "out": 0}
            decision = Decision("push", "extract", library, counts)
            AuditTrail(ledger).append_decisions(run_id, [decision])
        return [decision.line]

    return each_library(ledger, run_id, libraries, "opened", "extract", stage)
