"""Changes that exceeded a limit: what they are, and a person's decision on them (X2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Response

from registry_operators.errors import DecisionRefusedError
from registry_operators.ledger.database import Ledger
from registry_operators.steps.apply_held_changes import apply_held_changes
from registry_operators.steps.decide_held_changes import approve_held, read_held, reject_held
from registry_operators.web import run_words
from registry_operators.web.access import Role
from registry_operators.web.airflow_question import APPROVE, REJECT, answer_question
from registry_operators.web.csv_files import csv_file
from registry_operators.web.engine_words import in_words_of
from registry_operators.web.held_sets import (
    MOST,
    ChangePlace,
    decided_sets,
    list_changes,
    open_sets,
    read_set,
)
from registry_operators.web.language import mark
from registry_operators.web.navigation import Section
from registry_operators.web.room import Room
from registry_operators.web.run_facts import library_names
from registry_operators.web.typed_text import Note
from registry_operators.web.views.run_lists import pages_by_key
from registry_operators.web.visit import Operator, Viewer, Visit

router = APIRouter()
SECTION: Section | None = Section("held", mark("Held changes"))

DONE = {
    "approved": mark("The changes were approved and are being carried out."),
    "asked": mark("The changes were approved. Airflow carries them out."),
    "rejected": mark("The changes were rejected: they are not made."),
    "again": mark("They are being carried out."),
}
_MOVED = mark(
    "What waits has changed since it was shown to you. Look at it as it is now, and decide again."
)
_REASON_MISSING = mark("Say why in a few words; it stands in the audit trail.")
_COLUMNS = (
    "library", "record", "person", "field", "action", "written_to", "rule", "state", "reason",
    "registry_changed_at", "cicero_changed_at",
)  # fmt: skip


class _MovedError(Exception):
    """What waits is not what somebody was shown."""


@router.get("/held")
def list_sets(visit: Viewer, before: Annotated[str, Query(max_length=80)] = "") -> Response:
    """List what waits for a decision, and what was decided."""
    place = _place(before)
    approval = visit.room.config().guards.approval
    with visit.room.ledger() as ledger:
        waiting = open_sets(ledger)
        decided = decided_sets(ledger, place)
        syncs = ledger.rows("pages/list_held_syncs", expire_days=approval.expire_days)
    shown, is_more = decided[:MOST], len(decided) > MOST
    return visit.render(
        "held.html",
        waiting=waiting,
        decided=shown,
        syncs=syncs,
        names=library_names(visit.room),
        words=run_words,
        notice=visit.notice(DONE),
        next_url=visit.url("held", before=_key(shown[-1])) if is_more else None,
        first_url=visit.url("held") if place else None,
    )


@router.get("/held/{set_id}")
def show_set(
    visit: Viewer, set_id: UUID, after: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """Tell what waits, why and how much of it, with the changes themselves, masked."""
    if visit.is_part:
        with visit.room.ledger() as ledger:
            held = read_set(ledger, set_id)
        return visit.render("_held_state.html", held=held, words=run_words, **_doing(visit, set_id))
    return _page(visit, set_id, after=after)


@router.get("/held/{set_id}/changes.csv")
def export_changes(visit: Viewer, set_id: UUID) -> Response:
    """Return the changes of a set as a file, masked as on the page."""
    with visit.room.ledger() as ledger:
        read_set(ledger, set_id)
    pages = pages_by_key(
        visit.room,
        lambda ledger, last, most: list_changes(ledger, set_id, last, most=most),
        lambda row: (
            row.library, row.record_no, row.person, row.field, row.action, row.target, row.rule,
            row.state, row.reason, row.registry_changed_at, row.cicero_changed_at,
        ),
    )  # fmt: skip
    return csv_file(f"held-{set_id}", _COLUMNS, pages)


@router.post("/held/{set_id}/decide")
def decide(
    visit: Operator,
    set_id: UUID,
    decision: Annotated[str, Form(pattern="^(approve|reject)$")],
    digest: Annotated[str, Form(pattern="^[0-9a-f]{64}$")],
    reason: Annotated[Note, Form()] = "",
) -> Response:
    """Approve or reject exactly what was shown."""
    if not reason.strip():
        return _page(visit, set_id, error=visit.say(_REASON_MISSING), status=400)
    four_eyes = visit.room.config().guards.approval.four_eyes
    who = {"decided_by": visit.visitor.name, "reason": reason.strip()}
    try:
        with visit.room.ledger() as ledger, ledger.transaction():
            _must_be_what_was_shown(ledger, set_id, digest)
            if decision == "approve":
                approve_held(ledger, set_id, digest=digest, four_eyes=four_eyes, **who)
            else:
                reject_held(ledger, set_id, **who)
    except _MovedError:
        return _page(visit, set_id, error=visit.say(_MOVED), reason=reason, status=409)
    except DecisionRefusedError as refusal:
        told = in_words_of(visit.say, str(refusal)) or str(refusal)
        return _page(visit, set_id, error=told, reason=reason, status=409)
    if decision == "reject":
        answer_question(set_id, REJECT, visit.visitor.name)
        return visit.go_to("held", set_id, done="rejected")
    if answer_question(set_id, APPROVE, visit.visitor.name):
        return visit.go_to("held", set_id, done="asked")
    _start(visit.room, set_id)
    return visit.go_to("held", set_id, done="approved")


@router.post("/held/{set_id}/carry-out")
def carry_out(visit: Operator, set_id: UUID) -> Response:
    """Carry out, or go on with, what was approved and then interrupted."""
    with visit.room.ledger() as ledger:
        held = read_set(ledger, set_id)
    if held.state == "approved":
        _start(visit.room, set_id)
    return visit.go_to("held", set_id, done="again" if held.state == "approved" else None)


def _must_be_what_was_shown(ledger: Ledger, set_id: UUID, digest: str) -> None:
    held = read_held(ledger, set_id)
    if held.state == "open" and {held.digest, held.present_digest} != {digest}:
        raise _MovedError


def _start(room: Room, set_id: UUID) -> None:
    room.errands.start(_errand(set_id), lambda: _apply(room, set_id))


def _apply(room: Room, set_id: UUID) -> None:
    secrets = room.secrets()
    with room.ledger() as lent:
        ledger = lent.sibling()  # pages need those of the pool
    with ledger:
        apply_held_changes(ledger, room.connect_patiently, secrets, held_set_id=set_id)


def _errand(set_id: UUID) -> str:
    return f"held {set_id}"


def _doing(visit: Visit, set_id: UUID) -> dict[str, Any]:
    errands, name = visit.room.errands, _errand(set_id)
    return {"is_doing": errands.is_running(name), "mishap": errands.mishap(name)}


def _page(
    visit: Visit,
    set_id: UUID,
    *,
    after: str = "",
    error: str | None = None,
    reason: str = "",
    status: int = 200,
) -> Response:
    with visit.room.ledger() as ledger:
        held = read_set(ledger, set_id)
        rows = list_changes(ledger, set_id, ChangePlace.read(after), most=MOST + 1)
    shown, is_more = rows[:MOST], len(rows) > MOST
    is_operator = Role.OPERATOR in visit.visitor.roles
    four_eyes = visit.room.config().guards.approval.four_eyes
    return visit.render(
        "held_one.html",
        held=held,
        rows=shown,
        names=library_names(visit.room),
        words=run_words,
        may_decide=is_operator and held.state == "open",
        may_approve=not held.is_expired and not (four_eyes and visit.visitor.name == held.asked_by),
        is_own=four_eyes and visit.visitor.name == held.asked_by,
        may_carry_out=is_operator and held.state == "approved",
        may_ask_why=is_operator,
        error=error,
        reason=reason,
        status=status,
        notice=visit.notice(DONE) if error is None else None,
        next_url=visit.url("held", set_id, after=ChangePlace.key(shown[-1])) if is_more else None,
        first_url=visit.url("held", set_id) if after else None,
        **_doing(visit, set_id),
    )


def _key(row: Any) -> str:
    return f"{row.held_at.isoformat()}~{row.held_set_id}"


def _place(text: str) -> tuple[datetime, UUID] | None:
    """Return the key after which a page begins; the first one for what is none."""
    at, _, set_id = text.partition("~")
    try:
        moment, found = datetime.fromisoformat(at), UUID(set_id)
    except ValueError:
        return None
    return (moment, found) if moment.tzinfo else None
