"""The answer to "why (not) this patron?": what happened, and what would happen now (spec X6)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from registry_operators.domain.explanation import Explanation
from registry_operators.domain.sync.record_story import RecordStory
from registry_operators.domain.undone import Undone, at_minute

_FIELDS = {"relation": "relation", "card": "card number", "pin": "PIN"}
_ACTIONS = {"create": "new", "update": "changed", "remove": "removed", "clear": "cleared"}
_STATES = {
    "planned": "planned",
    "sent": "sent, and not answered yet",
    "confirmed": "written",
    "failed": "failed",
    "held": "held for a person's decision",
    "dropped": "not written",
}
_UNDONE = {
    "reversed": "put back by an undo{}",
    "kept": "an undo{} left it",
    "failed": "an undo{} failed",
    "planned": "an undo was interrupted before it",
}


@dataclass(frozen=True, slots=True)
class Reversal:
    """
    What became of taking one change back.

    :param state: ``reversed``, ``kept``, ``failed``, or ``planned`` where a call was interrupted.
    :param at: When; ``None`` for ``planned``.
    :param reason: Why it was kept, or failed.
    """

    state: str
    at: datetime | None
    reason: Explanation | None

    @property
    def text(self) -> str:
        """Say whether the value was put back, as the end of a sentence."""
        when = f" on {at_minute(self.at)}" if self.at else ""
        return f"; {_UNDONE[self.state].format(when)}"


@dataclass(frozen=True, slots=True)
class Change:
    """
    A change that a run planned for the patron, and what became of it; no values.

    :param rule: Why it was planned.
    :param reason: Why it ended as it did, where that needs a word.
    :param undo: What became of taking it back, if somebody undid the run.
    """

    field: str
    target: str
    action: str
    state: str
    is_conflict: bool
    rule: Explanation
    reason: Explanation | None
    undo: Reversal | None = None

    @property
    def text(self) -> str:
        """Say what was to be written where, and whether it was."""
        where = "Cicero" if self.target == "cicero" else "the registry"
        conflict = ", both sides had changed it" if self.is_conflict else ""
        return (
            f"{_FIELDS[self.field]} {_ACTIONS[self.action]} in {where}: "
            f"{_STATES[self.state]}{conflict}{self.undo.text if self.undo else ''}"
        )


@dataclass(frozen=True, slots=True)
class Episode:
    """
    A run of one direction, as far as the patron is concerned.

    :param was_read: ``None`` where nobody can tell any more.
    :param outcome: As in the report of the run; ``None`` if the patron was not read.
    :param undone: The run was undone at the library, whether or not for this patron.
    """

    run_id: UUID
    flow: str
    library: str
    started_at: datetime
    is_dry_run: bool
    was_read: bool | None
    outcome: str | None
    says: str
    reason: Explanation | None = None
    changes: tuple[Change, ...] = ()
    undone: Undone | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """
    What a run of one direction would do for the patron at this moment.

    :param is_due: The next run would read the patron; ``None`` if only the registry can tell.
    :param needs_registry: The rest depends on what the registry says when it is asked.
    """

    flow: str
    is_due: bool | None
    needs_registry: bool
    outcome: str | None
    says: tuple[str, ...]
    reason: Explanation | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that counts for the decision, as it is now."""

    says: str
    rule: str


@dataclass(frozen=True, slots=True)
class PatronStory:
    """
    One patron record at one library.

    :param state: ``patron``, ``deleted``, or ``gone`` where only the ledger knows of them.
    :param pseudonym: First ten hex digits of the person key, as in logs and events.
    """

    patron_id: int
    library: str
    library_name: str | None
    state: str
    pseudonym: str | None
    is_asked_for: bool
    facts: tuple[Fact, ...] = ()
    waiting: tuple[Fact, ...] = ()
    now: tuple[Outlook, ...] = ()
    history: tuple[Episode, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """
    The whole answer.

    :param says: One sentence; for somebody who was never seen it is all there is.
    :param runs: How many runs of the nightly jobs were looked at.
    :param records: The person's records in library systems that data syncs read.
    """

    is_known: bool
    says: str
    runs: int
    patrons: tuple[PatronStory, ...] = field(default=())
    records: tuple[RecordStory, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Return the answer for JSON; changes with their words."""
        content = asdict(self)
        for patron, told in zip(self.patrons, content["patrons"], strict=True):
            parts: list[Outlook | Episode] = [*patron.now, *patron.history]
            for part, row in zip(parts, [*told["now"], *told["history"]], strict=True):
                for change, entry in zip(part.changes, row["changes"], strict=True):
                    entry["says"] = change.text
            for episode, row in zip(patron.history, told["history"], strict=True):
                if episode.undone:
                    row["undone"]["says"] = episode.undone.text
        return content


def masked(card_number: str, typed: str | None) -> str:
    """
    Return a card number without its middle, except the one that the asker typed.

    >>> masked("N101234567", None), masked("N101234567", "N101234567")
    ('N·······67', 'N101234567')
    """
    if card_number == typed:
        return card_number
    return f"{card_number[:1]}{'·' * max(len(card_number) - 3, 1)}{card_number[-2:]}"
