"""Whom a filter means: how many, and a few of them with covered values (spec D2.1, D2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry_operators.clients.ils_messages import IlsClient, IlsQuery
from registry_operators.domain.sync.catalogue import Catalogue, SourceField
from registry_operators.domain.sync.conditions import Condition, comparable
from registry_operators.domain.sync.covering import covered
from registry_operators.domain.sync.definition import FilterRow
from registry_operators.domain.sync.record_path import compile_path
from registry_operators.steps.data_sync.preview_sync import FirstRecords

_SHOWN_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """
    The first records of a library system, judged by a filter.

    :param read: Records that were read; what the system left out by itself is not among them.
    :param matching: Those of them that the filter means.
    :param is_whole: The system has no more, so that ``matching`` is the exact number.
    :param counted: How many the system itself counts for the part of the filter that it can
        evaluate, which is never fewer than the filter means; ``None`` if it cannot tell.
    :param fields: Whose values are shown.
    :param rows: Id of the record, and a covered value for each of the fields.
    """

    read: int
    matching: int
    is_whole: bool
    counted: int | None
    fields: tuple[SourceField, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def sample_records(
    client: IlsClient,
    catalogue: Catalogue,
    rows: Sequence[FilterRow],
    *,
    today: date,
    most: int = 10,
    most_read: int = 500,
) -> Sample:
    """
    Read the first records of a library system, and say which of them a filter means.

    Nothing is kept of them. The filter is evaluated here as it is in a run, also what the system
    has evaluated already.

    :param most: Records at most that are shown.
    :param most_read: So many records are read, and the rest of the last page.
    :raises UnavailableError: The system does not answer.
    """
    shown = _shown(catalogue, rows)
    conditions = [row.condition(today) for row in rows]
    keys = frozenset(field.top_level_key for field in shown) | {
        row.field.top_level_key for row in rows
    }
    query = IlsQuery(keys=keys, conditions=tuple(conditions))
    paths = {row.field.name: row.field.path for row in rows}
    record_id = compile_path(catalogue.record_id)
    marks = [compile_path(path) for path in catalogue.marks_redacted]
    read, matching, is_whole = 0, 0, True
    found: list[dict[str, Any]] = []
    for page in FirstRecords(client, most_read).pages(query):
        read, is_whole = read + len(page.records), page.is_last
        # Of a record that the account may not see, a run knows nothing either.
        seen = [one for one in page.records if not marks or any(mark(one) for mark in marks)]
        meant = [one for one in seen if _is_meant(one, conditions, paths)]
        matching += len(meant)
        found += meant[: max(0, most - len(found))]
    return Sample(
        read, matching, is_whole, None if is_whole else client.count(query), shown,
        tuple((_first(record_id(one)), _values(one, shown)) for one in found),
    )  # fmt: skip


def _shown(catalogue: Catalogue, rows: Sequence[FilterRow]) -> tuple[SourceField, ...]:
    """Return the filtered fields, or the first ones of the catalogue where nothing is filtered."""
    filtered = {row.field.name: row.field for row in rows}
    others = [one for one in catalogue.fields.values() if one.path != catalogue.record_id]
    return tuple((list(filtered.values()) or others)[:_SHOWN_FIELDS])


def _is_meant(
    record: Mapping[str, Any], conditions: Sequence[Condition], paths: Mapping[str, str]
) -> bool:
    return all(
        condition.is_met_by(
            [
                value
                for raw in _read(record, paths[condition.field])
                if (value := comparable(condition.data_type, raw)) is not None
            ]
        )
        for condition in conditions
    )


def _values(record: Mapping[str, Any], fields: Sequence[SourceField]) -> tuple[str, ...]:
    return tuple(covered(_read(record, one.path), one.sensitivity) for one in fields)


def _read(record: Mapping[str, Any], path: str) -> list[Any]:
    found = compile_path(path)(record)
    return found if isinstance(found, list) else []


def _first(found: Any) -> str:
    return str(found[0]) if found else ""
