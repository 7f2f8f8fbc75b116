"""Remember what a run replaces, so that it can be undone value by value (spec X7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from registry_operators.domain.keys import SyncKeys, fingerprint
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.journal_vault import JournalVault

_KEEP = {"card": "journal/keep_cards", "pin": "journal/keep_pins"}


def keep_cicero_values(
    ledger: Ledger, run_id: UUID, library: str, field: str, held_set_id: UUID | None = None
) -> int:
    """
    Remember what Cicero holds of a field where the plan is about to write; return how many.

    Runs in the transaction of the write and before it, so that there is no write without it.

    :param field: ``card`` or ``pin``.
    """
    return ledger.run(_KEEP[field], run_id=run_id, library=library, held_set_id=held_set_id)


def keep_registry_values(
    ledger: Ledger,
    keys: SyncKeys,
    run_id: UUID,
    library: str,
    record_nos: Sequence[int],
    held_set_id: UUID | None = None,
) -> None:
    """
    Remember, encrypted, what the look-up found in the registry for records about to be sent.

    Runs in the transaction that marks them as sent, and before it: what was lost with an answer is
    known all the same, and of a batch that is sent again nothing is remembered twice.
    """
    scope: dict[str, Any] = {"run_id": run_id, "library": library}
    rows = ledger.rows(
        "journal/list_registry_values",
        **scope,
        record_nos=list(record_nos),
        held_set_id=held_set_id,
    )
    if not rows:
        return
    vault = JournalVault(keys)
    ledger.run(
        "journal/keep_registry_values",
        **scope,
        record_nos=[row.record_no for row in rows],
        fields=[row.field for row in rows],
        patron_ids=[row.patron_id for row in rows],
        person_keys=[row.person_key for row in rows],
        actions=[row.action for row in rows],
        are_known=[row.is_known for row in rows],
        old_values=[_sealed(vault, row) for row in rows],
        old_fingerprints=[_mark(keys, row) for row in rows],
        new_fingerprints=[row.new_fingerprint for row in rows],
    )


def _sealed(vault: JournalVault, row: Any) -> bytes | None:
    if row.card_number:
        return vault.seal(bytes(row.person_key), "card", row.card_number)
    return None if row.pin_encrypted is None else bytes(row.pin_encrypted)


def _mark(keys: SyncKeys, row: Any) -> bytes | None:
    if row.card_number:
        return fingerprint(bytes(row.person_key), "card", row.card_number, keys)
    return None if row.pin_fingerprint is None else bytes(row.pin_fingerprint)
