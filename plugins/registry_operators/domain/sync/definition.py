"""A data sync as its author means it: source, type, filter, mapping, schedule (spec D1 to D4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from registry_operators.domain.sync.catalogue import Sensitivity, SourceField
from registry_operators.domain.sync.conditions import Condition, Operator, first_day
from registry_operators.domain.sync.field_values import Value
from registry_operators.domain.sync.transforms import Transform

PERIODS = frozenset({Operator.BEFORE, Operator.AFTER, Operator.WITHIN_LAST})
COVER = "…"
"""Stands for a value that is not shown."""


class SyncType(StrEnum):
    """What a data sync may do to profiles (D1.2)."""

    CREATE = "create"
    UPDATE = "update"
    CREATE_AND_UPDATE = "create_and_update"

    @property
    def creates(self) -> bool:
        """Whether a patron without a profile gets one."""
        return self is not SyncType.UPDATE

    @property
    def updates(self) -> bool:
        """Whether a profile that is there is changed."""
        return self is not SyncType.CREATE


class EmptyFields(StrEnum):
    """What an empty field of the library system does (D1.4)."""

    SKIP = "skip"
    REPLACE = "replace"


class IncorrectValues(StrEnum):
    """What a value does that does not fit its field (D1.5); it is counted either way."""

    REPORT = "report"
    SKIP = "skip"


class OnError(StrEnum):
    """What the first error of a record does to the others (D1.6)."""

    CONTINUE = "continue"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class FilterRow:
    """
    One condition as it is written.

    :param operand: One comparable value, several of them, or amount and unit of ``within_last``;
        ``None`` for the operators that need none.
    :param written: The operand as its author wrote it, for systems that tell cases apart.
    """

    field: SourceField
    operator: Operator
    operand: Value | tuple[Value, ...] | tuple[int, str] | None
    written: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """The values as anybody may see them: covered where one may be about somebody."""
        is_plain = self.field.sensitivity is Sensitivity.PLAIN or self.operator in PERIODS
        return self.written if is_plain else (COVER,) * bool(self.written)

    def condition(self, today: date) -> Condition:
        """Return the condition as it is to be evaluated on a day."""
        match self.operand:
            case None:
                operands: tuple[Value, ...] = ()
            case (int(amount), str(unit)) if self.operator is Operator.WITHIN_LAST:
                operands = (first_day(amount, unit, today).isoformat(),)
            case tuple(several):
                operands = several
            case one:
                operands = (one,)
        return Condition(
            self.field.name, self.field.data_type, self.operator, operands, self.written
        )


@dataclass(frozen=True, slots=True)
class MappingRow:
    """
    What becomes one field of the profile.

    :param sources: Fields of the library system; the first one that is not empty counts.
    :param constant: A value for every profile, instead of sources.
    :param transforms: In order, each with its detail (the format of a date).
    :param target: Name of the field of the profile.
    :param target_level: ``system``, ``all_types`` or a type.
    """

    sources: tuple[SourceField, ...]
    constant: Value | None
    transforms: tuple[tuple[Transform, str], ...]
    target: str
    target_level: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """
    When it runs (D4.2), in local time.

    :param every: Number and ``day``, ``week`` or ``month``; ``None`` for once.
    :param last: Last day on which it may run.
    """

    first: date
    at: time
    every: tuple[int, str] | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class SyncDefinition:
    """
    One data sync.

    :param name: Also the name of its file and DAG.
    :param connection: Airflow Connection of the library system.
    :param profile_type: The type that created profiles get.
    :param match_on: Keys in order: ``ils_record_id`` or a field of the profile (D0.3).
    :param text: The document itself, as it was written.
    :param follows_pull: It runs each time that the nightly pull has ended, and has no schedule.
    """

    name: str
    description: str
    ils: str
    connection: str
    type: SyncType
    profile_type: str
    match_on: tuple[str, ...]
    empty_fields: EmptyFields
    incorrect_values: IncorrectValues
    errors: OnError
    filter: tuple[FilterRow, ...]
    mapping: tuple[MappingRow, ...]
    schedule: Schedule | None
    text: str
    follows_pull: bool = False

    @property
    def recurs(self) -> bool:
        """Say whether it runs again and again by itself."""
        return self.follows_pull or (self.schedule is not None and self.schedule.every is not None)

    @property
    def top_level_keys(self) -> frozenset[str]:
        """Keys of a record that the sync needs, besides those of its identity."""
        mapped = (source for row in self.mapping for source in row.sources)
        return frozenset(
            one.top_level_key for one in (*mapped, *(row.field for row in self.filter))
        )
