"""What would come of a new patron and why, as the page tells it before anything is saved (N3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from registry_operators.desk.desk import Desk
from registry_operators.desk.new_patron import NewPatron
from registry_operators.domain.birth_date import birth_date
from registry_operators.domain.card_number import may_be_shared
from registry_operators.domain.creation import Creation, LookUp, Queue, Sending, ValueSource
from registry_operators.domain.national_id import parse_national_id
from registry_operators.settings.libraries import Library
from registry_operators.web.language import mark
from registry_operators.web.views.desk_words import (
    CARD_SOURCES,
    LOOK_UPS,
    SENDINGS,
    next_push,
    pin_source,
    why,
)

_CHILD_YEARS = 15


@dataclass(frozen=True, slots=True)
class Foretold:
    """
    What would be done, in words that are still to be translated.

    :param sends_card: When the card number is sent; ``None`` where nothing is done at all.
    :param rule: Row of the table of scenarios.
    """

    look_up: str
    card: str
    pin: str
    push: str
    sends_card: str | None
    sends_pin: str | None
    why: str
    rule: str
    warnings: tuple[str, ...]


def foretell(desk: Desk, request: NewPatron, creation: Creation, now: datetime) -> Foretold:
    """
    Return what would come of a request.

    :param now: The local moment, by which somebody is a child or not.
    """
    library = desk.library(request.library)
    is_queued = creation.queue is not Queue.NONE
    return Foretold(
        look_up=LOOK_UPS[creation.look_up],
        card=CARD_SOURCES[creation.card_source],
        pin=pin_source(creation, library),
        push=next_push(creation),
        sends_card=SENDINGS[creation.sends_card] if is_queued else None,
        sends_pin=SENDINGS[creation.sends_pin] if is_queued else None,
        why=why(creation),
        rule=creation.rule,
        warnings=tuple(_warnings(desk, request, creation, library, now.date())),
    )


def covered(request: NewPatron) -> str | None:
    """Return the national id with all but its last two digits covered."""
    national_id = parse_national_id(request.national_id or "")
    return None if national_id is None else f"{'·' * 9}{national_id.digits[-2:]}"


def _warnings(
    desk: Desk, request: NewPatron, creation: Creation, library: Library, today: date
) -> Iterator[str]:
    yield from _about_consent(request, library)
    if _is_local(desk, request):
        yield mark(
            "The card number is a local one: it is never sent, and no record is made with it."
        )
    if creation.look_up is LookUp.FOUND:
        yield from _lacking(creation, library, request)
    if creation.queue is Queue.LOOKUP_PENDING:
        yield mark("Print no card yet: number and PIN may change when the registry has answered.")
    if creation.sends_card is Sending.IF_DIFFERENT:
        yield mark("If the registry has another card number, the one that you typed replaces it.")
    if request.guardian is None and _is_child(request, today):
        yield mark(
            "The patron is under 15 and has no guardian here. Name one if the library asks for it."
        )


def _about_consent(request: NewPatron, library: Library) -> Iterator[str]:
    if not request.has_consent:
        yield mark("Without consent the patron gets no card number and no PIN from the registry.")
        return
    if not library.enabled:
        yield mark(
            "The library takes no part in the synchronisation; the consent is kept for later."
        )
    if request.national_id is None:
        yield mark(
            "Without a national id the consent has no effect: the registry knows people by it."
        )


def _lacking(creation: Creation, library: Library, request: NewPatron) -> Iterator[str]:
    """Tell what the registry could have had and has not."""
    if library.synchronise.card_number and creation.card_source is ValueSource.SEQUENCE:
        yield mark("The registry knows the person without a card number that can be used.")
    if library.synchronise.pin and request.pin is None and creation.must_change_pin:
        yield mark("The registry knows the person without a PIN.")


def _is_local(desk: Desk, request: NewPatron) -> bool:
    number = request.card_number
    return number is not None and not may_be_shared(number, desk.config.national_series)


def _is_child(request: NewPatron, today: date) -> bool:
    national_id = parse_national_id(request.national_id or "")
    born_on = None if national_id is None else birth_date(national_id)
    if born_on is None:
        return False
    has_had_birthday = (today.month, today.day) >= (born_on.month, born_on.day)
    return today.year - born_on.year - (0 if has_had_birthday else 1) < _CHILD_YEARS
