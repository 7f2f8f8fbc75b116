"""One patron at the desk: what may be seen, what waits, and what is shown on request (N3.8, X9)."""

from __future__ import annotations

from fastapi import APIRouter, Response

from registry_operators.desk.desk import Desk, no_such_patron
from registry_operators.desk.look_at_patron import DeletionPage, look_at_deletion
from registry_operators.desk.look_up_patron import LookedUp, look_up_patron
from registry_operators.desk.patron_record import note_look
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.desk.sync_state import see_nights, see_patron
from registry_operators.desk.unmask_patron import Unmasked, unmask_patron
from registry_operators.domain.person_name import masked_name
from registry_operators.web.language import mark
from registry_operators.web.views import desk_words
from registry_operators.web.views.desk_shared import PatronId, librarian, patron_of
from registry_operators.web.visit import Librarian, Visit

router = APIRouter()

DONE = {
    "created": mark("The patron is created."),
    "there": mark("The library had this patron already; nobody was created."),
    "consent": mark("The consent is in force. The next run to the registry reads the patron."),
    "history-consent": mark("The consent to keep past loans is in force."),
    "withdrawn": mark(
        "The consent is withdrawn. What waited is dropped, and nothing more is sent."
    ),
    "history-withdrawn": mark("The consent to keep past loans is withdrawn."),
    "national": mark(
        "The national card is in force. The next run to the registry sends its number if the "
        "patron consents and the library synchronises card numbers."
    ),
    "local": mark("The local card is in force. Its number stays at the library."),
    "blocked": mark("The card is blocked. It opens nothing, and its number is not sent."),
    "pin": mark(
        "The PIN is changed. The next run to the registry sends it if the patron consents and the "
        "library synchronises PINs."
    ),
    "default-pin": mark(
        "The library's default PIN is in force. The patron must change it; until then it is not "
        "sent."
    ),
    "name": mark("The name is changed. The registry takes names from the population register."),
    "guardian": mark("The guardian is named."),
}


@router.get("/desk/patrons/{patron_id}")
def show_patron(visit: Librarian, patron_id: PatronId) -> Response:
    """Tell of a patron, with the name covered, or of how far a deletion has come."""
    desk = visit.room.desk()
    try:
        return _page(visit, desk, patron_id)
    except DeskError as error:
        deletion = look_at_deletion(desk, patron_id)
        if error.refusal is not Refusal.PATRON_NOT_FOUND or deletion is None:
            raise
        return _deleted(visit, desk, deletion)


@router.post("/desk/patrons/{patron_id}/unmask")
def unmask(visit: Librarian, patron_id: PatronId) -> Response:
    """Show name, national id and date of birth of this one patron; an event says to whom."""
    desk = visit.room.desk()
    patron = patron_of(visit, desk, patron_id)
    return _page(visit, desk, patron_id, unmasked=unmask_patron(desk, librarian(visit), patron))


@router.post("/desk/patrons/{patron_id}/look-up")
def look_up(visit: Librarian, patron_id: PatronId) -> Response:
    """Ask the registry what it knows of the patron; an event says who asked."""
    desk = visit.room.desk()
    patron = patron_of(visit, desk, patron_id)
    return _page(visit, desk, patron_id, looked_up=look_up_patron(desk, librarian(visit), patron))


@router.get("/desk/patrons/{patron_id}/nights")
def show_nights(visit: Librarian, patron_id: PatronId) -> Response:
    """Tell what the last runs did with the patron, and what the next ones would do."""
    desk = visit.room.desk()
    patron = patron_of(visit, desk, patron_id)
    story = see_nights(desk, librarian(visit), patron)
    return visit.render("desk_nights.html", patron=patron, story=story, words=desk_words)


def _page(
    visit: Visit,
    desk: Desk,
    patron_id: int,
    *,
    unmasked: Unmasked | None = None,
    looked_up: LookedUp | None = None,
) -> Response:
    patron = patron_of(visit, desk, patron_id)
    seen = see_patron(desk, librarian(visit), patron)
    return visit.render(
        "desk_patron.html",
        patron=patron,
        library=desk.library(patron.library),
        seen=seen,
        record=seen.record,
        guardian=masked_name(seen.record.guardian_name or "") or None,
        state=seen.state,
        unmasked=unmasked,
        looked_up=looked_up,
        words=desk_words,
        notice=visit.notice(DONE),
    )


def _deleted(visit: Visit, desk: Desk, deletion: DeletionPage) -> Response:
    if not visit.visitor.serves(deletion.patron.library):
        raise no_such_patron()
    with desk.open_ledger() as ledger:
        note_look(ledger, librarian(visit), deletion.patron, None)
    return visit.render("desk_deleted.html", deletion=deletion, words=desk_words)
