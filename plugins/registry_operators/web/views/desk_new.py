"""A new patron: what is asked for, what would come of it and why, and then the deed (N3.2)."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Response

from registry_operators.desk.create_patron import CreatedPatron, create_patron
from registry_operators.desk.desk import Desk
from registry_operators.desk.draft import Draft, DraftVault
from registry_operators.desk.find_patron import find_created
from registry_operators.desk.new_patron import NewPatron
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.desk.try_creation import try_creation
from registry_operators.domain.creation import Creation
from registry_operators.web.language import mark
from registry_operators.web.views.desk_foretold import covered, foretell
from registry_operators.web.views.desk_form import CreationForm, form_of, read_form
from registry_operators.web.views.desk_shared import (
    Errors,
    chosen_library,
    in_words,
    librarian,
    refuse_old_form,
)
from registry_operators.web.views.desk_words import consent_text, pin_rules
from registry_operators.web.visit import Librarian, Visit

router = APIRouter()

Sealed = Annotated[str, Form(max_length=20_000)]
_TICKET_SIZE = 32
_CHANGED = mark("Something has changed since you read this. Read it once more, then decide.")


@dataclass(frozen=True, slots=True)
class Kept:
    """What of an earlier form is kept without being shown."""

    has_national_id: bool
    has_pin: bool
    has_guardian_id: bool
    sealed: str


@router.get("/desk/new")
def show_form(visit: Librarian) -> Response:
    """Ask what is known of the new patron."""
    library = chosen_library(visit)
    if library is None:
        return visit.go_to("desk")
    return _form(visit, visit.room.desk(), CreationForm(library=library), Errors())


@router.post("/desk/new")
def foretell_creation(visit: Librarian, form: Annotated[CreationForm, Form()]) -> Response:
    """Say what would come of it and why; nothing is written but who asked the registry."""
    visit.must_serve(form.library)
    desk = visit.room.desk()
    kept = _open(visit, form.kept) if form.kept else None
    request, errors = read_form(visit, form, None if kept is None else kept.request)
    if errors:
        return _form(visit, desk, form, errors, request)
    return _foretold(visit, desk, replace(request, ticket=os.urandom(_TICKET_SIZE).hex()))


@router.post("/desk/new/change")
def change_form(visit: Librarian, sealed: Sealed) -> Response:
    """Return to the form; national id and PIN are kept, and not shown."""
    draft = _open(visit, sealed)
    if draft is None:
        refuse_old_form()
    visit.must_serve(draft.request.library)
    return _form(visit, visit.room.desk(), form_of(draft.request), Errors(), draft.request)


@router.post("/desk/new/save")
def save_patron(visit: Librarian, sealed: Sealed) -> Response:
    """Create the patron if that is still what was foretold; the same form again creates nobody."""
    draft = _open(visit, sealed)
    if draft is None or draft.agreed is None:
        refuse_old_form()
    request, caller = draft.request, librarian(visit)
    visit.must_serve(request.library)
    desk = visit.room.desk()
    try:
        made = create_patron(desk, caller, request, agreed=draft.agreed)
    except DeskError as error:
        if error.refusal is Refusal.FORETOLD_OTHERWISE:
            return _foretold(visit, desk, request, has_changed=True)
        there = _there(visit, desk, error, request)
        if there is not None:
            return visit.go_to("desk", "patrons", there, done="there")
        return _form(visit, desk, form_of(request), in_words(visit, error), request)
    return _created(visit, made)


def _created(visit: Visit, made: CreatedPatron) -> Response:
    """Lead to the patron, but tell a PIN that was drawn first: it is told this once."""
    if made.pin_to_tell is None:
        return visit.go_to("desk", "patrons", made.patron.patron_id, done="created")
    return visit.render(
        "desk_pin_told.html", patron=made.patron, pin=made.pin_to_tell.digits, is_new=True
    )


def _foretold(
    visit: Visit, desk: Desk, request: NewPatron, *, has_changed: bool = False
) -> Response:
    try:
        creation = try_creation(desk, librarian(visit), request)
    except DeskError as error:
        there = _there(visit, desk, error, request)
        return _form(visit, desk, form_of(request), in_words(visit, error), request, there=there)
    return visit.render(
        "desk_foretold.html",
        status=409 if has_changed else 200,
        request=request,
        library=desk.library(request.library),
        national_id=covered(request),
        foretold=foretell(desk, request, creation, visit.room.now().astimezone(visit.room.zone)),
        sealed=_seal(visit, request, creation),
        changed=visit.say(_CHANGED) if has_changed else None,
    )


def _there(visit: Visit, desk: Desk, error: DeskError, request: NewPatron) -> int | None:
    """Return the number of the patron who stands in the way, if one does."""
    if error.refusal is not Refusal.PATRON_EXISTS:
        return None
    found = find_created(desk, librarian(visit), request)
    return None if found is None else found.patron_id


def _form(
    visit: Visit,
    desk: Desk,
    form: CreationForm,
    errors: Errors,
    request: NewPatron | None = None,
    *,
    there: int | None = None,
) -> Response:
    """
    Show the form, with what is wrong.

    :param request: What was typed before; what is not wrong of it is kept, sealed.
    :param there: The number of a patron who stands in the way.
    """
    library = desk.library(form.library)
    return visit.render(
        "desk_new.html",
        status=400 if errors else 200,
        form=form,
        library=library,
        consent=consent_text(library),
        rules=list(pin_rules(library)),
        errors=errors,
        there=there,
        kept=None if request is None else _keep(visit, request, errors),
    )


def _keep(visit: Visit, request: NewPatron, errors: Errors) -> Kept:
    """Seal what need not be typed again; what is wrong must be."""
    guardian = request.guardian
    if guardian is not None and "guardian_id" in errors:
        guardian = replace(guardian, national_id="")
    kept = replace(
        request,
        national_id=None if "national_id" in errors else request.national_id,
        pin=None if "pin" in errors else request.pin,
        guardian=guardian,
    )
    return Kept(
        has_national_id=kept.national_id is not None,
        has_pin=kept.pin is not None,
        has_guardian_id=guardian is not None and bool(guardian.national_id),
        sealed=_seal(visit, kept, None),
    )


def _seal(visit: Visit, request: NewPatron, agreed: Creation | None) -> str:
    draft = Draft(request, agreed, visit.room.now())
    return DraftVault(visit.room.secrets().keys).seal(draft, visit.visitor.name)


def _open(visit: Visit, sealed: str) -> Draft | None:
    vault = DraftVault(visit.room.secrets().keys)
    return vault.open(sealed, visit.visitor.name, visit.room.now())
