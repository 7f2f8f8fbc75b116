"""What a field of a model takes, and what it is without being written, in words."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import date
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

_ATOMS = {
    str: "text",
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    date: "day",
}
_FORMS = {  # a pattern says it to a machine; this says it to people
    r"^\d{1,16}$": "up to 16 digits",
    r"^[A-Za-z]{0,4}$": "up to four letters",
    r"^[A-Za-z]{1,8}-[A-Za-z0-9/:-]{1,55}$": "letters, `-`, then letters, digits, `/`, `:`, `-`",
    r"^[A-Za-z0-9_.-]{1,200}$": "letters, digits, `_`, `.`, `-`",
    r"^[a-z][a-z0-9_]{0,62}$": "small letters, digits, `_`",
    r"^[a-z][a-z0-9_]{0,99}$": "small letters, digits, `_`",
    r"^([01]\d|2[0-3]):[0-5]\d$": "hours and minutes",
}
_CHECKS = ("ge", "gt", "le", "min_length", "max_length", "pattern")


def value_words(field: FieldInfo) -> str:
    """Return what may be written, with its bounds."""
    return _kind(field.annotation) + _bounds(field.metadata)


def default_words(field: FieldInfo) -> str:
    """Return the default, or that a value is needed; of a block what differs from its own."""
    default = field.get_default(call_default_factory=True)
    if default is PydanticUndefined:
        return "*needed*"
    if isinstance(default, BaseModel):
        own = default.model_dump(exclude_defaults=True)
        return ", ".join(f"`{name}: {value:g}`" for name, value in own.items()) or "as below"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if default in (None, [], {}, ""):
        return "none"
    if isinstance(default, list):
        return f"`[{', '.join(map(str, default))}]`"
    return f"`{default.value if isinstance(default, Enum) else default}`"


def parts_of(kind: Any) -> Iterator[Any]:
    """Yield a type and all types inside it."""
    yield kind
    for one in get_args(kind):
        yield from parts_of(one)


def is_model(kind: Any) -> bool:
    """Tell whether a type is a block with fields of its own."""
    return inspect.isclass(kind) and issubclass(kind, BaseModel)


def _kind(kind: Any) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _kind(arguments[0]) + _bounds(arguments[1:])
    if origin in {Union, UnionType}:
        return _alternatives([one for one in arguments if one is not NoneType])
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in arguments)
    if origin is list:
        return f"list of {_kind(arguments[0])}"
    if origin is dict:
        return f"{{{_kind(arguments[0])}: {_kind(arguments[1])}}}"
    if inspect.isclass(kind) and issubclass(kind, Enum):
        return ", ".join(f"`{one.value}`" for one in kind)
    return "block" if is_model(kind) else _ATOMS.get(kind, "any value")


def _alternatives(kinds: list[Any]) -> str:
    words = list(dict.fromkeys(_kind(one) for one in kinds))
    if len(words) == 2 and words[1] == f"list of {words[0]}":
        return f"one or a list of {words[0]}"
    return " or ".join(words)


def _bounds(metadata: Any) -> str:
    """Return what pydantic checks of a value."""
    checks = {
        name: getattr(one, name)
        for one in _flat(metadata)
        for name in _CHECKS
        if getattr(one, name, None) is not None
    }
    told = [*_range(checks)]
    if "max_length" in checks:
        told.append(f"at most {checks['max_length']} long")
    if "min_length" in checks:
        told.append("not empty")
    if "pattern" in checks:
        pattern = str(checks["pattern"])
        told.append(_FORMS.get(pattern) or f"`{pattern}`".replace("|", r"\|"))
    return f" ({', '.join(told)})" if told else ""


def _range(checks: dict[str, Any]) -> Iterator[str]:
    least = f"above {checks['gt']}" if "gt" in checks else str(checks.get("ge", ""))
    if "le" in checks:
        yield f"{least} to {checks['le']}" if least else f"at most {checks['le']}"
    elif least:
        yield least if "gt" in checks else f"{least} or more"


def _flat(metadata: Any) -> Iterator[Any]:
    """Yield what stands in a ``Field(…)`` inside a type as if it stood there itself."""
    for one in metadata:
        yield one
        yield from getattr(one, "metadata", ())
