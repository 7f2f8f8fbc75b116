"""A run of a data sync: how far it is, what it came to, what a person does with it (D4.3, D5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Response

from registry_operators.errors import UnavailableError
from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.ask_run import AskedRun, find_asked
from registry_operators.steps.data_sync.decide_sync import (
    HeldSync,
    approve_sync,
    list_held_syncs,
    reject_sync,
)
from registry_operators.steps.data_sync.list_results import records_page
from registry_operators.steps.data_sync.report_sync import SyncAccount, count_sync
from registry_operators.steps.data_sync.undo_sync import (
    SyncUndo,
    UndoSyncRequest,
    count_undone,
    undo_sync,
)
from registry_operators.web import sync_dags
from registry_operators.web.access import Role
from registry_operators.web.language import mark
from registry_operators.web.problems import not_found
from registry_operators.web.sync_dags import AirflowRun, SyncDag
from registry_operators.web.sync_room import record_names
from registry_operators.web.sync_words import STAGES, WORDS
from registry_operators.web.typed_text import Note
from registry_operators.web.views.syncs_records import shown_records
from registry_operators.web.visit import Operator, Viewer, Visit

router = APIRouter()
Reason = Annotated[Note, Form()]
DONE = {
    "approved": mark("The held changes were approved and written."),
    "rejected": mark("The held changes were rejected. The next run asks again."),
    "undone": mark("The run was taken back."),
    "resumed": mark("Airflow goes on with the run."),
}
_MOST_COUNTED = 200_000
_SAMPLE = 10
_LISTED = ("created", "updated", "unchanged", "left_out", "held", "failed")


@dataclass(frozen=True, slots=True)
class StageRow:
    """
    One step of a run.

    :param state: ``done``, ``now``, ``failed`` or ``later``.
    :param count: Records that came through, if that is known.
    :param of: How many there are in all, if that is known.
    """

    title: str
    state: str
    count: int | None
    of: int | None


@dataclass(frozen=True, slots=True)
class RunView:
    """
    A run as its page tells of it.

    :param account: ``None`` while the run goes on.
    :param held: What waits for a decision, if anything does.
    :param is_broken_off: An approval was given, and what it let through is not all written.
    """

    run: Any
    asked: AskedRun | None
    stages: tuple[StageRow, ...]
    account: SyncAccount | None
    undone: SyncUndo | None
    held: HeldSync | None
    is_broken_off: bool
    airflow: AirflowRun | None


@router.get("/syncs/-/runs/{run_id}")
def show_run(visit: Viewer, run_id: UUID) -> Response:
    """Tell how far a run is, or what it came to; a part of the page asks again by itself."""
    with visit.room.ledger() as ledger:
        asked = find_asked(ledger, run_id)
        row = _find_run(ledger, run_id)
        if row is None and asked is None:
            raise not_found(mark("There is no such run of a data sync."))
        view = None if row is None else _view(visit, ledger, row, asked)
    dag = _look(asked.name) if row is None and asked is not None else None
    in_airflow = _in_airflow(asked.name, run_id) if row is None and asked is not None else None
    values: dict[str, Any] = {
        "run_id": run_id,
        "asked": asked,
        "view": view,
        "dag": dag,
        "in_airflow": in_airflow,
        "listed": _LISTED,
        "may_decide": Role.OPERATOR in visit.visitor.roles,
        **WORDS,
    }
    if visit.is_part:
        return visit.render("_syncs_run.html", **values)
    return visit.render("syncs_run.html", notice=visit.notice(DONE), **values)


@router.get("/syncs/-/runs/{run_id}/approve")
def ask_approve(visit: Operator, run_id: UUID) -> Response:
    """Ask why the held changes of a run are to be made."""
    return _decision_page(visit, run_id, "approve")


@router.post("/syncs/-/runs/{run_id}/approve")
def approve(visit: Operator, run_id: UUID, reason: Reason = "") -> Response:
    """Approve the held changes of a run, and write them (X2)."""
    return _decide(visit, run_id, "approve", reason)


@router.get("/syncs/-/runs/{run_id}/reject")
def ask_reject(visit: Operator, run_id: UUID) -> Response:
    """Ask why the held changes of a run are not to be made."""
    return _decision_page(visit, run_id, "reject")


@router.post("/syncs/-/runs/{run_id}/reject")
def reject(visit: Operator, run_id: UUID, reason: Reason = "") -> Response:
    """Reject the held changes of a run (X2)."""
    return _decide(visit, run_id, "reject", reason)


@router.get("/syncs/-/runs/{run_id}/undo")
def ask_undo(visit: Operator, run_id: UUID) -> Response:
    """Show what taking a run back would do, tried and undone, and ask (X7)."""
    return _undo_page(visit, run_id)


@router.post("/syncs/-/runs/{run_id}/undo")
def undo(visit: Operator, run_id: UUID, reason: Reason = "") -> Response:
    """Take back what a run wrote, where nobody has changed it since (X7)."""
    if not reason.strip():
        return _undo_page(visit, run_id, visit.say("Say why; it stands in the audit trail."))
    with visit.room.ledger() as ledger:
        _must_be_there(ledger, run_id)
        undo_sync(ledger, UndoSyncRequest(run_id, visit.visitor.name, note=reason))
    return visit.go_to("syncs", "-", "runs", run_id, done="undone")


@router.get("/syncs/-/runs/{run_id}/resume")
def ask_resume(visit: Operator, run_id: UUID) -> Response:
    """Ask whether Airflow is to go on with a run that has failed."""
    with visit.room.ledger() as ledger:
        run = _must_be_there(ledger, run_id)
    return visit.render(
        "confirm.html",
        title=visit.say("Go on with the run of %(name)s?", name=run.name),
        text=visit.say(
            "Airflow goes through the run once more. Each step goes on where it stood; nothing is "
            "done twice."
        ),
        action=visit.url("syncs", "-", "runs", run_id, "resume"), submit=visit.say("Go on"),
        cancel=visit.url("syncs", "-", "runs", run_id), kept={}, kind="main",
    )  # fmt: skip


@router.post("/syncs/-/runs/{run_id}/resume")
def resume(visit: Operator, run_id: UUID) -> Response:
    """Let Airflow go on with a run that has failed."""
    with visit.room.ledger() as ledger:
        run = _must_be_there(ledger, run_id)
    sync_dags.repeat(run.name, run_id)
    return visit.go_to("syncs", "-", "runs", run_id, done="resumed")


def _view(visit: Visit, ledger: Ledger, run: Any, asked: AskedRun | None) -> RunView:
    is_running = run.state == "running"
    approval = visit.room.config().guards.approval
    waiting = list_held_syncs(ledger, approval) if run.state == "held" else []
    undone = count_undone(ledger, run.run_id) if run.undone_at is not None else None
    return RunView(
        run,
        asked,
        tuple(_stages(run)),
        None if is_running else count_sync(ledger, run.run_id),
        undone,
        next((one for one in waiting if one.run_id == run.run_id), None),
        is_running and run.decision == "approved",
        _in_airflow(run.name, run.run_id) if is_running or run.state == "failed" else None,
    )


def _stages(run: Any) -> list[StageRow]:
    names = [name for name, _ in STAGES]
    here = names.index(run.stage) if run.stage in names else len(names)
    counts: dict[str, tuple[int | None, int | None]] = {
        "opened": (run.read_count, None),
        "extracted": (None if run.judged is None else run.read_count - run.judged, run.read_count),
        "filtered": (run.planned, None),
        "guarded": (run.loaded_through, run.last_planned),
    }
    rows = []
    for number, (name, title) in enumerate(STAGES):
        state = "done" if number < here else "later"
        if number == here:
            state = "now" if run.state == "running" else "failed"
        count, of = counts.get(name, (None, None)) if state != "later" else (None, None)
        rows.append(StageRow(title, state, count, of))
    return rows


def _decision_page(visit: Visit, run_id: UUID, deed: str, error: str | None = None) -> Response:
    with visit.room.ledger() as ledger:
        run = _must_be_there(ledger, run_id)
        waiting = list_held_syncs(ledger, visit.room.config().guards.approval)
        rows, _ = records_page(ledger, run_id, "held", reason=None, after=0, most=_SAMPLE)
    held = next((one for one in waiting if one.run_id == run_id), None)
    return visit.render(
        "syncs_decide.html", status=400 if error else 200, run=run, held=held, deed=deed,
        rows=shown_records(rows, record_names(visit, run.source)), error=error, **WORDS,
    )  # fmt: skip


def _decide(visit: Visit, run_id: UUID, deed: str, reason: str) -> Response:
    if not reason.strip():
        return _decision_page(
            visit, run_id, deed, visit.say("Say why; it stands in the audit trail.")
        )
    decide = {"approve": approve_sync, "reject": reject_sync}[deed]
    with visit.room.ledger() as ledger:
        _must_be_there(ledger, run_id)
        approval = visit.room.config().guards.approval
        decide(ledger, run_id, approval, decided_by=visit.visitor.name, reason=reason)
    done = {"approve": "approved", "reject": "rejected"}[deed]
    return visit.go_to("syncs", "-", "runs", run_id, done=done)


def _undo_page(visit: Visit, run_id: UUID, error: str | None = None) -> Response:
    with visit.room.ledger() as ledger:
        run = _must_be_there(ledger, run_id)
        trial = UndoSyncRequest(run_id, visit.visitor.name, is_dry_run=True)
        preview = undo_sync(ledger, trial)
    return visit.render(
        "syncs_undo.html", status=400 if error else 200, run=run, preview=preview, error=error,
        **WORDS,
    )  # fmt: skip


def _find_run(ledger: Ledger, run_id: UUID) -> Any | None:
    rows = ledger.rows("pages/read_sync_run", run_id=run_id, most_read=_MOST_COUNTED)
    return rows[0] if rows else None


def _must_be_there(ledger: Ledger, run_id: UUID) -> Any:
    run = _find_run(ledger, run_id)
    if run is None:
        raise not_found(mark("There is no such run of a data sync."))
    return run


def _look(name: str) -> SyncDag | None:
    """Look at the DAG; ``None`` while Airflow's database does not answer."""
    try:
        return sync_dags.look_at_dag(name)
    except UnavailableError:
        return None


def _in_airflow(name: str, run_id: UUID) -> AirflowRun | None:
    try:
        return sync_dags.find_run(name, run_id)
    except UnavailableError:
        return None
