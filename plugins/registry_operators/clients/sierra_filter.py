"""
Conditions that Sierra's list can evaluate without losing anybody who meets them here.

The list knows ranges of ``createdDate`` and ``updatedDate``, and ``suppressed``. Days are sent one
wider at either end, since we compare the day as it is written in the record and the list compares
times. Patron types are found by a JSON query only, whose answer is links and whose pages are places
in a list that moves; to read everybody costs a call for 2,000 patrons, so little is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from registry_operators.domain.sync.conditions import Condition, Operator
from registry_operators.domain.sync.field_values import DataType

_TIMES = frozenset({"createdDate", "updatedDate"})
_SUPPRESSED = "suppressed"
_DAY = timedelta(days=1)
_FIRST, _LAST = date.min, date.max
_YEARS = range(1970, 2100)
_Days = tuple[date, date]


def push_down(conditions: Sequence[Condition]) -> tuple[dict[str, str], tuple[Condition, ...]]:
    """Return the parameters to send, and the conditions that they stand for."""
    ranges: dict[str, _Days] = {}
    flags: dict[str, bool] = {}
    used = []
    for condition in conditions:
        if _takes_days(ranges, condition) or _takes_flag(flags, condition):
            used.append(condition)
    params = {name: _written(days) for name, days in ranges.items()}
    params |= {name: str(wanted).lower() for name, wanted in flags.items()}
    return params, tuple(used)


def _takes_days(ranges: dict[str, _Days], condition: Condition) -> bool:
    """Narrow the range of a time by a condition; one that leaves no day is not sent."""
    days = _days(condition) if condition.field in _TIMES else None
    if days is None:
        return False
    first, last = ranges.get(condition.field, (_FIRST, _LAST))
    narrowed = max(first, days[0]), min(last, days[1])
    if narrowed[0] > narrowed[1]:
        return False
    ranges[condition.field] = narrowed
    return True


def _takes_flag(flags: dict[str, bool], condition: Condition) -> bool:
    is_asked = condition.field == _SUPPRESSED and condition.operator is Operator.EQUALS
    if not is_asked or condition.data_type is not DataType.YES_NO:
        return False
    wanted = bool(condition.operands[0])
    return flags.setdefault(_SUPPRESSED, wanted) is wanted


def _days(condition: Condition) -> _Days | None:
    """Return first and last day of which times are wanted, a day wider than they are meant."""
    if condition.data_type is not DataType.DATE or not condition.operands:
        return None
    try:
        day = date.fromisoformat(str(condition.operands[0]))
    except ValueError:
        return None
    if day.year not in _YEARS:
        return None
    before, after = day - _DAY, day + _DAY
    match condition.operator:
        case Operator.BEFORE:
            return _FIRST, after
        case Operator.AFTER | Operator.WITHIN_LAST:
            return before, _LAST
        case Operator.EQUALS:
            return before, after
        case _:
            return None


def _written(days: _Days) -> str:
    """Write a range that holds both its days, with open ends."""
    first, last = days
    low = "" if first == _FIRST else f"{first.isoformat()}T00:00:00Z"
    high = "" if last == _LAST else f"{last.isoformat()}T23:59:59Z"
    return f"[{low},{high}]"
