"""Create a patron: look up, decide by the scenarios, write all or nothing (spec N3.2, N3.3)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from registry_operators.desk.cards import give_card, take_next_number
from registry_operators.desk.decided_patron import (
    DecidedPatron,
    decide_patron,
    refuse_undecided,
)
from registry_operators.desk.desk import (
    SYNC_CONSENT,
    Caller,
    Desk,
    PatronRef,
    audit,
    write_pin,
)
from registry_operators.desk.look_up_person import FoundPerson, patron_exists
from registry_operators.desk.new_patron import NewPatron
from registry_operators.domain.creation import Actor, Creation, Queue, ValueSource
from registry_operators.domain.keys import drawn_pin
from registry_operators.domain.person_name import UNKNOWN_NAME, PersonName
from registry_operators.domain.pin import Pin
from registry_operators.ledger.database import Ledger

_KEY_SIZE = 32
_PIN_ORIGINS = {ValueSource.REGISTRY: "registry", ValueSource.DEFAULT: "default"}


@dataclass(frozen=True, slots=True, repr=False)
class CreatedPatron:
    """
    What came of it.

    :param rule: Row of the specification's table that decided.
    :param card_kind: ``national`` or ``local``.
    :param pin_to_tell: The PIN that was drawn for the patron, told this once; else ``None``.
    """

    patron: PatronRef
    creation: Creation
    card_number: str
    card_kind: str
    pin_to_tell: Pin | None


def create_patron(
    desk: Desk, caller: Caller, request: NewPatron, *, agreed: Creation | None = None
) -> CreatedPatron:
    """
    Create a patron with consent, card, PIN and what the next push is to do, in one transaction.

    The registry is asked before the transaction begins, so that no row waits for a network.

    Spec: N2.4, N2.5, N3.1 to N3.5.

    :param agreed: What somebody was told would be decided; where it is not so, nothing is done.
    :raises DeskError: Nothing was created; the error says which rule and which field.
    """
    decided = decide_patron(desk, caller, request)
    refuse_undecided(decided.creation, agreed)
    with desk.open_ledger() as ledger, ledger.transaction():
        return write_patron(desk, ledger, caller, decided)


def foresee(desk: Desk, caller: Caller, request: NewPatron) -> Creation:
    """Return what :func:`create_patron` would decide now; the registry is asked all the same."""
    return decide_patron(desk, caller, request, is_trial=True).creation


def write_patron(
    desk: Desk, ledger: Ledger, caller: Caller, decided: DecidedPatron
) -> CreatedPatron:
    """
    Write what was decided, in the caller's transaction.

    :raises DeskError: The library has the person, the card is somebody else's, or the sequence is
        used up; the transaction must not commit.
    """
    checked, creation = decided.checked, decided.creation
    request = checked.request
    pin_key = checked.person_key or _own_key(ledger, request)
    patron = _add_patron(ledger, caller, decided, pin_key)
    _add_detail(ledger, patron, decided)
    if request.has_consent:
        ledger.run(
            "desk/give_consent", patron_id=patron.patron_id, consent_type=SYNC_CONSENT,
            given_by=caller.role, given_through=caller.door,
        )  # fmt: skip
    pin, is_drawn = _pin(desk, decided, pin_key)
    write_pin(
        ledger, desk.secrets, patron.patron_id, pin_key, pin,
        origin=_PIN_ORIGINS.get(creation.pin_source, caller.role),
        must_change=creation.must_change_pin,
    )  # fmt: skip
    number, origin = _number(desk, ledger, caller, decided)
    kind = give_card(ledger, desk.config, patron, number, origin)
    if creation.queue is not Queue.NONE:
        ledger.run("desk/queue_patron", **patron._asdict(), reason=creation.queue)
    audit(ledger, caller, "create_patron", patron, checked.person_key, reason=creation.rule)
    return CreatedPatron(patron, creation, number, kind, pin if is_drawn else None)


def _own_key(ledger: Ledger, request: NewPatron) -> bytes:
    """
    Return the key for the PIN of a patron without a national id.

    It is the ticket of the request, so that the same one is known when it comes again, even at the
    same moment. With a national id the table itself refuses a second patron.
    """
    if request.ticket is None:
        return os.urandom(_KEY_SIZE)
    key = bytes.fromhex(request.ticket)
    ledger.rows("desk/lock_ticket", ticket=request.ticket)
    if ledger.rows("desk/find_ticket", library=request.library, pin_key=key):
        raise patron_exists()
    return key


def _add_patron(
    ledger: Ledger, caller: Caller, decided: DecidedPatron, pin_key: bytes
) -> PatronRef:
    checked = decided.checked
    request, national_id = checked.request, checked.national_id
    name, origin = _name(caller, request, decided.found)
    rows = ledger.rows(
        "desk/add_patron",
        library=request.library,
        national_id=None if national_id is None else national_id.digits,
        person_key=checked.person_key,
        pin_key=None if national_id is not None else pin_key,
        surname=name.surname,
        first_name=name.first_name,
        name_origin=origin,
        created_by=caller.actor,
    )
    if not rows:
        raise patron_exists()
    return PatronRef(request.library, rows[0].patron_id)


def _name(caller: Caller, request: NewPatron, found: FoundPerson) -> tuple[PersonName, str]:
    """Return the name and who said it: the librarian, else the registry, else the guardian."""
    if caller.actor is Actor.LIBRARIAN and request.name is not None:
        return request.name, "librarian"
    if found.name is not None:
        return found.name, "registry"
    if request.name is not None:
        return request.name, "guardian"
    return UNKNOWN_NAME, "unknown"


def _add_detail(ledger: Ledger, patron: PatronRef, decided: DecidedPatron) -> None:
    request = decided.checked.request
    reason, since = request.block or (None, None)
    ledger.run(
        "desk/add_detail",
        patron_id=patron.patron_id,
        born_on=decided.found.born_on,
        address=None if request.address is None else json.dumps(request.address),
        settings=json.dumps(request.settings),
        blocked_reason=reason,
        blocked_since=since,
    )
    if request.guardian is not None:
        ledger.run(
            "desk/add_guardian",
            patron_id=patron.patron_id,
            person_key=decided.checked.guardian_key,
            name=request.guardian.name,
            contact=json.dumps(request.guardian.contact),
        )


def _pin(desk: Desk, decided: DecidedPatron, pin_key: bytes) -> tuple[Pin, bool]:
    """Return the PIN, and whether it was drawn for this patron and must be told."""
    source, checked = decided.creation.pin_source, decided.checked
    given = checked.pin if source is ValueSource.GIVEN else decided.found.pin
    if source is not ValueSource.DEFAULT and given is not None:
        return given, False
    for_all = desk.library(checked.request.library).pin_for_all
    if for_all is not None:
        return for_all, False
    return drawn_pin(pin_key, desk.secrets.keys, os.urandom(16)), True


def _number(desk: Desk, ledger: Ledger, caller: Caller, decided: DecidedPatron) -> tuple[str, str]:
    """Return the card number and its origin, taken last so that the sequence waits for nobody."""
    request, found = decided.checked.request, decided.found
    match decided.creation.card_source:
        case ValueSource.GIVEN if request.card_number is not None:
            return request.card_number, caller.role.replace("patron", "cms_api")
        case ValueSource.REGISTRY if found.card_number is not None:
            return found.card_number, "registry"
        case _:
            return take_next_number(ledger, desk.config, request.library), "sequence"
