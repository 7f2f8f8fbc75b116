"""
Where a field stands in a record of a library system (spec D3.2).

A path is a row of names with dots between. ``name[]`` goes into each element of a list,
``name[key=value]`` into those elements whose key has the value (``key`` may be a path of its own,
``value`` several with ``|`` between), and ``name[key=value]!`` into the first of them only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

_STEP = re.compile(
    r"(?P<name>[^.\[\]!]+)(?P<list>\[(?:(?P<key>[^=\[\]]+)=(?P<value>[^\[\]]*))?\])?(?P<first>!)?"
)
_MISSING: Final = object()


class Absent:
    """The record says nothing of a field, which is not the same as saying that it is empty."""

    def __repr__(self) -> str:
        """Show the one value."""
        return "ABSENT"

    def __bool__(self) -> bool:
        """Count as nothing."""
        return False


ABSENT: Final = Absent()
Reader = Callable[[Mapping[str, Any]], "list[Any] | Absent"]


@cache
def compile_path(path: str) -> Reader:
    """
    Return a function that reads the values at a path out of a record.

    It returns :data:`ABSENT` where the record has no such key, and an empty list where there is
    one without a value: null, an empty text, or a list without a matching element.

    >>> read = compile_path("email[preferred=true].address")
    >>> read({"email": [{"preferred": True, "address": "a@example.org"}, {"address": "b"}]})
    ['a@example.org']

    :raises ValueError: The path cannot be read.
    """
    steps = [_step(match) for match in _matches(path)]
    if len(steps) == 1 and steps[0][1] is None:
        return _flat(steps[0][0])

    def read(record: Mapping[str, Any]) -> list[Any] | Absent:
        name = steps[0][0]
        if name not in record:
            return ABSENT
        found: Iterable[Any] = [record]
        for name, choose in steps:
            found = _follow(found, name, choose)
        return [value for value in found if not is_empty(value)]

    return read


def _flat(name: str) -> Reader:
    """Read a field of the record itself, as most are; 200,000 rows of 20 fields are read."""

    def read(record: Mapping[str, Any]) -> list[Any] | Absent:
        value = record.get(name, _MISSING)
        if value is _MISSING:
            return ABSENT
        if isinstance(value, list):
            return [one for one in value if not is_empty(one)]
        return [] if is_empty(value) else [value]

    return read


def _matches(path: str) -> Iterator[re.Match[str]]:
    place = 0
    while place < len(path):
        match = _STEP.match(path, place)
        if match is None or (match.end() < len(path) and path[match.end()] != "."):
            raise ValueError(f"the path {path!r} cannot be read from character {place + 1} on")
        yield match
        place = match.end() + 1
    if not path or path.endswith("."):
        raise ValueError(f"the path {path!r} ends too early")


def _step(match: re.Match[str]) -> tuple[str, Callable[[list[Any]], list[Any]] | None]:
    if match["list"] is None:
        return match["name"], None
    wanted = None if match["key"] is None else frozenset(match["value"].split("|"))
    key, first_only = match["key"], match["first"] is not None

    def choose(elements: list[Any]) -> list[Any]:
        chosen = [
            element for element in elements if wanted is None or _text_at(element, key) in wanted
        ]
        return chosen[:1] if first_only else chosen

    return match["name"], choose


def _follow(
    found: Iterable[Any], name: str, choose: Callable[[list[Any]], list[Any]] | None
) -> list[Any]:
    result: list[Any] = []
    for value in found:
        if not isinstance(value, Mapping):
            continue
        child = value.get(name)
        if choose is not None:
            result += choose(child if isinstance(child, list) else [] if child is None else [child])
        elif isinstance(child, list):
            result += child
        else:
            result.append(child)
    return result


def _text_at(element: Any, key: str) -> str | None:
    for name in key.split("."):
        if not isinstance(element, Mapping):
            return None
        element = element.get(name)
    match element:
        case None:
            return None
        case bool():
            return "true" if element else "false"
        case _:
            return str(element)


def is_empty(value: Any) -> bool:
    """Say whether a value is none: null, no text, nothing but blanks, an empty list."""
    return value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip())
