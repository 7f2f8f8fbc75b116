"""Carry out approved changes after a check against today's data (spec X2)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from registry_operators.clients.registry_messages import RegistryPatron
from registry_operators.domain.decision import Decision
from registry_operators.domain.keys import pin_fingerprint
from registry_operators.domain.reasons import Reason
from registry_operators.errors import DecisionRefusedError, LedgerError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.writer import Fence, writing
from registry_operators.steps.apply_to_cicero import load_library
from registry_operators.steps.apply_to_registry import LibrarySending
from registry_operators.steps.ask_registry import RegistryDesk
from registry_operators.steps.decide_held_changes import read_held
from registry_operators.steps.ports import RegistryConnector, Secrets

_BATCH_SIZE = 500
_NOT_MADE = (
    Reason.CHANGED_SINCE_PLAN, Reason.CARD_IN_USE, Reason.UNAVAILABLE, Reason.REFUSED,
    Reason.ALREADY_IN_REGISTRY, Reason.NUMBER_NOT_RESERVED, Reason.OTHER_PERSONS_CARD,
    Reason.PIN_UNREADABLE, Reason.NOT_IN_REGISTRY,
)  # fmt: skip


def apply_held_changes(
    ledger: Ledger,
    connect: RegistryConnector,
    secrets: Secrets,
    *,
    held_set_id: UUID,
    concurrency: int = 8,
) -> list[str]:
    """
    Carry out an approved set, under the right to write.

    Its digest is compared again, and each patron is asked for in the registry: a change whose
    ground has moved since is dropped and its patron compared again by the next run. Consent is
    checked as in every load. A call that was interrupted goes on where it stood; a set that is
    applied is left alone.

    :return: AUDIT lines.
    :raises DecisionRefusedError: The set is not approved, or changed after the approval.
    :raises UnavailableError: The registry or the database did not answer, or another run writes.
    """
    held = read_held(ledger, held_set_id)
    if held.state == "applied":
        return []
    if held.state != "approved":
        raise DecisionRefusedError(f"the set is {held.state}, not approved; nothing was written")
    check = _Check(RegistryDesk(connect(held.library)), secrets, held.flow)
    with writing(ledger, held.run_id, held.library) as fence:
        moved = list(_moved(ledger, check, held_set_id, concurrency))
        with fence.transaction():
            still_approved = _still_approved(ledger, held_set_id)
            if still_approved:
                ledger.run("held/release_changes", held_set_id=held_set_id, record_nos=moved)
        if not still_approved:
            raise DecisionRefusedError(
                "some of its changes were replaced by a newer run after the approval; nothing was "
                "written, and what is left waits for a decision again"
            )
        _load(fence, connect, secrets, held, held_set_id, concurrency)
        return _close(fence, held_set_id, held)


def _still_approved(ledger: Ledger, held_set_id: UUID) -> bool:
    """Say whether what waits is what was approved; if not, ask again about what is left."""
    held = read_held(ledger, held_set_id)
    if held.state != "approved":
        return False
    counts = ledger.rows("held/count_outcomes", held_set_id=held_set_id)
    has_begun = any(row.state in {"planned", "sent", "confirmed", "failed"} for row in counts)
    if has_begun or held.present_digest == held.digest:
        return True
    ledger.run("held/reopen_set", held_set_id=held_set_id)
    return False


def _moved(ledger: Ledger, check: _Check, held_set_id: UUID, concurrency: int) -> Iterator[int]:
    """Yield the records whose data has moved since the plan."""
    after_no = 0
    while rows := ledger.rows(
        "held/list_changes", held_set_id=held_set_id, after_no=after_no, batch_size=_BATCH_SIZE
    ):
        with ThreadPoolExecutor(concurrency) as pool:
            for row, has_moved in zip(rows, pool.map(check.has_moved, rows), strict=True):
                if has_moved:
                    yield row.record_no
        after_no = rows[-1].record_no


class _Check:
    """Compares what was planned with what the registry holds today."""

    def __init__(self, desk: RegistryDesk, secrets: Secrets, flow: str) -> None:
        self._desk = desk
        self._secrets = secrets
        self._flow = flow

    def has_moved(self, row: Any) -> bool:
        """Say whether the registry holds something else than the plan was made with."""
        if row.national_id is None:
            # A removal needs no comparison, and without consent the load drops the change.
            return False
        match self._desk.ask(row.national_id):
            case None:
                return self._flow == "pull" or row.registry_state == "found"
            case Reason():
                return True
            case patron if self._flow == "pull":
                return self._differs_from_plan(row, patron)
            case patron:
                return self._differs_from_look_up(row, patron)

    def _differs_from_plan(self, row: Any, patron: RegistryPatron) -> bool:
        return ("card" in row.fields and (patron.card_number or None) != row.card_number) or (
            "pin" in row.fields and self._pin(row, patron) != row.planned_pin
        )

    def _differs_from_look_up(self, row: Any, patron: RegistryPatron) -> bool:
        if row.registry_state != "found":
            return True
        return (patron.card_number or None) != row.registry_card_number or (
            "pin" in row.fields and self._pin(row, patron) != row.registry_pin
        )

    def _pin(self, row: Any, patron: RegistryPatron) -> str | None:
        pin = self._secrets.cipher.decrypt(patron.encrypted_pin) if patron.encrypted_pin else None
        if pin is None:
            return None
        return pin_fingerprint(bytes(row.person_key), pin, self._secrets.keys).hex()


def _load(
    fence: Fence,
    connect: RegistryConnector,
    secrets: Secrets,
    held: Any,
    held_set_id: UUID,
    concurrency: int,
) -> None:
    if held.flow == "pull":
        load_library(fence, secrets.keys, held.library, held_set_id)
        return
    sending = LibrarySending(fence, secrets, held.library, concurrency, held_set_id)
    sending.send_all(connect(held.library))
    with fence.transaction():
        sending.settle_removals()


def _close(fence: Fence, held_set_id: UUID, held: Any) -> list[str]:
    ledger = fence.ledger
    scope = {"held_set_id": held_set_id}
    with fence.transaction():
        counts = ledger.rows("held/count_outcomes", **scope)
        if any(row.state in {"planned", "sent"} for row in counts):
            raise LedgerError(
                "changes of the set are neither written nor given up, because what was staged for "
                "them is gone; the set stays approved, and nothing is taken for done"
            )
        decisions = [
            Decision(
                held.flow,
                "apply_held",
                held.library,
                {"changes": row.changes},
                {"rule": held.kind, "state": row.state, "reason": row.reason},
            )
            for row in counts
        ]
        ledger.run("held/add_pending", **scope, is_return=False, reasons=list(_NOT_MADE))
        ledger.run("held/decide_set", **scope, state="applied", decided_by=None, reason=None)
        AuditTrail(ledger).append_decisions(held.run_id, decisions)
    return [decision.line for decision in decisions]
