"""A run of a data sync: how far it is, and what it came to (D4.3, D5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from registry_operators.errors import UnavailableError
from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.ask_run import AskedRun, find_asked
from registry_operators.steps.data_sync.decide_sync import (
    HeldSync,
    list_held_syncs,
)
from registry_operators.steps.data_sync.report_sync import SyncAccount, count_sync
from registry_operators.steps.data_sync.undo_sync import (
    SyncUndo,
    count_undone,
)
from registry_operators.web import sync_dags
from registry_operators.web.access import Role
from registry_operators.web.language import mark
from registry_operators.web.problems import not_found
from registry_operators.web.sync_dags import AirflowRun, SyncDag
from registry_operators.web.sync_words import STAGES, WORDS
from registry_operators.web.views.syncs_decide import find_run
from registry_operators.web.visit import Viewer, Visit

router = APIRouter()
DONE = {
    "approved": mark("The held changes were approved and written."),
    "rejected": mark("The held changes were rejected. The next run asks again."),
    "undone": mark("The run was taken back."),
    "resumed": mark("Airflow goes on with the run."),
}
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
        row = find_run(ledger, run_id)
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
