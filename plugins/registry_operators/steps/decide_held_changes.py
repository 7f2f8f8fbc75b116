"""A person's decision on changes that exceeded a limit (spec X2)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from registry_operators.domain.reasons import Reason
from registry_operators.errors import DecisionRefusedError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger

_CONFLICTS = "conflicts"


def list_held(ledger: Ledger, state: str | None = "open") -> list[Any]:
    """Return the rows of ``held/list_sets``, oldest first; ``None`` for every state."""
    return ledger.rows("held/list_sets", state=state)


def approve_held(
    ledger: Ledger,
    held_set_id: UUID,
    *,
    digest: str | None,
    decided_by: str,
    reason: str,
    four_eyes: bool,
) -> None:
    """
    Approve exactly what was shown; :func:`apply_held_changes` then carries it out.

    :param digest: Digest of what the person saw; ``None`` for what waits now.
    :param four_eyes: Whoever started the run may not approve.
    :raises DecisionRefusedError: The set is gone, decided, expired or changed since, or the person
        may not approve it. Nothing was changed.
    """
    with ledger.transaction():
        held = _open_set(ledger, held_set_id)
        if four_eyes and decided_by == held.asked_by:
            raise DecisionRefusedError(
                f"{decided_by} started the run that asks and may not approve it; somebody else "
                "must (guards.approval.four_eyes)"
            )
        if held.is_expired:
            raise DecisionRefusedError(
                "the time to decide is over; its patrons are compared again by the next run"
            )
        if held.present_digest != held.digest or digest not in (None, held.digest):
            raise DecisionRefusedError(
                "what waits has changed since it was shown; list it again and decide on that"
            )
        _decide(ledger, held_set_id, held, "approved", decided_by, reason)


def reject_held(ledger: Ledger, held_set_id: UUID, *, decided_by: str, reason: str) -> int:
    """
    Reject a set; return how many changes are not made.

    Rejected removals are not asked about again. Of rejected conflicts the other side's value
    stands, and the other job compares those patrons.

    :raises DecisionRefusedError: The set is gone or decided.
    """
    with ledger.transaction():
        held = _open_set(ledger, held_set_id)
        ledger.run("held/settle_removals", held_set_id=held_set_id)
        dropped = ledger.run("held/drop_changes", held_set_id=held_set_id, reason=Reason.REJECTED)
        if held.kind == _CONFLICTS:
            ledger.run(
                "held/add_pending",
                held_set_id=held_set_id,
                is_return=True,
                reasons=[Reason.REJECTED],
            )
        _decide(ledger, held_set_id, held, "rejected", decided_by, reason)
    return dropped


def expire_held(ledger: Ledger) -> list[Any]:
    """
    Close the sets that nobody decided on in time; their patrons are compared again.

    :return: One row for each, with ``held_set_id``, ``library``, ``kind``, ``changes``.
    """
    with ledger.transaction():
        expired = ledger.rows("held/expire_sets")
        for row in expired:
            scope = {"held_set_id": row.held_set_id}
            ledger.run("held/drop_changes", **scope, reason=Reason.EXPIRED)
            ledger.run("held/add_pending", **scope, is_return=False, reasons=[Reason.EXPIRED])
            AuditTrail(ledger).append(
                "expire",
                actor="patron-sync",
                run_id=row.run_id,
                library=row.library,
                subject=str(row.held_set_id),
                reason=row.kind,
                counts={"changes": row.changes},
            )
    return expired


def read_held(ledger: Ledger, held_set_id: UUID) -> Any:
    """
    Return the row of ``held/read_set``, locked until the transaction ends.

    :raises DecisionRefusedError: There is no such set.
    """
    rows = ledger.rows("held/read_set", held_set_id=held_set_id)
    if not rows:
        raise DecisionRefusedError(
            f"there is no held set {held_set_id}; patron-sync held list shows those that wait"
        )
    return rows[0]


def _open_set(ledger: Ledger, held_set_id: UUID) -> Any:
    held = read_held(ledger, held_set_id)
    if held.state != "open":
        by = f" by {held.decided_by}" if held.decided_by else ""
        raise DecisionRefusedError(f"the set is {held.state}{by} and cannot be decided again")
    return held


def _decide(
    ledger: Ledger, held_set_id: UUID, held: Any, state: str, decided_by: str, reason: str
) -> None:
    if not reason.strip():
        raise DecisionRefusedError("a decision needs a reason; say why in a few words")
    ledger.run(
        "held/decide_set",
        held_set_id=held_set_id,
        state=state,
        decided_by=decided_by,
        reason=reason.strip()[:200],
    )
    AuditTrail(ledger).append(
        {"approved": "approve", "rejected": "reject"}[state],
        actor=decided_by,
        run_id=held.run_id,
        library=held.library,
        subject=str(held_set_id),
        reason=held.kind,
        note=reason,
        counts={"changes": held.changes},
    )
