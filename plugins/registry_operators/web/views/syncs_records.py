"""The lists behind the numbers of a run of a data sync, and its error log (spec D5)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from registry_operators.ledger.database import Ledger
from registry_operators.settings.profile_fields import ProfileFields
from registry_operators.steps.data_sync.list_results import (
    OUTCOMES,
    harmless,
    problems_page,
    records_page,
)
from registry_operators.web.language import mark
from registry_operators.web.problems import not_found
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
        rows=[_row(row, names) for row in rows],
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

    def rows() -> Iterator[list[str]]:
        with visit.room.ledger() as ledger:
            for row in _all_records(ledger, run_id, outcome, reason or None):
                yield _cells(_row(row, names), outcome)

    return _csv(rows(), f"{run.name}-{outcome}.csv")


@router.get("/syncs/-/runs/{run_id}/errors.csv")
def download_errors(visit: Viewer, run_id: UUID) -> Response:
    """Give the error log as CSV: records that failed, and values that did not fit (D5.2)."""
    with visit.room.ledger() as ledger:
        run = _run(ledger, run_id)
    names, kinds = record_names(visit, run.source), _kinds(profile_fields(), run.profile_type)

    def rows() -> Iterator[list[str]]:
        with visit.room.ledger() as ledger:
            for row in _all_records(ledger, run_id, "failed", None):
                yield _cells(_row(row, names), "failed")
            after: int | None = 0
            while after is not None:
                found, after = problems_page(ledger, run_id, after=after, most=_CSV_PAGE)
                for row in found:
                    yield _cells(_problem(row, names, kinds), "incorrect value")

    return _csv(rows(), f"{run.name}-errors.csv")


def _all_records(ledger: Ledger, run_id: UUID, outcome: str, reason: str | None) -> Iterator[Any]:
    after: int | None = 0
    while after is not None:
        found, after = records_page(
            ledger, run_id, outcome, reason=reason, after=after, most=_CSV_PAGE
        )
        yield from found


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


def _cells(row: RecordRow, outcome: str) -> list[str]:
    return harmless(
        row.pseudonym, row.record_id, row.link, outcome, " ".join(row.fields), row.kind, row.reason
    )


def _csv(rows: Iterator[list[str]], name: str) -> Response:
    """Stream rows as they are read, however many there are."""

    def lines() -> Iterator[str]:
        for row in _with_heading(rows):
            out = io.StringIO()
            csv.writer(out).writerow(row)
            yield out.getvalue()

    return StreamingResponse(
        lines(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _with_heading(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield list(_COLUMNS)
    yield from rows


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
