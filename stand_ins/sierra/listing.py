"""
`GET patrons/`: the list, with its filters and pages.

50 entries unless asked for more, never more than 2,000, ordered by id. Filters are combined by
AND. `total` counts the entries of this answer and not those that match. What is empty:

| filters                              | answer to nothing found                                 |
| ------------------------------------ | ------------------------------------------------------- |
| `deleted=true`                       | 200, `{"start", "entries"}`                             |
| an `id` range and nothing else       | 200; inferred from clients that look for the highest id |
| anything else                        | 404, code 107                                           |

A filter on `updatedDate` or `createdDate` finds no deleted records; `deletedDate` finds nothing
else. Sources: chimpy-me/sierra-ils-utils, docs/reference/quirks/change-polling.md;
wellcomecollection/identity, pagination.ts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from stand_ins.asgi import JSON, Reply
from stand_ins.ils.calls import Call, Tweaks
from stand_ins.ils.patrons import is_suppressed
from stand_ins.ils.population import Population
from stand_ins.ils.rows import Rows
from stand_ins.sierra.errors import SierraError
from stand_ins.sierra.fields import ALL, parse_fields, row_of
from stand_ins.sierra.ranges import (
    Range,
    days,
    parse_flag,
    parse_ids,
    parse_number,
    parse_range,
    seconds,
)

DEFAULT_LIMIT = 50
MAX_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a record must be like; None does not matter. Times are in seconds, days since 1970."""

    ids: Range | list[int] | None
    created: Range | None
    updated: Range | None
    deleted_on: Range | None
    deleted: bool | None
    suppressed: bool | None
    agencies: tuple[int, ...]

    @property
    def is_ids_only(self) -> bool:
        """Whether a range of ids is all that was given."""
        others = (self.created, self.updated, self.deleted_on, self.deleted, self.suppressed)
        is_bare = all(one is None for one in others) and not self.agencies
        return isinstance(self.ids, Range) and is_bare

    def indexes(self, people: Population) -> Iterator[int]:
        """Yield the indexes of all records that match, ascending."""
        return (index for index in self._by_id(people) if self._fits(people, index))

    def _by_id(self, people: Population) -> Iterator[int]:
        match self.ids:
            case None:
                yield from range(people.size)
            case Range(low=low, high=high):
                last = min(people.size, people.index_from(max(high, 0) + 1)) if high >= 0 else 0
                yield from range(people.index_from(max(low, 0)), last)
            case listed:
                found = (people.index_of(one) for one in listed)
                yield from (index for index in found if index is not None)

    def _fits(self, people: Population, index: int) -> bool:
        day = people.deleted[index]
        if self.deleted is not None and (day != 0) != self.deleted:
            return False
        if self.updated and (day or people.updated[index] not in self.updated):
            return False
        if self.created and (day or people.created[index] not in self.created):
            return False
        if self.deleted_on and (not day or day not in self.deleted_on):
            return False
        if self.suppressed is not None and is_suppressed(index) != self.suppressed:
            return False
        return not self.agencies or people.codes["library"][index] + 1 in self.agencies


def parse_filters(call: Call) -> Filters:
    """Read the filters of a list; raises `SierraError` for one that makes no sense."""
    query = call.query
    agencies = parse_ids(query.get("agencyCodes"))
    return Filters(
        parse_ids(query.get("id")),
        parse_range(query.get("createdDate"), "createdDate", seconds),
        parse_range(query.get("updatedDate"), "updatedDate", seconds),
        parse_range(query.get("deletedDate"), "deletedDate", days),
        parse_flag(query.get("deleted"), "deleted"),
        parse_flag(query.get("suppressed"), "suppressed"),
        tuple(agencies) if isinstance(agencies, list) else (),
    )


def parse_page(call: Call) -> tuple[int, int]:
    """Return offset and limit."""
    limit = parse_number(call.query.get("limit"), "limit", DEFAULT_LIMIT, 1)
    return parse_number(call.query.get("offset"), "offset", 0, 0), min(limit, MAX_LIMIT)


def listed(call: Call, people: Population, rows: Rows) -> Reply:
    """Answer `GET patrons/`."""
    filters = parse_filters(call)
    names = parse_fields(call.query.get("fields"))
    offset, limit = parse_page(call)
    if names == ALL and filters.deleted:
        raise SierraError(102, "Internal server error : deleted records have no such fields")
    indexes = list(islice(filters.indexes(people), offset, offset + limit))
    if indexes or call.tweaks.is_empty:
        entries = rows.of(indexes, ",".join(names), lambda patron: row_of(patron, names))
        return page(entries, offset, call.tweaks)
    if filters.deleted or filters.is_ids_only:
        return Reply(200, b'{"start":%d,"entries":[]}' % offset, JSON)
    raise SierraError(107)


def page(entries: list[bytes], offset: int, tweaks: Tweaks) -> Reply:
    """Return entries as one answer, spoilt where a fault says so."""
    kept = [] if tweaks.is_empty else entries[: len(entries) - tweaks.drop or None]
    if tweaks.drop >= len(entries):
        kept = []
    total = max(len(kept) + tweaks.total_by, 0)
    head = b'{"total":%d,"start":%d,"entries":[' % (total, offset)
    return Reply(200, b"%b%b]}" % (head, b",".join(kept)), JSON)
