"""The lists behind the numbers of a run of a data sync, and its error log (spec D5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from registry_operators.ledger.database import Ledger
from registry_operators.settings.profile_fields import ProfileFields
from registry_operators.steps.data_sync.list_results import (
    OUTCOMES,
    problems_page,
    records_page,
)
from registry_operators.web.csv_files import csv_file
from registry_operators.web.language import mark
from registry_operators.web.problems import not_found
from registry_operators.web.room import Room
from registry_operators.web.sync_room import RecordNames, profile_fields, record_names
from registry_operators.web.sync_words import WORDS
from registry_operators.web.visit import Viewer

router = APIRouter()
Code = Annotated[str, Query(max_length=100, pattern="^[A-Z_]*$")]
_PAGE, _CSV_PAGE = 50, 1000
_LARGEST = 2**31 - 1
_COLUMNS = ("pseudonym", "record", "link", "outcome", "field", "value_class", "reason")


@dataclass(frozen=True, slots=True)
class RecordRow:
    """
    One record, as the visitor may see it.

    :param record_id: Its id in the library system; empty for those who may not know it.
    :param kind: Of a value that did not fit: what its field holds.
    """

    pseudonym: str
    record_id: str
    link: str
    profile_id: int | None
    fields: tuple[str, ...]
    reason: str
    kind: str = ""


@router.get("/syncs/-/runs/{run_id}/records")
def show_records(
    visit: Viewer,
    run_id: UUID,
    outcome: str,
    reason: Code = "",
    after: int = Query(0, ge=0, le=_LARGEST),
) -> Response:
    """List the records of one outcome (D5.1)."""
    with visit.room.ledger() as ledger:
        run = _run(ledger, run_id)
        _must_be_known(outcome)
        rows, following = records_page(
            ledger, run_id, outcome, reason=reason or None, after=after, most=_PAGE
        )
    names = record_names(visit, run.source)
    here = ("syncs", "-", "runs", run_id, "records")
    query = {"outcome": outcome, "reason": reason or None}
    return visit.render(
        "syncs_records.html",
        run=run,
        outcome=outcome,
        reason=reason,
        rows=shown_records(rows, names),
        next_url=None if following is None else visit.url(*here, **query, after=following),
        first_url=visit.url(*here, **query) if after else None,
        csv_url=visit.url("syncs", "-", "runs", run_id, "records.csv", **query),
        **WORDS,
    )


@router.get("/syncs/-/runs/{run_id}/problems")
def show_problems(
    visit: Viewer, run_id: UUID, after: int = Query(0, ge=0, le=_LARGEST)
) -> Response:
    """List the values that did not fit their field (D5.2)."""
    with visit.room.ledger() as ledger:
        run = _run(ledger, run_id)
        rows, following = problems_page(ledger, run_id, after=after, most=_PAGE)
    names, kinds = record_names(visit, run.source), _kinds(profile_fields(), run.profile_type)
    here = ("syncs", "-", "runs", run_id, "problems")
    return visit.render(
        "syncs_problems.html",
        run=run,
        rows=[_problem(row, names, kinds) for row in rows],
        next_url=None if following is None else visit.url(*here, after=following),
        first_url=visit.url(*here) if after else None,
        csv_url=visit.url("syncs", "-", "runs", run_id, "errors.csv"),
        **WORDS,
    )


@router.get("/syncs/-/runs/{run_id}/records.csv")
def download_records(visit: Viewer, run_id: UUID, outcome: str, reason: Code = "") -> Response:
    """Give the records of one outcome as CSV."""
    with visit.room.ledger() as ledger:
        run = _run(ledger, run_id)
    _must_be_known(outcome)
    names = record_names(visit, run.source)
    pages = (
        [_cells(_row(row, names), outcome) for row in rows]
        for rows in _pages(visit.room, records_page, run_id, outcome, reason=reason or None)
    )
    return csv_file(f"{run.name}-{outcome}", _COLUMNS, pages)


@router.get("/syncs/-/runs/{run_id}/errors.csv")
def download_errors(visit: Viewer, run_id: UUID) -> Response:
    """Give the error log as CSV: records that failed, and values that did not fit (D5.2)."""
    with visit.room.ledger() as ledger:
        run = _run(ledger, run_id)
    names, kinds = record_names(visit, run.source), _kinds(profile_fields(), run.profile_type)
    failed = (
        [_cells(_row(row, names), "failed") for row in rows]
        for rows in _pages(visit.room, records_page, run_id, "failed", reason=None)
    )
    wrong = (
        [_cells(_problem(row, names, kinds), "incorrect value") for row in rows]
        for rows in _pages(visit.room, problems_page, run_id)
    )
    return csv_file(f"{run.name}-errors", _COLUMNS, chain(failed, wrong))


def _pages(
    room: Room, read: Callable[..., tuple[list[Any], int | None]], *what: object, **how: object
) -> Iterator[list[Any]]:
    """Yield rows for a file page by page; the database is let go of between two pages."""
    after: int | None = 0
    while after is not None:
        with room.ledger() as ledger:
            rows, after = read(ledger, *what, **how, after=after, most=_CSV_PAGE)
        yield rows


def shown_records(rows: Iterable[Any], names: RecordNames) -> list[RecordRow]:
    """Return records as a visitor may see them."""
    return [_row(row, names) for row in rows]


def _row(row: Any, names: RecordNames) -> RecordRow:
    return RecordRow(
        names.pseudonym(row.record_id),
        names.shown_id(row.record_id),
        names.link(row.record_id),
        row.profile_id,
        tuple(row.fields or ()),
        row.reason or "",
    )


def _problem(row: Any, names: RecordNames, kinds: dict[str, str]) -> RecordRow:
    return RecordRow(
        names.pseudonym(row.record_id),
        names.shown_id(row.record_id),
        names.link(row.record_id),
        None,
        (row.field,),
        row.reason,
        kinds.get(row.field, ""),
    )


def _cells(row: RecordRow, outcome: str) -> tuple[str, ...]:
    return (
        row.pseudonym, row.record_id, row.link, outcome, " ".join(row.fields), row.kind, row.reason,
    )  # fmt: skip


def _kinds(fields: ProfileFields, profile_type: str) -> dict[str, str]:
    """Return what each field of profiles of a type holds."""
    if profile_type not in fields.types:
        return {}
    return {name: one.data_type for name, one in fields.of_type(profile_type).items()}


def _run(ledger: Ledger, run_id: UUID) -> Any:
    rows = ledger.rows("data_sync/read_run", run_id=run_id)
    if not rows:
        raise not_found(mark("There is no such run of a data sync."))
    return rows[0]


def _must_be_known(outcome: str) -> None:
    if outcome not in OUTCOMES:
        raise not_found(mark("Records have no such outcome."))
