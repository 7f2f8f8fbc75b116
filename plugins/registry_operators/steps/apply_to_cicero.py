"""Load of the pull: carry out the plan in Cicero (spec N1.1, N1.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from registry_operators.domain.decision import Decision
from registry_operators.domain.keys import SyncKeys
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.writer import Fence, writing
from registry_operators.steps.keep_journal import keep_cicero_values
from registry_operators.steps.library_failures import (
    StepResult,
    each_library,
    refuse_superseded,
)

_WRITES = {
    "card": ("pull/add_cards", "pull/retire_cards", "pull/activate_cards"),
    "pin": ("pull/write_pins",),
}


def apply_to_cicero(
    ledger: Ledger, keys: SyncKeys, *, run_id: UUID, libraries: Iterable[str]
) -> StepResult:
    """
    Write each library's planned cards and PINs side by side, each with its base at once.

    Cards are one transaction and PINs another, because neither needs the other; a library is
    loaded when both are done, and what was done is not done again by a repeated step. Consent is
    checked again. A card number that meanwhile belongs to someone else is not written; its plan
    row fails and the patron keeps the card they have. A dry run writes nothing.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    if run.is_dry_run:
        return StepResult()

    def apply(library: str) -> list[str]:
        with writing(ledger, run_id, library) as fence:
            refuse_superseded(ledger, run_id, library)
            written = load_library(fence, keys, library)
        decision = Decision("pull", "load", library, written)
        with ledger.transaction():
            ledger.run(
                "run/advance_library",
                run_id=run_id,
                library=library,
                to_stage="loaded",
                read_count=None,
                until_time=None,
            )
            AuditTrail(ledger).append_decisions(run_id, [decision])
        return [decision.line]

    return each_library(ledger, run_id, libraries, "guarded", "load", apply)


def load_library(
    fence: Fence, keys: SyncKeys, library: str, held_set_id: UUID | None = None
) -> Counter[str]:
    """
    Write what is planned for Cicero at a library; count by statement.

    :param held_set_id: Only what waited with this set and is approved. Of the rest of the run,
        which was read long ago, nothing is written or concluded then.
    """
    with fence.ledger.sibling() as other, ThreadPoolExecutor(1) as pool:
        pins = pool.submit(_load_pins, fence.on(other), library, held_set_id)
        written = _load_cards(fence, keys, library, held_set_id)
        return written + pins.result()


def write_planned_values(
    ledger: Ledger, run_id: UUID, library: str, field: str, held_set_id: UUID | None = None
) -> Counter[str]:
    """
    Write the plan rows of a field whose target is Cicero and settle them; count by statement.

    Both flows use it: the push for numbers of the sequence and default PINs. Runs in the
    caller's transaction.

    :param field: ``card`` or ``pin``.
    :param held_set_id: Only what waited with this set; ``None`` for what never waited.
    """
    scope = {"run_id": run_id, "library": library, "held_set_id": held_set_id}
    counts = Counter(
        drop_without_consent=ledger.run("pull/drop_without_consent", **scope, field=field)
    )
    keep_cicero_values(ledger, run_id, library, field, held_set_id)
    for statement in _WRITES[field]:
        counts[statement.partition("/")[2]] = ledger.run(statement, **scope)
    counts["settle_plan"] = ledger.run("pull/settle_plan", **scope, field=field)
    if field == "card":
        ledger.run("pull/forget_taken_numbers", library=library)
    return counts


def audit_planned_values(
    ledger: Ledger, run_id: UUID, library: str, field: str, counts: Counter[str]
) -> None:
    """Append an event for each plan row that was settled; the last word of the transaction."""
    AuditTrail(ledger).append_writes(
        run_id,
        library,
        target="cicero",
        fields=[field],
        expected=counts["drop_without_consent"] + counts["settle_plan"],
    )


def _load_cards(
    fence: Fence, keys: SyncKeys, library: str, held_set_id: UUID | None
) -> Counter[str]:
    pads = dict(zip(("inner_pad", "outer_pad"), keys.fingerprint_pads, strict=True))
    ledger, run_id = fence.ledger, fence.run_id
    with fence.transaction():
        counts = write_planned_values(ledger, run_id, library, "card", held_set_id)
        scope = {"run_id": run_id, "library": library, "held_set_id": held_set_id}
        ledger.run("pull/write_card_base", **scope, **pads)
        audit_planned_values(ledger, run_id, library, "card", counts)
    return counts


def _load_pins(fence: Fence, library: str, held_set_id: UUID | None) -> Counter[str]:
    ledger, run_id = fence.ledger, fence.run_id
    with fence.transaction():
        counts = write_planned_values(ledger, run_id, library, "pin", held_set_id)
        scope = {"run_id": run_id, "library": library, "held_set_id": held_set_id}
        ledger.run("pull/write_pin_base", **scope)
        audit_planned_values(ledger, run_id, library, "pin", counts)
    return counts
