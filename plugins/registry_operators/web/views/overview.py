"""The start page: how the last nights went, and who waits for what (N4.2, X2, X5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response

from registry_operators.errors import ConfigurationError
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.steps.check_outbox import overdue_entries
from registry_operators.steps.data_sync.sync_status import SyncStatus
from registry_operators.web.language import mark
from registry_operators.web.navigation import Section
from registry_operators.web.nights import Drift, Strip, days, read_drift, read_nights
from registry_operators.web.sync_room import all_statuses
from registry_operators.web.visit import Viewer, Visit

router = APIRouter()
SECTION: Section | None = Section("", mark("Overview"))
LIBRARIES_PER_PAGE = 25
_SYNCS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class FlowRow:
    """
    One direction at one library.

    :param waiting: Patrons whom the next run takes up again.
    """

    strip: Strip
    drift: Drift
    waiting: int


@dataclass(frozen=True, slots=True)
class LibraryRows:
    """A library with its push and its pull."""

    code: str
    name: str
    flows: list[FlowRow]


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    What the outbox holds, all libraries together.

    :param oldest_days: Since the first of them was raised; 0 also when nobody waits.
    """

    entries: int
    oldest_days: int
    oldest: list[Any]


@router.get("/")
def show_overview(visit: Viewer, after: str | None = None) -> Response:
    """Tell how the nights went at some libraries, the broken ones first, and what waits."""
    room = visit.room
    config, now, zone = room.config(), room.now(), room.zone
    with room.ledger() as ledger:
        strips = read_nights(ledger, config.libraries, now, zone)
        codes = list(dict.fromkeys(strip.library for strip in strips))
        start = codes.index(after) + 1 if after in codes else 0
        shown = codes[start : start + LIBRARIES_PER_PAGE]
        drift = read_drift(ledger, shown)
        entries = overdue_entries(ledger, older_days=0)
        (held,) = ledger.rows("pages/count_held")
    return visit.render(
        "overview.html",
        days=days(now, zone),
        libraries=list(_libraries(config, shown, strips, drift, entries)),
        broken=len({strip.library for strip in strips if strip.is_broken}),
        held=held,
        waiting=_waiting(entries),
        syncs=_next_syncs(visit),
        names={code: library.name for code, library in config.libraries.items()},
        next_url=visit.url("", after=shown[-1]) if shown and shown[-1] != codes[-1] else None,
        first_url=visit.url("") if start else None,
    )


def _libraries(
    config: LibrariesConfig,
    shown: Sequence[str],
    strips: Sequence[Strip],
    drift: dict[tuple[str, str], Drift],
    entries: Sequence[Any],
) -> Iterator[LibraryRows]:
    waiting: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        waiting[entry.library, entry.flow] += entry.entries
    for code in shown:
        flows = [
            FlowRow(one, drift[code, one.flow], waiting[code, one.flow])
            for one in strips
            if one.library == code
        ]
        yield LibraryRows(code, config.libraries[code].name, flows)


def _waiting(entries: Sequence[Any]) -> Waiting:
    oldest = sorted(entries, key=lambda entry: -entry.oldest_days)
    return Waiting(
        sum(entry.entries for entry in entries),
        oldest[0].oldest_days if oldest else 0,
        oldest[:LIBRARIES_PER_PAGE],
    )


def _next_syncs(visit: Visit) -> list[SyncStatus] | None:
    """Return the data syncs that are due, the next one first; ``None`` if nobody can say."""
    try:
        statuses = all_statuses(visit)
    except ConfigurationError:
        return None  # wrong profile fields must not hide how the nights went
    due = [(one.next_run, one) for one in statuses if one.next_run is not None]
    return [one for _, one in sorted(due, key=lambda pair: pair[0])[:_SYNCS_SHOWN]]
