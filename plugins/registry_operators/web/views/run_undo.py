"""Take a run back: first what would be done, then, if somebody says so, done (X7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Response

from registry_operators.ledger.database import Ledger
from registry_operators.steps.undo_run import FIELDS, UndoRequest, undo_run
from registry_operators.web import run_words
from registry_operators.web.language import mark
from registry_operators.web.problems import PageError
from registry_operators.web.room import Room
from registry_operators.web.run_facts import Account, library_names, read_account, read_run
from registry_operators.web.typed_text import Note
from registry_operators.web.visit import Operator, Visit

router = APIRouter()

_TRIED_AT_MOST = 2000
"""Changes that are tried while somebody waits for the page; the registry is asked about each."""


@dataclass(frozen=True, slots=True)
class Choice:
    """
    What somebody wants taken back.

    :param library: Agency code; empty for all.
    :param fields: ``relation``, ``card``, ``pin``.
    :param note: Why.
    """

    library: str
    fields: tuple[str, ...]
    note: str


def choice(
    library: Annotated[str, Form(pattern=r"^(\d{7})?$")] = "",
    relation: Annotated[str, Form(max_length=3)] = "",
    card: Annotated[str, Form(max_length=3)] = "",
    pin: Annotated[str, Form(max_length=3)] = "",
    note: Annotated[Note, Form()] = "",
) -> Choice:
    """Return what a form chooses."""
    ticked = {"relation": relation, "card": card, "pin": pin}
    return Choice(library, tuple(name for name in FIELDS if ticked[name]), note.strip())


Chosen = Annotated[Choice, Depends(choice)]


@router.get("/runs/{run_id}/undo")
def choose(visit: Operator, run_id: UUID) -> Response:
    """Ask what of a run is to be taken back."""
    return _form(visit, run_id, Choice("", FIELDS, ""))


@router.post("/runs/{run_id}/undo/preview")
def preview(visit: Operator, run_id: UUID, chosen: Chosen) -> Response:
    """Tell what taking back would do; nothing is written, and the registry is only asked."""
    if not chosen.fields:
        return _form(visit, run_id, chosen, visit.say("Choose at least one kind of value."), 400)
    names = library_names(visit.room)
    with visit.room.ledger() as ledger:
        run = _undoable(ledger, run_id)
        account = read_account(ledger, run_id, names)
        writes = _writes(account, chosen.library)
        rows = None
        if writes <= _TRIED_AT_MOST:
            request = _request(visit, run_id, chosen, is_dry_run=True)
            rows = _in_all(
                undo_run(ledger, visit.room.connect, visit.room.secrets(), request, uuid4())
            )
    return visit.render(
        "runs_undo_preview.html",
        run=run, chosen=chosen, names=names, rows=rows, writes=writes, words=run_words,
    )  # fmt: skip


@router.post("/runs/{run_id}/undo")
def undo(visit: Operator, run_id: UUID, chosen: Chosen) -> Response:
    """Begin to take back; it goes on while pages are looked at."""
    if not chosen.fields:
        return _form(visit, run_id, chosen, visit.say("Choose at least one kind of value."), 400)
    room = visit.room
    with room.ledger() as ledger:
        _undoable(ledger, run_id)
    request = _request(visit, run_id, chosen, is_dry_run=False)
    has_begun = room.errands.start(errand_of(run_id), lambda: _take_back(room, request))
    return visit.go_to("runs", run_id, done="undo" if has_begun else "undo-again")


def errand_of(run_id: UUID) -> str:
    """Return the name under which a run is taken back."""
    return f"undo {run_id}"


def _take_back(room: Room, request: UndoRequest) -> None:
    secrets = room.secrets()
    with room.ledger() as lent:
        ledger = lent.sibling()  # pages need those of the pool
    with ledger:
        undo_run(ledger, room.connect_patiently, secrets, request, uuid4())


def _form(
    visit: Visit, run_id: UUID, chosen: Choice, error: str | None = None, status: int = 200
) -> Response:
    names = library_names(visit.room)
    with visit.room.ledger() as ledger:
        run = _undoable(ledger, run_id)
        account = read_account(ledger, run_id, names)
    written = [
        line.library for line in account.lines if line.tally is not None and line.tally.writes
    ]
    return visit.render(
        "runs_undo.html",
        run=run, libraries=run_words.options(visit.say, written, names) if written else [],
        chosen=chosen, words=run_words, error=error, status=status,
    )  # fmt: skip


def _undoable(ledger: Ledger, run_id: UUID) -> Any:
    run = read_run(ledger, run_id)
    if run.is_dry_run:
        raise PageError(409, mark("A dry run wrote nothing, so there is nothing to take back."))
    return run


def _request(visit: Visit, run_id: UUID, chosen: Choice, *, is_dry_run: bool) -> UndoRequest:
    return UndoRequest(
        run_id=run_id,
        asked_by=visit.visitor.name,
        fields=chosen.fields,
        libraries=(chosen.library,) if chosen.library else (),
        is_dry_run=is_dry_run,
        note=chosen.note or None,
    )


def _writes(account: Account, library: str) -> int:
    return sum(
        line.tally.writes
        for line in account.lines
        if line.tally is not None and library in {"", line.library}
    )


def _in_all(rows: list[Any]) -> list[dict[str, Any]]:
    """Add up rows of ``undo/count_changes`` over the libraries."""
    found: dict[tuple[str, str, str, str | None], int] = {}
    for row in rows:
        key = (row.target, row.field, row.state, row.reason)
        found[key] = found.get(key, 0) + row.changes
    return [
        {"target": target, "field": field, "state": state, "reason": reason, "changes": changes}
        for (target, field, state, reason), changes in sorted(
            found.items(), key=lambda one: [part or "" for part in one[0]]
        )
    ]
