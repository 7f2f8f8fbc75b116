"""Records of library systems on their way in: secrets are taken out, the next page is fetched."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from registry_operators.domain.sync.catalogue import Catalogue, SourceField
from registry_operators.domain.sync.field_values import DataType
from registry_operators.domain.sync.record_path import Absent, compile_path

_SECRET = re.compile(
    r"(?:.*[_\W])?(?:password|passwd|pwd|pin|pincode|pin_?code|secret|token|otp)"
    r"(?:_?(?:number|hash|code|digest|salt))?|.*password(?:_?(?:hash|digest|salt))?",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[TZ ].*)?")
_T = TypeVar("_T")


def is_secret(name: str) -> bool:
    """
    Say whether a key, or a type of attribute or identifier, is called like a secret.

    >>> is_secret("overdrive_auth_token"), is_secret("patronPin"), is_secret("pinyin_name")
    (True, True, False)
    """
    return _SECRET.fullmatch(_CAMEL.sub("_", name)) is not None


def drop_secrets(records: list[dict[str, Any]], dropped: Collection[str]) -> None:
    """Take the keys out of all records that the catalogue drops, or that are called like one."""
    keys: set[str] = set().union(*records)
    for key in keys:
        if key in dropped or is_secret(key):
            for record in records:
                record.pop(key, None)


def drop_secret_elements(records: Iterable[dict[str, Any]], key: str, *kind: str) -> None:
    """
    Take the elements out of a list of each record that are of a kind called like a secret.

    :param kind: Keys that lead to the kind of an element.
    """
    known: dict[str, bool] = {}

    def is_wanted(element: Any) -> bool:
        for step in kind:
            element = element.get(step) if isinstance(element, dict) else None
        name = str(element)
        if name not in known:
            known[name] = not is_secret(name)
        return known[name]

    for record in records:
        elements = record.get(key)
        if isinstance(elements, list) and not all(map(is_wanted, elements)):
            record[key] = [one for one in elements if is_wanted(one)]


def unknown_fields(records: Iterable[dict[str, Any]], catalogue: Catalogue) -> list[SourceField]:
    """Return the keys with a plain value that the catalogue lacks, with types by their look."""
    known = {
        one.top_level_key for one in (*catalogue.fields.values(), *catalogue.families.values())
    }
    found: dict[str, Any] = {}
    for record in records:
        for key, value in record.items():
            if key not in known and key not in catalogue.dropped and found.get(key) is None:
                found[key] = value
    return [
        SourceField(key, key.replace("_", " ").strip().capitalize() or key, key, _type_of(value))
        for key, value in sorted(found.items())
        if not isinstance(value, dict | list) and not is_secret(key) and not set(key) & set(".[]!")
    ]


def family_fields(records: Iterable[dict[str, Any]], catalogue: Catalogue) -> list[SourceField]:
    """Return the fields of the catalogue's families whose names are seen in the records."""
    names = set()
    for prefix, family in catalogue.families.items():
        around, _, rest = family.path.partition("={}")
        elements, _, key = around.rpartition("[")
        if not elements or not rest:
            continue
        read = compile_path(f"{elements}[].{key}")
        names |= {f"{prefix}.{name}" for record in records for name in _values(read(record))}
    found = (catalogue.find(name) for name in sorted(names) if not is_secret(name))
    return [one for one in found if one is not None]


def read_ahead(pages: Iterator[_T]) -> Iterator[_T]:
    """Hand pages on; while one is worked on, the next one is fetched in a thread, never more."""
    pool = ThreadPoolExecutor(1, "read_ahead")
    try:
        coming = pool.submit(next, pages, None)
        while (page := coming.result()) is not None:
            coming = pool.submit(next, pages, None)
            yield page
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _values(found: list[Any] | Absent) -> list[Any]:
    return found if isinstance(found, list) else []


def _type_of(value: Any) -> DataType:
    match value:
        case bool():
            return DataType.YES_NO
        case int() | float():
            return DataType.NUMBER
        case str() if _DATE.fullmatch(value):
            return DataType.DATE
        case _:
            return DataType.TEXT
