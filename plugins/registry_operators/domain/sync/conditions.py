"""
Conditions of a filter: one meaning each, whoever evaluates them (spec D2.1, D2.2).

Texts are compared folded (``field_values.fold``): case and the number of blanks do not count. A
field with several values meets a condition if one of them does; ``not_equals`` is the contrary of
``equals``, so it is met by a field without a value. ``data_sync.meets`` in ``include/sql/schema``
says the same in SQL; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from registry_operators.domain.sync.field_values import (
    DataType,
    IncorrectValueError,
    Value,
    fold,
    to_value,
)


class Operator(StrEnum):
    """What a condition can ask, in the words of a definition."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    IS_EMPTY = "is_empty"
    IS_NOT_EMPTY = "is_not_empty"
    BEFORE = "before"
    AFTER = "after"
    WITHIN_LAST = "within_last"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    IS_ONE_OF = "is_one_of"


_ALWAYS = {Operator.EQUALS, Operator.NOT_EQUALS, Operator.IS_EMPTY, Operator.IS_NOT_EMPTY}
_TEXTUAL = _ALWAYS | {Operator.CONTAINS, Operator.STARTS_WITH, Operator.IS_ONE_OF}
OPERATORS = {
    DataType.TEXT: frozenset(_TEXTUAL),
    DataType.EMAIL: frozenset(_TEXTUAL),
    DataType.PHONE: frozenset(_TEXTUAL),
    DataType.CHOICE: frozenset(_TEXTUAL),
    DataType.DATE: frozenset(_ALWAYS | {Operator.BEFORE, Operator.AFTER, Operator.WITHIN_LAST}),
    DataType.NUMBER: frozenset(_ALWAYS | {Operator.AT_LEAST, Operator.AT_MOST, Operator.IS_ONE_OF}),
    DataType.YES_NO: frozenset(_ALWAYS),
}
"""Which operators a field of a data type has."""


@dataclass(frozen=True, slots=True)
class Condition:
    """
    One condition, ready to be evaluated.

    :param operands: Values in the form of :func:`comparable`; none for the empty operators, one
        date for ``within_last`` (the first day that counts), several for ``is_one_of``.
    :param written: The operands as they were written, for systems that tell cases apart.
    """

    field: str
    data_type: DataType
    operator: Operator
    operands: tuple[Value, ...] = ()
    written: tuple[str, ...] = ()

    def is_met_by(self, values: Sequence[Value]) -> bool:
        """Say whether comparable values meet it."""
        match self.operator:
            case Operator.IS_EMPTY:
                return not values
            case Operator.IS_NOT_EMPTY:
                return bool(values)
            case Operator.NOT_EQUALS:
                return self.operands[0] not in values
            case _:
                return any(self._holds(value) for value in values)

    def _holds(self, value: Value) -> bool:
        wanted = self.operands[0]
        match self.operator:
            case Operator.EQUALS | Operator.IS_ONE_OF:
                return value in self.operands
            case Operator.CONTAINS:
                return str(wanted) in str(value)
            case Operator.STARTS_WITH:
                return str(value).startswith(str(wanted))
            case Operator.BEFORE:
                return str(value) < str(wanted)
            case Operator.AFTER:
                return str(value) > str(wanted)
            case Operator.WITHIN_LAST:
                return str(value) >= str(wanted)
            case Operator.AT_LEAST:
                return float(value) >= float(wanted)
            case _:
                return float(value) <= float(wanted)


def comparable(data_type: DataType, raw: object) -> Value | None:
    """
    Return a raw value in the form in which conditions compare it, ``None`` if it has none.

    What is no date in a date field is compared with nothing, and counts as empty; the mapping
    reports it where the field is mapped.
    """
    kind = DataType.TEXT if data_type not in _STRICT else data_type
    try:
        value = to_value(kind, raw)
    except IncorrectValueError:
        return None
    if isinstance(value, str) and data_type is not DataType.DATE:
        return fold(value) or None
    return value


_STRICT = frozenset({DataType.DATE, DataType.NUMBER, DataType.YES_NO})


def first_day(amount: int, unit: str, today: date) -> date:
    """
    Return the first day of "within the last N days/weeks/months/years", today counted.

    >>> first_day(1, "month", date(2026, 3, 31)).isoformat()
    '2026-02-28'

    :param unit: ``day``, ``week``, ``month`` or ``year``, with or without an ``s``.
    :raises ValueError: The unit is another one, or the day lies before all calendars.
    """
    match unit.removesuffix("s"):
        case "day":
            return today - timedelta(days=amount)
        case "week":
            return today - timedelta(weeks=amount)
        case "month":
            return _months_before(today, amount)
        case "year":
            return _months_before(today, 12 * amount)
        case _:
            raise ValueError("write days, weeks, months or years")


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    start = date(year, month + 1, 1)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return start.replace(day=min(day.day, last))
