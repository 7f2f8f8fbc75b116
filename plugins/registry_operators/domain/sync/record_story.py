"""What data syncs did with one record of a library system, in words and without values (X6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry_operators.domain.explanation import Explanation


@dataclass(frozen=True, slots=True)
class RecordEpisode:
    """
    A run of a data sync, as far as the record is concerned.

    :param was_read: ``None`` where nobody can tell any more.
    :param outcome: As in the report of the run, or ``waiting``; ``None`` where there is none.
    :param conditions: Field and operator of the conditions that left it out.
    :param written: Names of the fields that were written, or would be.
    :param cleared: Names of the fields that were emptied, or would be.
    :param problems: Field and reason of values that did not fit.
    :param reversed: What was put back since the run was taken back: fields, ``profile``, ``link``.
    :param kept: What that left, because somebody had changed it since.
    """

    run_id: UUID
    sync: str
    version: int
    started_at: datetime
    is_dry_run: bool
    was_read: bool | None
    outcome: str | None
    says: str
    reason: Explanation | None = None
    conditions: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    reversed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def details(self) -> tuple[str, ...]:
        """What is told besides, a line each."""
        return tuple(
            f"{title}: {', '.join(names)}"
            for title, names in (
                ("Conditions", self.conditions),
                ("Fields written", self.written),
                ("Fields emptied", self.cleared),
                ("Incorrect values", self.problems),
                ("Put back by an undo", self.reversed),
                ("Left by an undo, as changed since", self.kept),
            )
            if names
        )


@dataclass(frozen=True, slots=True)
class RecordStory:
    """
    One record, or a profile that is none.

    :param source: Connection of the library system; ``None``, as ``record_id``, for a profile that
        no data sync knows.
    :param facts: What the profile is now.
    """

    source: str | None
    record_id: str | None
    profile_id: int | None
    facts: tuple[str, ...] = ()
    history: tuple[RecordEpisode, ...] = ()

    @property
    def name(self) -> str:
        """The record as commands name it."""
        return "no record" if self.record_id is None else f"{self.source}:{self.record_id}"
