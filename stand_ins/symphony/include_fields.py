"""
Reading `includeFields`: names with commas between, each with names of its own in braces.

>>> parse_include("*,address1{code,data},profile{chargeLimit}")["profile"]
{'chargeLimit': {}}
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from stand_ins.symphony.messages import SymphonyError

Wanted = Mapping[str, Any]
"""By name, what is wanted of the field; nothing there means what comes by itself."""
_PIECE = re.compile(r"\s*([\w*]*)\s*([,{}]|$)")


def parse_include(text: str) -> Wanted:
    """Read the tree of names; raises `SymphonyError` for braces that do not match."""
    root: dict[str, Any] = {}
    stack = [root]
    at = 0
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            raise _unreadable(text)
        name, mark = piece.groups()
        inner = stack[-1].setdefault(name, {}) if name else None
        if mark == "{":
            if inner is None:
                raise _unreadable(text)
            stack.append(inner)
        elif mark == "}":
            stack.pop()
            if not stack:
                raise _unreadable(text)
        at = piece.end()
    if len(stack) > 1:
        raise _unreadable(text)
    return root


def check_names(wanted: Wanted, known: Iterable[str]) -> None:
    """Raise `SymphonyError` for a name that the resource does not describe."""
    for name in wanted:
        if name not in ("*", "key") and name not in known:
            raise SymphonyError(
                400, "unknownField", f"The field {name} is not defined for /user/patron."
            )


def projected(value: Any, wanted: Wanted) -> Any:
    """Return of a resource, or of each in a list, the fields that are wanted; all for none."""
    if isinstance(value, list):
        return [projected(one, wanted) for one in value]
    if not isinstance(value, dict) or "fields" not in value or not wanted:
        return value
    fields = value["fields"]
    names = fields if "*" in wanted else [name for name in wanted if name in fields]
    kept = {name: projected(fields[name], wanted.get(name, {})) for name in names}
    return value | {"fields": kept}


def _unreadable(text: str) -> SymphonyError:
    return SymphonyError(400, "badIncludeFields", f"includeFields cannot be read: {text}")
