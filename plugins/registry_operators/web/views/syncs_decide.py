"""What a person decides about a run of a data sync: approve, reject, undo, go on (X2, X7)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Response

from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.decide_sync import (
    approve_sync,
    list_held_syncs,
    reject_sync,
)
from registry_operators.steps.data_sync.list_results import records_page
from registry_operators.steps.data_sync.undo_sync import UndoSyncRequest, undo_sync
from registry_operators.web import sync_dags
from registry_operators.web.language import mark
from registry_operators.web.problems import not_found
from registry_operators.web.sync_room import record_names
from registry_operators.web.sync_words import WORDS
from registry_operators.web.typed_text import Note
from registry_operators.web.views.syncs_records import shown_records
from registry_operators.web.visit import Operator, Visit

router = APIRouter()
Reason = Annotated[Note, Form()]
_SAMPLE = 10
_MOST_COUNTED = 200_000


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
        _run_of(ledger, run_id)
        undo_sync(ledger, UndoSyncRequest(run_id, visit.visitor.name, note=reason))
    return visit.go_to("syncs", "-", "runs", run_id, done="undone")


@router.get("/syncs/-/runs/{run_id}/resume")
def ask_resume(visit: Operator, run_id: UUID) -> Response:
    """Ask whether Airflow is to go on with a run that has failed."""
    with visit.room.ledger() as ledger:
        run = _run_of(ledger, run_id)
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
        run = _run_of(ledger, run_id)
    sync_dags.repeat(run.name, run_id)
    return visit.go_to("syncs", "-", "runs", run_id, done="resumed")


def _decision_page(visit: Visit, run_id: UUID, deed: str, error: str | None = None) -> Response:
    with visit.room.ledger() as ledger:
        run = _run_of(ledger, run_id)
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
        _run_of(ledger, run_id)
        approval = visit.room.config().guards.approval
        decide(ledger, run_id, approval, decided_by=visit.visitor.name, reason=reason)
    done = {"approve": "approved", "reject": "rejected"}[deed]
    return visit.go_to("syncs", "-", "runs", run_id, done=done)


def _undo_page(visit: Visit, run_id: UUID, error: str | None = None) -> Response:
    with visit.room.ledger() as ledger:
        run = _run_of(ledger, run_id)
        trial = UndoSyncRequest(run_id, visit.visitor.name, is_dry_run=True)
        preview = undo_sync(ledger, trial)
    return visit.render(
        "syncs_undo.html", status=400 if error else 200, run=run, preview=preview, error=error,
        **WORDS,
    )  # fmt: skip


def find_run(ledger: Ledger, run_id: UUID) -> Any | None:
    """Return a run of a data sync as ``pages/read_sync_run`` tells of it."""
    rows = ledger.rows("pages/read_sync_run", run_id=run_id, most_read=_MOST_COUNTED)
    return rows[0] if rows else None


def _run_of(ledger: Ledger, run_id: UUID) -> Any:
    """
    Return a run of a data sync.

    :raises PageError: 404; there is none.
    """
    run = find_run(ledger, run_id)
    if run is None:
        raise not_found(mark("There is no such run of a data sync."))
    return run
