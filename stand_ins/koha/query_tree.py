"""
What a caller wrote as `q`, read into a tree (SQL::Abstract as far as Koha's callers use it).

An object means that all of it holds, an array that one element does. `-and`, `-or` and `-not`
combine; everything else is a column with a value, an object of operators, or an array of either.
"""

import json
from dataclasses import dataclass
from typing import Any

from stand_ins.koha.fields import COLUMNS, COMPUTED

Scalar = str | int | float | bool | None

_SAME = {
    "<>": "!=", "-like": "like", "-not_like": "not_like", "-in": "in", "-not_in": "not_in",
    "-between": "between", "-not_between": "not_between", "not like": "not_like",
    "not in": "not_in", "not between": "not_between", "-not like": "not_like",
    "-not in": "not_in", "-not between": "not_between",
}  # fmt: skip
OPERATORS = frozenset(
    {"=", "!=", "<", ">", "<=", ">=", "like", "not_like", "in", "not_in", "between", "not_between"}
)
_LISTS = frozenset({"in", "not_in", "between", "not_between"})
ATTRIBUTE = {"value": "value", "attribute": "value", "type": "type", "code": "type"}
"""Columns of `extended_attributes.`, with the name in the served object."""


class QueryError(Exception):
    """The query cannot be carried out: `status` is 400 for its form, 500 for what SQL says."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Compare:
    """One column against a value, or a tuple of them; `column` is `a.…` for an attribute's."""

    column: str
    operator: str
    value: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; with no parts it is true."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One part at least holds; with no parts it is false."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part is false: not so if it is unknown, as in SQL."""

    part: "Node"


Node = Compare | All | Some | Not


def parse(text: str) -> Node:
    """Read one `q`; raises `QueryError`."""
    try:
        return read(json.loads(text))
    except (ValueError, RecursionError):
        msg = "Malformed query: not JSON"
        raise QueryError(msg) from None


def read(query: Any) -> Node:
    """Read decoded JSON; raises `QueryError`."""
    if isinstance(query, dict):
        return All(tuple(_pair(name, value) for name, value in query.items()))
    if isinstance(query, list):
        return Some(tuple(read(one) for one in query))
    msg = "Malformed query: an object or an array is expected"
    raise QueryError(msg)


def _pair(name: str, value: Any) -> Node:
    match name.lower():
        case "-and":
            return All(tuple(_parts(value)))
        case "-or":
            return Some(tuple(_parts(value)))
        case "-not" | "-not_bool":
            return Not(read(value))
        case _:
            return _of_column(_column(name), value)


def _parts(value: Any) -> list[Node]:
    if isinstance(value, dict):
        return [_pair(name, one) for name, one in value.items()]
    if isinstance(value, list):
        return [read(one) for one in value]
    msg = "Malformed query: -and and -or take an object or an array"
    raise QueryError(msg)


def _column(name: str) -> str:
    prefix, _, rest = name.rpartition(".")
    if prefix == "extended_attributes" and rest in ATTRIBUTE:
        return f"a.{ATTRIBUTE[rest]}"
    if prefix not in ("", "me"):
        msg = f"Cannot find Koha::Object class for {prefix}"
        raise QueryError(msg)
    if rest not in COLUMNS or rest in COMPUTED:
        msg = f"Unknown column '{rest}' in 'where clause'"
        raise QueryError(msg, 500)
    return rest


def _of_column(column: str, value: Any) -> Node:
    if isinstance(value, dict):
        return All(tuple(_operation(column, name, one) for name, one in value.items()))
    if isinstance(value, list):
        if value and value[0] in ("-and", "-or"):
            combine = All if value[0] == "-and" else Some
            return combine(tuple(_of_column(column, one) for one in value[1:]))
        return Some(tuple(_of_column(column, one) for one in value))
    return Compare(column, "=", value)


def _operation(column: str, name: str, value: Any) -> Node:
    operator = name.lower()
    operator = _SAME.get(operator, operator)
    if operator in ("-not", "not"):
        return Not(_of_column(column, value))
    if operator in ("-and", "-or"):
        combine = All if operator == "-and" else Some
        return combine(tuple(_of_column(column, one) for one in value))
    if operator not in OPERATORS:
        msg = f"Malformed query: no operator {name}"
        raise QueryError(msg)
    if operator in _LISTS:
        return _of_list(column, operator, value)
    if isinstance(value, list):  # one of them is enough, for != too
        return Some(tuple(_operation(column, name, one) for one in value))
    if isinstance(value, dict):
        msg = f"Malformed query: {name} takes a value"
        raise QueryError(msg)
    return Compare(column, operator, value)


def _of_list(column: str, operator: str, value: Any) -> Node:
    values = tuple(value) if isinstance(value, list) else (value,)
    if operator.endswith("between") and len(values) != 2:
        msg = "Malformed query: -between takes two values"
        raise QueryError(msg)
    if any(isinstance(one, list | dict) for one in values):
        msg = f"Malformed query: -{operator} takes plain values"
        raise QueryError(msg)
    return Compare(column, operator, values)
