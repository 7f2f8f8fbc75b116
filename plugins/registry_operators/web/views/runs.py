"""Runs: what each read, what became of it, and the records behind every number (X4)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from fastapi import APIRouter, Query, Response

from registry_operators.domain.drift import UNEXPLAINED
from registry_operators.ledger.database import Ledger
from registry_operators.steps.compare_sides import read_drift
from registry_operators.steps.read_undos import read_undos
from registry_operators.web import run_words
from registry_operators.web.access import Role
from registry_operators.web.csv_files import csv_file
from registry_operators.web.held_sets import sets_of_run
from registry_operators.web.language import mark
from registry_operators.web.navigation import Section
from registry_operators.web.problems import PageError, not_found
from registry_operators.web.run_facts import Line, library_names, read_account, read_run
from registry_operators.web.views import run_lists, run_undo
from registry_operators.web.visit import Viewer, Visit

router = APIRouter()
SECTION: Section | None = Section("runs", mark("Runs"))

DONE = {
    "undo": mark("The run is being undone. This page shows how far it has come."),
    "undo-again": mark("The run is being undone already."),
}
_MOST = 25
_LIBRARIES = 100
_DECISIONS = "apply_held_changes"
_DATA_SYNC = "data_sync_"
_COLUMNS = (
    "library", "stage", "read", "left_out", "unchanged", "created", "updated", "held", "failed",
    "writes", "conflicts", "adds_up", "failure",
)  # fmt: skip


@router.get("/runs")
def list_runs(
    visit: Viewer,
    flow: Annotated[str, Query(max_length=10)] = "",
    state: Annotated[str, Query(max_length=10)] = "",
    before: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """List runs of both directions, the newest first."""
    before_at, before_id = _place(before)
    with visit.room.ledger() as ledger:
        rows = ledger.rows(
            "pages/list_runs",
            flow=flow if flow in run_words.FLOWS else None,
            state=state if state in run_words.STATES else None,
            before_at=before_at,
            before_id=before_id,
            most=_MOST + 1,
        )
    shown, is_more = rows[:_MOST], len(rows) > _MOST
    kept = {"flow": flow or None, "state": state or None}
    return visit.render(
        "runs.html",
        rows=shown,
        flow=flow,
        state=state,
        flows=run_words.options(visit.say, run_words.FLOWS, run_words.FLOWS),
        states=run_words.options(
            visit.say,
            run_words.STATES,
            {code: text for code, (_, text) in run_words.STATES.items()},
        ),
        words=run_words,
        next_url=visit.url("runs", **kept, before=_key(shown[-1])) if is_more else None,
        first_url=visit.url("runs", **kept) if before else None,
    )


@router.get("/runs/by-airflow")
def find_by_airflow(
    visit: Viewer,
    dag: Annotated[str, Query(max_length=250)],
    run: Annotated[str, Query(max_length=250)],
) -> Response:
    """Lead from a run of an Airflow DAG to the page of what it did."""
    if dag == _DECISIONS and (set_id := _uuid(run.removeprefix("held-"))):
        return visit.go_to("held", set_id)
    run_id = uuid5(NAMESPACE_URL, f"{dag}/{run}")
    if dag.startswith(_DATA_SYNC):
        return visit.go_to("syncs", "-", "runs", run_id)
    with visit.room.ledger() as ledger:
        is_known = bool(ledger.rows("pages/read_run", run_id=run_id))
    if is_known:
        return visit.go_to("runs", run_id)
    raise PageError(
        404,
        mark("This run of Airflow has not begun a synchronisation."),
        mark("If it has only just been started, wait for its first task, and open this again."),
    )


@router.get("/runs/{run_id}")
def show_run(
    visit: Viewer, run_id: UUID, after: Annotated[str, Query(pattern=r"^\d{0,7}$")] = ""
) -> Response:
    """Tell what became of every record that a run read."""
    names = library_names(visit.room)
    with visit.room.ledger() as ledger:
        run = read_run(ledger, run_id)
        account = read_account(ledger, run_id, names)
        held = sets_of_run(ledger, run_id)
        undoing = _undoing(visit, ledger, run_id)
        drift = read_drift(ledger, run_id=run_id)
    lines = [line for line in account.lines if line.library > after]
    is_more = len(lines) > _LIBRARIES
    next_url = visit.url("runs", run_id, after=lines[_LIBRARIES - 1].library) if is_more else None
    return visit.render(
        "runs_one.html",
        run=run,
        account=account,
        lines=lines[:_LIBRARIES],
        shown_libraries={line.library for line in lines[:_LIBRARIES]},
        drift=drift,
        unexplained=UNEXPLAINED,
        held=held,
        names=names,
        words=run_words,
        may_undo=_may_undo(visit, run),
        next_url=next_url,
        first_url=visit.url("runs", run_id) if after else None,
        notice=visit.notice(DONE),
        **undoing,
    )


@router.get("/runs/{run_id}/undone")
def show_undone(visit: Viewer, run_id: UUID) -> Response:
    """Tell how far the undo of a run has come; asked for again and again by its page."""
    with visit.room.ledger() as ledger:
        run = read_run(ledger, run_id)
        undoing = _undoing(visit, ledger, run_id)
    names = library_names(visit.room)
    template = "_runs_undone.html" if visit.is_part else "runs_undone.html"
    return visit.render(template, run=run, names=names, words=run_words, **undoing)


@router.get("/runs/{run_id}/libraries.csv")
def export_libraries(visit: Viewer, run_id: UUID) -> Response:
    """Return the account of a run, one line a library, as a file."""
    with visit.room.ledger() as ledger:
        read_run(ledger, run_id)
        account = read_account(ledger, run_id, {})
    rows = [_columns(line) for line in account.lines]
    return csv_file(f"run-{run_id}-libraries", _COLUMNS, [rows])


def _undoing(visit: Visit, ledger: Ledger, run_id: UUID) -> dict[str, Any]:
    """Return what a page tells of taking a run back."""
    errands = visit.room.errands
    name = run_undo.errand_of(run_id)
    return {
        "undone": read_undos(ledger, [run_id]),
        "is_undoing": errands.is_running(name),
        "mishap": errands.mishap(name),
    }


def _may_undo(visit: Visit, run: Any) -> bool:
    return Role.OPERATOR in visit.visitor.roles and not run.is_dry_run and run.state != "running"


def _columns(line: Line) -> tuple[object, ...]:
    if (tally := line.tally) is None:
        return (line.library, line.stage, line.read, *[None] * 10)
    return (
        line.library, line.stage, tally.read, sum(tally.left_out.values()), tally.unchanged,
        tally.created, tally.updated, tally.held, tally.failed, tally.writes, tally.conflicts,
        "yes" if tally.adds_up else "no", tally.failure_code,
    )  # fmt: skip


def _key(row: Any) -> str:
    return f"{row.started_at.isoformat()}~{row.run_id}"


def _place(text: str) -> tuple[datetime | None, UUID | None]:
    """Return the key after which a page of the list begins."""
    at, _, run_id = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    found = _uuid(run_id)
    if text and (moment is None or moment.tzinfo is None or found is None):
        raise not_found()
    return moment, found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


router.include_router(run_lists.router)
router.include_router(run_undo.router)
