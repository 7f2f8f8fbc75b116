"""
Comparing as MariaDB does: without regard to case and accents, and with the third answer, unknown.

Times stand in the table as local time without a zone. What `q` compares them with is taken as it
is written: an offset or a `Z` at its end is not honoured.
"""

import operator
import re
from collections.abc import Callable
from typing import Any

from stand_ins.ils.folding import fold
from stand_ins.koha.fields import COLUMNS, Kind
from stand_ins.koha.query_tree import All, Compare, Node, Not, Scalar, Some

Truth = bool | None
Values = Callable[[str], Any]
"""Gives the value of a column of one row; attributes as `a.type` and `a.value`."""
Test = Callable[[Values], Truth]

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?")
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le,
    ">=": operator.ge,
}  # fmt: skip


def compiled(node: Node) -> Test:
    """Turn a tree into a function of one row."""
    match node:
        case All(parts):
            return _all([compiled(part) for part in parts])
        case Some(parts):
            return _some([compiled(part) for part in parts])
        case Not(part):
            return _not(compiled(part))
        case Compare():
            return _compare(node)


def _all(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def test(values: Values) -> Truth:
        found: Truth = True
        for one in tests:
            truth = one(values)
            if truth is False:
                return False
            if truth is None:
                found = None
        return found

    return test


def _some(tests: list[Test]) -> Test:
    def test(values: Values) -> Truth:
        found: Truth = False
        for one in tests:
            truth = one(values)
            if truth:
                return True
            if truth is None:
                found = None
        return found

    return test


def _not(inner: Test) -> Test:
    def test(values: Values) -> Truth:
        truth = inner(values)
        return None if truth is None else not truth

    return test


def _compare(node: Compare) -> Test:
    column, wanted = node.column, node.value
    if isinstance(wanted, tuple):
        return _of_several(column, node.operator, wanted)
    if node.operator in ("like", "not_like"):
        return _like(column, str(wanted), negated=node.operator == "not_like")
    if wanted is None:
        return _null(column, node.operator)
    order, target = _ORDERS[node.operator], _comparable(column, wanted)
    if target is None:
        return lambda _: None

    def test(values: Values) -> Truth:
        value = _comparable(column, values(column))
        return None if value is None else order(value, target)

    return test


def _of_several(column: str, name: str, wanted: tuple[Scalar, ...]) -> Test:
    targets = [_comparable(column, one) for one in wanted]
    negated = name.startswith("not_")

    def test(values: Values) -> Truth:
        value = _comparable(column, values(column))
        if value is None or (None in targets and (negated or name.endswith("between"))):
            return None
        found = targets[0] <= value <= targets[1] if name.endswith("between") else value in targets
        return found is not negated

    return test


def _null(column: str, name: str) -> Test:
    if name not in ("=", "!="):
        return lambda _: None
    wanted = name == "="
    return lambda values: (values(column) is None) is wanted


def _like(column: str, pattern: str, *, negated: bool) -> Test:
    fits = like(pattern)

    def test(values: Values) -> Truth:
        value = values(column)
        if value is None:
            return None
        return fits(_text(value)) is not negated

    return test


def like(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a text is LIKE a pattern: `%` any text, `_` any character."""
    pattern = fold(pattern)
    inner = pattern.strip("%")
    if not re.search(r"[%_\\]", inner):
        starts, ends = not pattern.startswith("%"), not pattern.endswith("%")
        match starts, ends:
            case True, True:
                return lambda text: fold(text) == inner
            case True, False:
                return lambda text: fold(text).startswith(inner)
            case False, True:
                return lambda text: fold(text).endswith(inner)
            case _:
                return lambda text: inner in fold(text)
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    written = "".join({"%": ".*", "_": "."}.get(part, re.escape(part[-1])) for part in parts)
    return lambda text, fits=re.compile(written, re.DOTALL): bool(fits.fullmatch(fold(text)))  # type: ignore[misc]


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _comparable(column: str, value: Any) -> Any:
    """Bring a value of either side to a form that can be ordered; None if it has none."""
    if value is None:
        return None
    match COLUMNS.get(column, Kind.TEXT):
        case Kind.INT | Kind.BOOL:
            return _number(value)
        case Kind.DATE:
            return str(value)[:10]
        case Kind.TIME:
            return _time(str(value))
        case _:
            return fold(_text(value))


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        digits = re.match(r"\s*-?\d+(\.\d+)?", value)
        return float(digits[0]) if digits else 0.0
    return value if isinstance(value, int | float) else None


def _time(text: str) -> str | None:
    found = _TIME.match(text)
    if found is None:
        return None
    return f"{found[1]} {found[2] or '00:00'}:00"[:19]


def attribute_columns(node: Node) -> bool:
    """Tell whether a tree asks about extended attributes."""
    match node:
        case All(parts) | Some(parts):
            return any(attribute_columns(part) for part in parts)
        case Not(part):
            return attribute_columns(part)
        case Compare(column):
            return column.startswith("a.")
