"""What Symphony's answers mean: its own description, policies, patrons alone and in a search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from registry_operators.clients.ils_http import IlsReply
from registry_operators.clients.ils_records import is_secret
from registry_operators.errors import ConfigurationError, MalformedAnswerError

KEY = "key"
_ALWAYS_THERE = "barcode"
_RECORDS_OF_THEIR_OWN = frozenset({
    "blockList", "customInformation", "groupSettings", "patronStatusInfo", "phoneList",
    "primaryAddress",
})  # fmt: skip
_Record = dict[str, Any]


class SymphonySite(NamedTuple):
    """What a site says of its patrons: types of fields by name, and indexes of its search."""

    fields: Mapping[str, str]
    indexes: frozenset[str]


class SearchRows(NamedTuple):
    """
    Rows of a search, ``None`` for a deleted patron.

    :param total: How many there are, deleted ones counted.
    :param most: Rows that an answer can hold, if the server says so.
    :param first: Number of the first row, if the server says so.
    :param search: What was asked for, as the server understood it.
    """

    rows: list[_Record | None]
    total: int
    most: int | None = None
    first: int | None = None
    search: str = ""


def read_site(reply: IlsReply) -> SymphonySite:
    """
    Read how the site describes its patrons.

    :raises MalformedAnswerError: It does not.
    """
    content = reply.content()
    fields = _named(content.get("fields")) if isinstance(content, dict) else []
    if not fields:
        raise MalformedAnswerError(f"{reply.what}: no description of patrons came")
    indexes = _named(content.get("searchIndexList"))
    return SymphonySite(
        {one["name"]: str(one.get("type") or "") for one in fields},
        frozenset(one["name"] for one in indexes),
    )


def read_policies(reply: IlsReply) -> list[str]:
    """
    Read the keys of all policies of a name, in order.

    :raises MalformedAnswerError: None came.
    """
    content = reply.content()
    keys = {one.get(KEY) for one in content if isinstance(one, dict)} if content else set()
    found = sorted(key for key in keys if isinstance(key, str) and key)
    if not found:
        raise MalformedAnswerError(f"{reply.what}: no policies came")
    return found


def read_rows(reply: IlsReply) -> SearchRows:
    """
    Read an answer of the search.

    :raises MalformedAnswerError: It is none.
    """
    content = reply.content()
    rows = content.get("result") if isinstance(content, dict) else None
    total = content.get("totalResults") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not isinstance(total, int):
        raise MalformedAnswerError(f"{reply.what}: no rows of patrons came")
    most, first = (content.get(name) for name in ("rowsPerPage", "startRow"))
    return SearchRows(
        [None if one is None else flat_record(one, reply.what) for one in rows],
        total,
        most if isinstance(most, int) and most > 0 else None,
        first if isinstance(first, int) else None,
        str(content.get("searchQuery") or ""),
    )


def flat_record(content: Any, what: str) -> _Record:
    """
    Return a patron's fields and key beside each other.

    :raises MalformedAnswerError: It is no patron.
    """
    fields = content.get("fields") if isinstance(content, dict) else None
    key = content.get(KEY) if isinstance(content, dict) else None
    if not isinstance(fields, dict) or not str(key).isascii() or not str(key).isdigit():
        raise MalformedAnswerError(f"{what}: no patron came")
    return {**fields, KEY: str(key)}


def include_fields(keys: Iterable[str], site: SymphonySite) -> str:
    """
    Name the fields that are wanted, never a secret one; a misspelled one may fail the whole call.

    :raises ConfigurationError: The site has no such field.
    """
    wanted = {key for key in keys if key != KEY and not is_secret(key)}
    unknown = sorted(wanted - site.fields.keys())
    if unknown:
        raise ConfigurationError(
            f"symphony: the patrons of this site have no {', '.join(unknown)}; take them out of "
            "filter and mapping (patron-sync fields symphony --connection lists what there is)"
        )
    names = [f"{key}{{*}}" if key in _RECORDS_OF_THEIR_OWN else key for key in sorted(wanted)]
    return ",".join(names) or _ALWAYS_THERE


def _named(elements: Any) -> list[_Record]:
    if not isinstance(elements, list):
        return []
    return [one for one in elements if isinstance(one, dict) and isinstance(one.get("name"), str)]
