"""Sequence numbers and default PINs for patrons without (spec N2.4 to N2.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from registry_operators.domain.decision import Decision
from registry_operators.domain.keys import drawn_pin, pin_fingerprint
from registry_operators.domain.reasons import Reason
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.pin_vault import PinVault
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.steps.ports import Secrets

_FROM_STAGE = {"pull": "cards_filtered", "push": "looked_up"}


def assign_cards_and_pins(
    ledger: Ledger, config: LibrariesConfig, secrets: Secrets, *, run_id: UUID
) -> list[str]:
    """
    Put numbers and PINs beside the staged patrons who lack them; Cicero is written by the load.

    One transaction for all libraries: a step that dies takes no number. In a dry run the numbers
    are shown and given back. Where a sequence is used up the patrons without a number fail; the
    library's others go on, and the report says what to do.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    rows = ledger.rows(f"{run.flow}/list_missing_values", run_id=run_id)
    by_library: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_library[row.library].append(row)
    decisions = []
    with ledger.transaction():
        for library, missing in by_library.items():
            numbers = _numbers(ledger, run, run_id, library, missing)
            ledger.run_many(
                "run/assign_values",
                _assignments(run_id, config, secrets, library, missing, numbers),
            )
            decisions.append(_account(run.flow, library, missing, numbers))
        ledger.run(
            "run/advance_libraries",
            run_id=run_id,
            from_stage=_FROM_STAGE[run.flow],
            to_stage="assigned",
        )
        AuditTrail(ledger).append_decisions(run_id, decisions)
    return [decision.line for decision in decisions]


def take_card_numbers(
    ledger: Ledger, library: str, patron_ids: Sequence[int], run_id: UUID
) -> dict[int, str]:
    """
    Return a card number for each patron, as far as the library's sequence reaches.

    A patron who was given a number earlier and does not hold it yet gets the same one. Numbers
    in use are skipped. Runs in the caller's transaction, whose row lock keeps others waiting.
    """
    taken = {
        row.patron_id: row.card_number
        for row in ledger.rows(
            "run/list_taken_card_numbers", library=library, patron_ids=list(patron_ids)
        )
    }
    waiting = [patron_id for patron_id in patron_ids if patron_id not in taken]
    while waiting:
        (block,) = ledger.rows("run/take_card_numbers", library=library, count=len(waiting))
        if block.last_taken < block.first_taken:
            break
        numbers = [
            f"{block.prefix}{value:0{block.width}d}"
            for value in range(block.first_taken, block.last_taken + 1)
        ]
        used = {
            row.card_number
            for row in ledger.rows("run/list_used_card_numbers", card_numbers=numbers)
        }
        free = [number for number in numbers if number not in used]
        fresh = dict(zip(waiting, free, strict=False))
        ledger.run_many(
            "run/keep_card_number",
            (
                {"library": library, "patron_id": patron, "card_number": number, "run_id": run_id}
                for patron, number in fresh.items()
            ),
        )
        taken |= fresh
        waiting = waiting[len(fresh) :]
    return taken


def _numbers(
    ledger: Ledger, run: Any, run_id: UUID, library: str, missing: Sequence[Any]
) -> dict[int, str]:
    patron_ids = [row.patron_id for row in missing if row.needs_card]
    if not run.is_dry_run:
        return take_card_numbers(ledger, library, patron_ids, run_id)
    with ledger.rolled_back():
        return take_card_numbers(ledger, library, patron_ids, run_id)


def _assignments(
    run_id: UUID,
    config: LibrariesConfig,
    secrets: Secrets,
    library: str,
    missing: Sequence[Any],
    numbers: Mapping[int, str],
) -> list[dict[str, Any]]:
    vault = PinVault(secrets.keys)
    rules = config.libraries[library]

    def pin_of(row: Any) -> tuple[bytes | None, bytes | None]:
        if not row.needs_pin:
            return None, None
        person = bytes(row.person_key)
        # Drawn by key and person, so that a dry run plans the PIN that the live run writes.
        pin = rules.pin_for_all or drawn_pin(person, secrets.keys)
        return vault.seal(person, pin), pin_fingerprint(person, pin, secrets.keys)

    return [
        {
            "run_id": run_id,
            "library": library,
            "record_no": row.record_no,
            "card_number": numbers.get(row.patron_id) if row.needs_card else None,
            "card_reason": Reason.SEQUENCE_EXHAUSTED
            if row.needs_card and row.patron_id not in numbers
            else None,
            **dict(zip(("pin_encrypted", "pin_fingerprint"), pin_of(row), strict=True)),
        }
        for row in missing
    ]


def _account(
    flow: str, library: str, missing: Sequence[Any], numbers: Mapping[int, str]
) -> Decision:
    exhausted = sum(row.needs_card for row in missing) - len(numbers)
    counts = {
        "numbers": len(numbers),
        "default_pins": sum(row.needs_pin for row in missing),
        "out": exhausted,
    }
    reason = Reason.SEQUENCE_EXHAUSTED if exhausted else None
    return Decision(flow, "sequence", library, counts, {"reason": reason})
