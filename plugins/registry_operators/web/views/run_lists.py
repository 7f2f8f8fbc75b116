"""The lists behind the numbers of a run: its records and its conflicts, masked, by key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from registry_operators.ledger.database import Ledger
from registry_operators.steps.find_records import FIELDS, OUTCOMES, Place, RecordFilter
from registry_operators.steps.list_records import Record, list_conflicts, list_records
from registry_operators.web import run_words
from registry_operators.web.access import Role
from registry_operators.web.csv_files import csv_file
from registry_operators.web.reason_words import REASONS
from registry_operators.web.room import Room
from registry_operators.web.run_facts import library_names, read_run
from registry_operators.web.visit import Viewer

router = APIRouter()

_MOST = 50
_BATCH = 500
_COLUMNS = ("library", "record", "person", "card", "outcome", "reason", "changes")
_CONFLICT_COLUMNS = (
    "library", "record", "person", "field", "written_to", "state", "reason",
    "registry_changed_at", "cicero_changed_at",
)  # fmt: skip
_Library = Annotated[str, Query(pattern=r"^(\d{7})?$")]


@dataclass(frozen=True, slots=True)
class Asked:
    """
    Which records are asked for; what a form leaves open is empty.

    :param library: Agency code.
    """

    library: str
    outcome: str
    reason: str
    field: str

    @property
    def wanted(self) -> RecordFilter:
        """The same for the engine."""
        return RecordFilter(self.outcome or None, self.reason or None, self.field or None)

    @property
    def kept(self) -> dict[str, str | None]:
        """What an address carries on."""
        return {name: getattr(self, name) or None for name in self.__slots__}


def asked(
    library: _Library = "",
    outcome: Annotated[str, Query(pattern=rf"^({'|'.join(OUTCOMES)})?$")] = "",
    reason: Annotated[str, Query(pattern=r"^[A-Z_]{0,40}$")] = "",
    field: Annotated[str, Query(pattern=rf"^({'|'.join(FIELDS)})?$")] = "",
) -> Asked:
    """Return which records an address asks for."""
    return Asked(library, outcome, reason, field)


AskedFor = Annotated[Asked, Depends(asked)]
_After = Annotated[str, Query(pattern=r"^(\d{7}-\d{1,9})?$")]


@router.get("/runs/{run_id}/records")
def show_records(visit: Viewer, run_id: UUID, asked: AskedFor, after: _After = "") -> Response:
    """List the records behind a number of a run."""
    names = library_names(visit.room)
    with visit.room.ledger() as ledger:
        run = read_run(ledger, run_id)
        outcomes = ledger.rows("pages/list_noted", run_id=run_id, libraries=None)
        codes = sorted({row.library for row in outcomes})
        page = list_records(
            ledger, run_id, _chosen(asked.library, codes), asked.wanted, _place(after), most=_MOST
        )
    following = page.following
    return visit.render(
        "runs_records.html",
        run=run,
        page=page,
        asked=asked,
        libraries=run_words.options(visit.say, codes, names),
        kinds=run_words.options(
            visit.say, run_words.OUTCOMES, run_words.texts(run_words.OUTCOMES)
        ),
        reasons=run_words.options(
            visit.say, sorted({row.reason for row in outcomes if row.reason}), REASONS
        ),
        fields=run_words.options(visit.say, FIELDS, run_words.FIELDS),
        names=names,
        words=run_words,
        has_held=any(row.has_held for row in outcomes),
        may_ask_why=Role.OPERATOR in visit.visitor.roles,
        first_url=visit.url("runs", run_id, "records", **asked.kept) if after else None,
        next_url=None if following is None else visit.url(
            "runs", run_id, "records", **asked.kept,
            after=f"{following.library}-{following.record_no}",
        ),
    )  # fmt: skip


@router.get("/runs/{run_id}/records.csv")
def export_records(visit: Viewer, run_id: UUID, asked: AskedFor) -> Response:
    """Return the records behind a number of a run as a file, masked as on the page."""
    with visit.room.ledger() as ledger:
        read_run(ledger, run_id)
        rows = ledger.rows("pages/list_noted", run_id=run_id, libraries=None)
    codes = _chosen(asked.library, sorted({row.library for row in rows}))
    pages = _record_pages(visit.room, run_id, codes, asked.wanted)
    return csv_file(f"run-{run_id}-records", _COLUMNS, pages)


@router.get("/runs/{run_id}/conflicts")
def show_conflicts(
    visit: Viewer,
    run_id: UUID,
    library: _Library = "",
    after: Annotated[str, Query(pattern=r"^(\d{7}-\d{1,9}-[a-z]+-[a-z]+)?$")] = "",
) -> Response:
    """List what both sides had changed, with the times of both."""
    names = library_names(visit.room)
    with visit.room.ledger() as ledger:
        run = read_run(ledger, run_id)
        codes = [row.library for row in ledger.rows("run/list_libraries", run_id=run_id)]
        rows = list_conflicts(
            ledger, run_id, _chosen(library, codes), _conflict_place(after), most=_MOST + 1
        )
    shown, is_more = rows[:_MOST], len(rows) > _MOST
    return visit.render(
        "runs_conflicts.html",
        run=run,
        rows=shown,
        library=library,
        libraries=run_words.options(visit.say, codes, names),
        names=names,
        words=run_words,
        may_ask_why=Role.OPERATOR in visit.visitor.roles,
        first_url=visit.url("runs", run_id, "conflicts", library=library or None)
        if after else None,
        next_url=visit.url(
            "runs", run_id, "conflicts", library=library or None, after=_conflict_key(shown[-1])
        ) if is_more else None,
    )  # fmt: skip


@router.get("/runs/{run_id}/conflicts.csv")
def export_conflicts(visit: Viewer, run_id: UUID, library: _Library = "") -> Response:
    """Return what both sides had changed as a file."""
    with visit.room.ledger() as ledger:
        read_run(ledger, run_id)
        codes = [row.library for row in ledger.rows("run/list_libraries", run_id=run_id)]
    pages = _conflict_pages(visit.room, run_id, _chosen(library, codes))
    return csv_file(f"run-{run_id}-conflicts", _CONFLICT_COLUMNS, pages)


def pages_by_key(
    room: Room,
    read: Callable[[Ledger, Any, int], list[Any]],
    row_of: Callable[[Any], tuple[object, ...]],
) -> Iterator[list[tuple[object, ...]]]:
    """
    Yield rows for a file, page by page; the database is let go of between two pages.

    :param read: Returns rows behind the one given, ``None`` at first, and so many at most.
    """
    last = None
    while True:
        with room.ledger() as ledger:
            rows = read(ledger, last, _BATCH)
        yield [row_of(row) for row in rows]
        if len(rows) < _BATCH:
            return
        last = rows[-1]


def _record_pages(
    room: Room, run_id: UUID, codes: list[str], wanted: RecordFilter
) -> Iterator[list[tuple[object, ...]]]:
    place: Place | None = Place()
    while place is not None:
        with room.ledger() as ledger:
            page = list_records(ledger, run_id, codes, wanted, place, most=_BATCH)
        yield [_cells(record) for record in page.records]
        place = page.following


def _conflict_pages(
    room: Room, run_id: UUID, codes: list[str]
) -> Iterator[list[tuple[object, ...]]]:
    return pages_by_key(
        room,
        lambda ledger, last, most: list_conflicts(ledger, run_id, codes, last, most=most),
        lambda row: (
            row.library, row.record_no, row.person, row.field, row.target, row.state, row.reason,
            row.registry_changed_at, row.cicero_changed_at,
        ),
    )  # fmt: skip


def _cells(record: Record) -> tuple[object, ...]:
    changes = "; ".join(
        f"{one.field} {one.action} {one.target} {one.state}" for one in record.changes
    )
    return (
        record.library, record.record_no, record.person, record.card, record.outcome,
        record.reason, changes,
    )  # fmt: skip


def _chosen(library: str, codes: list[str]) -> list[str]:
    return [code for code in codes if library in {"", code}]


def _place(text: str) -> Place:
    library, _, record_no = text.partition("-")
    return Place(library, int(record_no)) if text else Place()


@dataclass(frozen=True, slots=True)
class ConflictPlace:
    """Key of the last conflict of the page before."""

    library: str
    record_no: int
    field: str
    target: str


def _conflict_place(text: str) -> ConflictPlace | None:
    if not text:
        return None
    library, record_no, field, target = text.split("-")
    return ConflictPlace(library, int(record_no), field, target)


def _conflict_key(row: Any) -> str:
    return f"{row.library}-{row.record_no}-{row.field}-{row.target}"
