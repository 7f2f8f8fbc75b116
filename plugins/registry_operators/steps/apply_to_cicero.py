"""Load of the pull: carry out the plan in Cicero (spec N1.1, N1.3)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from registry_operators.domain.audit_line import audit_line
from registry_operators.domain.keys import SyncKeys
from registry_operators.ledger.database import Ledger
from registry_operators.steps.library_failures import StepResult, each_library

_WRITES = (
    "pull/drop_without_consent",
    "pull/add_cards",
    "pull/retire_cards",
    "pull/activate_cards",
    "pull/write_pins",
    "pull/settle_plan",
)


def apply_to_cicero(
    ledger: Ledger, keys: SyncKeys, *, run_id: UUID, libraries: Iterable[str]
) -> StepResult:
    """
    Write each library's planned cards and PINs, its base, and its new stage in one transaction.

    Consent is checked again. A card number that meanwhile belongs to someone else is not written;
    its plan row fails and the patron keeps the card they have. A dry run writes nothing.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    if run.is_dry_run:
        return StepResult()

    def apply(library: str) -> list[str]:
        with ledger.transaction():
            written = write_planned_values(ledger, run_id, library)
            inner_pad, outer_pad = keys.fingerprint_pads
            ledger.run(
                "pull/write_base",
                run_id=run_id,
                library=library,
                inner_pad=inner_pad,
                outer_pad=outer_pad,
            )
            ledger.run(
                "run/advance_library",
                run_id=run_id,
                library=library,
                to_stage="loaded",
                read_count=None,
                until_time=None,
            )
        return [audit_line("pull", "load", library, written)]

    return each_library(ledger, run_id, libraries, "planned", "load", apply)


def write_planned_values(ledger: Ledger, run_id: UUID, library: str) -> dict[str, int]:
    """
    Write the plan rows whose target is Cicero and settle them; return rows by statement.

    Both flows use it: the push for numbers of the sequence and default PINs. Runs in the
    caller's transaction.
    """
    counts = {
        statement.partition("/")[2]: ledger.run(statement, run_id=run_id, library=library)
        for statement in _WRITES
    }
    ledger.run("pull/forget_taken_numbers", library=library)
    return counts
