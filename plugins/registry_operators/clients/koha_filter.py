"""
Conditions that Koha can evaluate without losing anybody who meets them here.

Only what the database compares as we do is sent: codes of the two code tables, dates, times (a day
wider, for the server's zone), yes/no, and that a column is not null. Other text is not: we compare
it without regard to blanks, control characters and the form of accents, which no collation does.
What asks for an empty or another value is not sent either, since the null of a record that the
API's user may not see meets it, while the database goes by the value that is hidden. Columns that
older releases lack are not sent: to ask for them there is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import orjson

from registry_operators.domain.sync.conditions import Condition, Operator
from registry_operators.domain.sync.field_values import DataType, Value

_CODES = frozenset({"library_id", "category_id"})
_DATES = frozenset({"date_of_birth", "date_enrolled", "expiry_date"})
_TIMES = frozenset({"updated_on", "last_seen"})
_FLAGS = frozenset({"incorrect_address", "patron_card_lost"})
_TEXTS = frozenset({
    "cardnumber", "surname", "firstname", "title", "other_name", "initials",
    "address", "address2", "city", "state", "postal_code", "country", "email", "phone", "mobile",
    "secondary_email", "secondary_phone", "gender", "userid", "statistics_1", "statistics_2",
    "sms_number",
})  # fmt: skip
_NULLABLE = _TEXTS | _DATES | {"last_seen"}
_MOST_VALUES = 100
_DAY = timedelta(days=1)
_ORDERS = {
    Operator.BEFORE: "<", Operator.AFTER: ">", Operator.WITHIN_LAST: ">=", Operator.EQUALS: "=",
}  # fmt: skip


def push_down(conditions: Sequence[Condition]) -> tuple[dict[str, str], tuple[Condition, ...]]:
    """
    Return the parameters to send, and the conditions that they stand for.

    ``x-koha-query`` is to be sent as a header, so that no value of a filter stands in a URL.
    """
    parts: list[Any] = []
    used = []
    for condition in conditions:
        comparison = _comparison(condition)
        if comparison is not None:
            parts.append({f"me.{condition.field}": comparison})
            used.append(condition)
    if not parts:
        return {}, ()
    query = parts[0] if len(parts) == 1 else {"-and": parts}
    return {"x-koha-query": orjson.dumps(query).decode("ascii")}, tuple(used)


def _comparison(condition: Condition) -> dict[str, Any] | None:
    """Return what the column is compared with, ``None`` if that cannot be said safely."""
    name, operator = condition.field, condition.operator
    if operator is Operator.IS_NOT_EMPTY:
        return {"!=": None} if name in _NULLABLE else None
    if name in _CODES and operator in {Operator.EQUALS, Operator.IS_ONE_OF}:
        return _codes(condition)
    if name in _FLAGS and operator is Operator.EQUALS and condition.data_type is DataType.YES_NO:
        return {"!=" if condition.operands[0] else "=": 0}  # whatever is not 0 is shown as true
    if name in _DATES | _TIMES and operator in _ORDERS and condition.data_type is DataType.DATE:
        first, *_ = condition.operands
        if name in _DATES:
            return {_ORDERS[operator]: str(first)}
        return _times(operator, first)
    return None


def _codes(condition: Condition) -> dict[str, Any] | None:
    """Codes are ASCII words, which Koha's collation compares without regard to case."""
    is_written = len(condition.written) == len(condition.operands)
    codes = [str(one) for one in (condition.written if is_written else condition.operands)]
    if len(codes) > _MOST_VALUES or not all(one.isascii() and one.isalnum() for one in codes):
        return None
    return {"=": codes[0]} if len(codes) == 1 else {"-in": codes}


def _times(operator: Operator, first: Value) -> dict[str, Any] | None:
    try:
        day = date.fromisoformat(str(first))
        before, after = day - _DAY, day + 2 * _DAY
    except (ValueError, OverflowError):
        return None
    match operator:
        case Operator.BEFORE:
            return {"<": _midnight(day + _DAY)}
        case Operator.EQUALS:
            return {">=": _midnight(before), "<": _midnight(after)}
        case _:
            return {">=": _midnight(before)}


def _midnight(day: date) -> str:
    return f"{day.isoformat()} 00:00:00"
