"""Consent, cards, name, guardian, deletion of one patron: asked, then done (N3.1, N3.7)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Response

from registry_operators.desk.cards import block_card, change_card, no_such_card
from registry_operators.desk.desk import HISTORY_CONSENT, SYNC_CONSENT
from registry_operators.desk.guardians import change_guardian
from registry_operators.desk.look_at_patron import look_at_deletion
from registry_operators.desk.new_patron import Guardian
from registry_operators.desk.patron_deeds import (
    change_name,
    delete_patron,
    give_consent,
    withdraw_consent,
)
from registry_operators.desk.refusals import DeskError
from registry_operators.desk.sync_state import see_patron
from registry_operators.domain.person_name import PersonName
from registry_operators.web.language import mark
from registry_operators.web.typed_text import Name, Short
from registry_operators.web.views import desk_words
from registry_operators.web.views.desk_form import Tick
from registry_operators.web.views.desk_shared import (
    Errors,
    PatronId,
    in_words,
    librarian,
    patron_of,
)
from registry_operators.web.visit import Librarian, Visit

router = APIRouter()

Use = Literal["SYNC_WITH_NATIONAL_REGISTRY", "KEEP_HISTORICAL_LOAN_DATA"]
_GIVEN = {SYNC_CONSENT: "consent", HISTORY_CONSENT: "history-consent"}
_WITHDRAWN = {SYNC_CONSENT: "withdrawn", HISTORY_CONSENT: "history-withdrawn"}
_NO_NUMBER = mark("Type a card number, or tick that the next one of the sequence is taken.")
_TWO_NUMBERS = mark("Either type a card number or tick the next one of the sequence, not both.")
_NOT_TICKED = mark("Tick that the patron consents.")


@router.get("/desk/patrons/{patron_id}/consent")
def ask_consent(visit: Librarian, patron_id: PatronId) -> Response:
    """Tell what is in force, and what happens when it is given or withdrawn."""
    return _ask(visit, patron_id, "desk_consent.html")


@router.post("/desk/patrons/{patron_id}/consent")
def give(
    visit: Librarian, patron_id: PatronId, use: Annotated[Use, Form()],
    consent: Annotated[Tick, Form()] = "",
) -> Response:  # fmt: skip
    """Write down that the patron consents."""
    if not consent:
        return _ask(visit, patron_id, "desk_consent.html", Errors({use: visit.say(_NOT_TICKED)}))
    desk = visit.room.desk()
    give_consent(desk, librarian(visit), patron_of(visit, desk, patron_id), use)
    return visit.go_to("desk", "patrons", patron_id, done=_GIVEN[use])


@router.post("/desk/patrons/{patron_id}/consent/withdraw")
def withdraw(visit: Librarian, patron_id: PatronId, use: Annotated[Use, Form()]) -> Response:
    """End the consent at once."""
    desk = visit.room.desk()
    withdraw_consent(desk, librarian(visit), patron_of(visit, desk, patron_id), use)
    return visit.go_to("desk", "patrons", patron_id, done=_WITHDRAWN[use])


@router.get("/desk/patrons/{patron_id}/card")
def ask_card(visit: Librarian, patron_id: PatronId) -> Response:
    """Ask for the number of another card, and tell which one it replaces."""
    return _ask(visit, patron_id, "desk_card.html")


@router.post("/desk/patrons/{patron_id}/card")
def give_card(
    visit: Librarian,
    patron_id: PatronId,
    card_number: Annotated[Short, Form()] = "",
    from_sequence: Annotated[Tick, Form()] = "",
    cards_seen: Annotated[int | None, Form(ge=0)] = None,
) -> Response:
    """Give the patron another card number, typed or the next of the library's sequence."""
    desk, number = visit.room.desk(), card_number.strip()
    patron = patron_of(visit, desk, patron_id)
    if bool(number) == bool(from_sequence):
        problem = _TWO_NUMBERS if number else _NO_NUMBER
        return _ask(visit, patron_id, "desk_card.html", Errors(card_number=visit.say(problem)))
    try:
        kind = change_card(desk, librarian(visit), patron, number or None, cards_seen=cards_seen)
    except DeskError as error:
        return _ask(visit, patron_id, "desk_card.html", in_words(visit, error))
    return visit.go_to("desk", "patrons", patron_id, done=kind)


@router.post("/desk/patrons/{patron_id}/block")
def ask_block(
    visit: Librarian, patron_id: PatronId, card_number: Annotated[Short, Form()]
) -> Response:
    """Ask once more before a card of the patron is blocked; its number is in no address."""
    desk = visit.room.desk()
    seen = see_patron(desk, librarian(visit), patron_of(visit, desk, patron_id))
    in_force = {card.card_number for card in seen.record.cards if card.status == "active"}
    if card_number not in in_force:
        raise no_such_card()
    return visit.render(
        "confirm.html",
        title=visit.say("Block a card"),
        text=visit.say(
            "Card %(number)s will open nothing, and its number will not be sent any more. "
            "The patron can get it back as another card.",
            number=card_number,
        ),
        action=visit.url("desk", "patrons", patron_id, "block", "yes"),
        submit=visit.say("Block the card"),
        cancel=visit.url("desk", "patrons", patron_id),
        kept={"card_number": card_number},
        kind="danger",
    )


@router.post("/desk/patrons/{patron_id}/block/yes")
def block(visit: Librarian, patron_id: PatronId, card_number: Annotated[Short, Form()]) -> Response:
    """Block a card of the patron."""
    desk = visit.room.desk()
    block_card(desk, librarian(visit), patron_of(visit, desk, patron_id), card_number)
    return visit.go_to("desk", "patrons", patron_id, done="blocked")


@router.get("/desk/patrons/{patron_id}/name")
def ask_name(visit: Librarian, patron_id: PatronId) -> Response:
    """Ask for the right name; the one that is there is not shown."""
    return _ask(visit, patron_id, "desk_name.html")


@router.post("/desk/patrons/{patron_id}/name")
def correct_name(
    visit: Librarian,
    patron_id: PatronId,
    surname: Annotated[Name, Form()] = "",
    first_name: Annotated[Name, Form()] = "",
) -> Response:
    """Correct the name of the patron."""
    desk = visit.room.desk()
    patron = patron_of(visit, desk, patron_id)
    name = PersonName(surname.strip(), first_name.strip())
    try:
        change_name(desk, librarian(visit), patron, name)
    except DeskError as error:
        return _ask(visit, patron_id, "desk_name.html", in_words(visit, error))
    return visit.go_to("desk", "patrons", patron_id, done="name")


@router.get("/desk/patrons/{patron_id}/guardian")
def ask_guardian(visit: Librarian, patron_id: PatronId) -> Response:
    """Ask who answers for the patron."""
    return _ask(visit, patron_id, "desk_guardian.html")


@router.post("/desk/patrons/{patron_id}/guardian")
def name_guardian(
    visit: Librarian,
    patron_id: PatronId,
    guardian_id: Annotated[Short, Form()] = "",
    guardian_name: Annotated[Name, Form()] = "",
    guardian_email: Annotated[Name, Form()] = "",
    guardian_phone: Annotated[Short, Form()] = "",
) -> Response:
    """Name another guardian of the patron, or the first one."""
    desk = visit.room.desk()
    patron = patron_of(visit, desk, patron_id)
    contact = {"email": guardian_email.strip(), "mobilePhoneNumber": guardian_phone.strip()}
    told = {key: value for key, value in contact.items() if value}
    try:
        guardian = Guardian(guardian_id, guardian_name.strip(), told)
        change_guardian(desk, librarian(visit), patron, guardian)
    except DeskError as error:
        return _ask(visit, patron_id, "desk_guardian.html", in_words(visit, error))
    return visit.go_to("desk", "patrons", patron_id, done="guardian")


@router.get("/desk/patrons/{patron_id}/delete")
def ask_deletion(visit: Librarian, patron_id: PatronId) -> Response:
    """Tell what goes and what stays."""
    return _ask(visit, patron_id, "desk_delete.html")


@router.post("/desk/patrons/{patron_id}/delete")
def delete(visit: Librarian, patron_id: PatronId) -> Response:
    """Delete the patron here; the next push removes the relation."""
    desk = visit.room.desk()
    try:
        delete_patron(desk, librarian(visit), patron_of(visit, desk, patron_id))
    except DeskError:
        deletion = look_at_deletion(desk, patron_id)  # sent twice, by a double click
        if deletion is None or not visit.visitor.serves(deletion.patron.library):
            raise
    if look_at_deletion(desk, patron_id) is None:
        return visit.go_to("desk", done="deleted")
    return visit.go_to("desk", "patrons", patron_id)


def _ask(visit: Visit, patron_id: int, template: str, errors: Errors | None = None) -> Response:
    """Show a form about one patron, with what was wrong with it."""
    desk = visit.room.desk()
    patron = patron_of(visit, desk, patron_id)
    seen = see_patron(desk, librarian(visit), patron)
    return visit.render(
        template,
        status=400 if errors else 200,
        patron=patron,
        library=desk.library(patron.library),
        seen=seen,
        keeps_loans=any(
            one.consent_type == HISTORY_CONSENT and one.withdrawn_at is None
            for one in seen.record.consents
        ),
        errors=errors or Errors(),
        words=desk_words,
    )
