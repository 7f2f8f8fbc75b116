"""What should have been written and could not be: see it, try it again, or let it go (spec X5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry_operators.errors import DecisionRefusedError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger


@dataclass(frozen=True, slots=True)
class OutboxChoice:
    """
    Which entries are meant.

    :param library: Agency code; ``None`` for all.
    :param reason: Reason code; ``None`` for all.
    :param patron_id: One patron; ``None`` for all.
    """

    library: str | None = None
    reason: str | None = None
    patron_id: int | None = None

    @property
    def is_everything(self) -> bool:
        """Say whether nothing narrows the choice."""
        return self.library is None and self.reason is None and self.patron_id is None

    @property
    def parameters(self) -> dict[str, Any]:
        """The choice as the statements take it."""
        return {"library": self.library, "reason": self.reason, "patron_id": self.patron_id}


def list_outbox(ledger: Ledger, choice: OutboxChoice) -> list[Any]:
    """Return the rows of ``outbox/list_entries``, oldest first."""
    rows = ledger.rows("outbox/list_entries", library=choice.library, reason=choice.reason)
    if choice.patron_id is None:
        return rows
    return [row for row in rows if (row.kind, row.entry_id) == ("patron", choice.patron_id)]


def retry_outbox(ledger: Ledger, choice: OutboxChoice, *, actor: str) -> int:
    """Let the next run try the chosen patrons again who wait for a person; return how many."""
    return _act(ledger, "outbox/retry_patrons", "retry", choice, actor, None)


def drop_outbox(ledger: Ledger, choice: OutboxChoice, *, actor: str, reason: str) -> int:
    """
    Forget the chosen patrons; return how many. A change on either side brings them back.

    :raises DecisionRefusedError: Nothing narrows the choice, or no reason is given.
    """
    if choice.is_everything or not reason.strip():
        raise DecisionRefusedError(
            "to drop needs a reason, and a library, reason code or patron that narrows it down"
        )
    return _act(ledger, "outbox/drop_patrons", "drop", choice, actor, reason)


def drop_removal(ledger: Ledger, deletion_id: int, *, actor: str, reason: str) -> int:
    """
    Keep one relation that should have been removed; return 1, or 0 if it was settled already.

    :raises DecisionRefusedError: No reason is given.
    """
    if not reason.strip():
        raise DecisionRefusedError("to drop a removal needs a reason; say why in a few words")
    with ledger.transaction():
        count = ledger.run("outbox/drop_removal", deletion_id=deletion_id)
        AuditTrail(ledger).append(
            "drop", actor=actor, subject="removal", note=reason, counts={"entries": count}
        )
    return count


def _act(
    ledger: Ledger,
    statement: str,
    action: str,
    choice: OutboxChoice,
    actor: str,
    note: str | None,
) -> int:
    with ledger.transaction():
        count = ledger.run(statement, **choice.parameters)
        AuditTrail(ledger).append(
            action,
            actor=actor,
            library=choice.library,
            subject="outbox",
            reason=choice.reason,
            note=note,
            counts={"entries": count},
        )
    return count
