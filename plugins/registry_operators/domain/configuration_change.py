"""What differs between two configurations: names of fields, never a value (spec X9)."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

from registry_operators.domain.keys import SyncKeys

_LIBRARIES = "libraries"
_DIGITS = 16


def field_digests(content: Mapping[str, Any], keys: SyncKeys) -> dict[str, str]:
    """
    Return each field's name, with dots, and a digest of its value.

    The digest is keyed, because a default PIN has four digits only and could be guessed from any
    other. A list is one field.
    """
    return {
        name: hmac.digest(keys.fingerprint, _message(name, value), "sha256").hex()[:_DIGITS]
        for name, value in _fields(content)
    }


def changed_fields(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """
    Return the names of the fields that differ, in order; ``+`` and ``-`` mark a whole library.

    >>> changed_fields({"libraries.1.name": "a", "timezone": "b"}, {"timezone": "c"})
    ['-libraries.1', 'timezone']
    """
    olds, news = _libraries(before), _libraries(after)
    whole = {f"-{name}" for name in olds - news} | {f"+{name}" for name in news - olds}
    single = {
        name
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name) and _library(name) not in olds ^ news
    }
    return sorted(whole | single, key=lambda name: name.lstrip("+-"))


def _message(name: str, value: object) -> bytes:
    return f"configuration\0{name}\0{json.dumps(value, sort_keys=True)}".encode()


def _fields(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _fields(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _library(name: str) -> str | None:
    """Return the library that a field belongs to, as ``libraries.<code>``."""
    first, _, rest = name.partition(".")
    return f"{first}.{rest.partition('.')[0]}" if first == _LIBRARIES and rest else None


def _libraries(names: Mapping[str, str]) -> set[str]:
    return {library for name in names if (library := _library(name)) is not None}
