"""The librarian's desk: patrons of one library, found, created and changed (N3.1 to N3.8)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Response

from registry_operators.desk.desk import Desk, PatronRef
from registry_operators.desk.find_patron import (
    find_by_card,
    find_by_guardian,
    find_by_national_id,
)
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.desk.sync_state import see_patron
from registry_operators.web.language import mark
from registry_operators.web.navigation import Section
from registry_operators.web.typed_text import Short
from registry_operators.web.views import desk_deeds, desk_new, desk_patron, desk_pin
from registry_operators.web.views.desk_shared import (
    Errors,
    chosen_library,
    in_words,
    keep_library,
    librarian,
    patron_of,
    served_libraries,
)
from registry_operators.web.visit import Librarian, Visit

router = APIRouter()
SECTION: Section | None = Section("desk", mark("Desk"))

DONE = {"deleted": mark("The patron is deleted. There was no relation to remove in the registry.")}
By = Literal["card", "national_id", "guardian", "number"]


@router.get("/desk")
def show_desk(visit: Librarian) -> Response:
    """Ask for whom, at the library that was chosen."""
    return _page(visit)


@router.post("/desk/library")
def choose_library(visit: Librarian, library: Annotated[str, Form(max_length=7)]) -> Response:
    """Stand at the desk of another library."""
    visit.must_serve(library)
    answer = visit.go_to("desk")
    keep_library(visit, answer, library)
    return answer


@router.post("/desk/find")
def find_patron(
    visit: Librarian,
    library: Annotated[str, Form(max_length=7)],
    by: Annotated[By, Form()],
    text: Annotated[Short, Form()] = "",
) -> Response:
    """Lead to the patron whom a card, a national id or Cicero's number belongs to."""
    visit.must_serve(library)
    desk, typed = visit.room.desk(), text.strip()
    if not typed:
        return _page(visit, by=by, errors=Errors(text=visit.say("Type what to look for.")))
    try:
        found = _find(visit, desk, library, by, typed)
    except DeskError as error:
        if error.refusal is not Refusal.INVALID_NATIONAL_ID:
            raise
        return _page(visit, by=by, errors=Errors(text=" ".join(in_words(visit, error).values())))
    if not found:
        return _page(visit, by=by, nobody=True)
    if len(found) == 1:
        return visit.go_to("desk", "patrons", found[0].patron_id)
    seen = [see_patron(desk, librarian(visit), patron) for patron in found]
    return visit.render("desk_found.html", patrons=[one.record for one in seen])


def _find(visit: Visit, desk: Desk, library: str, by: By, typed: str) -> list[PatronRef]:
    caller = librarian(visit)
    match by:
        case "national_id":
            return find_by_national_id(desk, caller, library, typed)
        case "guardian":
            return find_by_guardian(desk, caller, library, typed)
        case "number":
            # More digits than the database has for it are nobody's.
            is_number = typed.isascii() and typed.isdigit() and len(typed) < 19
            return [patron_of(visit, desk, int(typed))] if is_number else []
    return find_by_card(desk, caller, library, typed)


def _page(
    visit: Visit, *, by: By = "card", errors: Errors | None = None, nobody: bool = False
) -> Response:
    served, chosen = served_libraries(visit), chosen_library(visit)
    options = [(code, f"{library.name} ({code})") for code, library in served.items()]
    return visit.render(
        "desk.html",
        status=400 if errors else 200,
        options=options if chosen else [("", visit.say("Choose a library")), *options],
        has_library=bool(served),
        chosen=chosen,
        library=served[chosen] if chosen else None,
        by=by,
        errors=errors or Errors(),
        nobody=nobody,
        notice=visit.notice(DONE),
    )


for part in (desk_new, desk_patron, desk_deeds, desk_pin):
    router.include_router(part.router)
