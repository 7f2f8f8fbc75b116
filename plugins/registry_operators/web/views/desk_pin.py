"""The PIN of one patron: it is typed twice and never shown, but for one that was drawn (N2.5)."""

from __future__ import annotations

import os
from typing import Annotated

from fastapi import APIRouter, Form, Response
from pydantic import StringConstraints

from registry_operators.desk.desk import PatronRef
from registry_operators.desk.patron_deeds import change_pin, hand_out_pin
from registry_operators.desk.refusals import DeskError
from registry_operators.desk.sync_state import see_patron
from registry_operators.web.typed_text import Short
from registry_operators.web.views.desk_form import PINS_DIFFER
from registry_operators.web.views.desk_shared import (
    Errors,
    PatronId,
    in_words,
    librarian,
    patron_of,
)
from registry_operators.web.views.desk_words import pin_rules
from registry_operators.web.visit import Librarian, Visit

router = APIRouter()

_TICKET_SIZE = 16
Ticket = Annotated[str, StringConstraints(pattern=f"^([0-9a-f]{{{2 * _TICKET_SIZE}}})?$")]


@router.get("/desk/patrons/{patron_id}/pin")
def ask_pin(visit: Librarian, patron_id: PatronId) -> Response:
    """Tell the rules, and ask for another PIN."""
    return _page(visit, patron_of(visit, visit.room.desk(), patron_id))


@router.post("/desk/patrons/{patron_id}/pin")
def give_pin(
    visit: Librarian,
    patron_id: PatronId,
    pin: Annotated[Short, Form()] = "",
    pin_again: Annotated[Short, Form()] = "",
) -> Response:
    """Give the patron the PIN that was typed twice."""
    desk = visit.room.desk()
    patron = patron_of(visit, desk, patron_id)
    if pin != pin_again:
        return _page(visit, patron, Errors(pin=visit.say(PINS_DIFFER)))
    try:
        change_pin(desk, librarian(visit), patron, pin.strip())
    except DeskError as error:
        return _page(visit, patron, in_words(visit, error))
    return visit.go_to("desk", "patrons", patron_id, done="pin")


@router.post("/desk/patrons/{patron_id}/pin/hand-out")
def reset_pin(
    visit: Librarian, patron_id: PatronId, ticket: Annotated[Ticket, Form()] = ""
) -> Response:
    """Hand a PIN out that must be changed; one that is drawn is told here, this once."""
    desk = visit.room.desk()
    patron = patron_of(visit, desk, patron_id)
    pin = hand_out_pin(desk, librarian(visit), patron, bytes.fromhex(ticket))
    if desk.library(patron.library).pin_for_all is not None:
        return visit.go_to("desk", "patrons", patron_id, done="default-pin")
    return visit.render("desk_pin_told.html", patron=patron, pin=pin.digits, is_new=False)


def _page(visit: Visit, patron: PatronRef, errors: Errors | None = None) -> Response:
    desk = visit.room.desk()
    library = desk.library(patron.library)
    return visit.render(
        "desk_pin.html",
        status=400 if errors else 200,
        patron=patron,
        library=library,
        seen=see_patron(desk, librarian(visit), patron),
        rules=list(pin_rules(library)),
        ticket=os.urandom(_TICKET_SIZE).hex(),
        errors=errors or Errors(),
    )
