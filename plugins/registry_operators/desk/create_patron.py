"""Create a patron: look up, decide by the scenarios, write all or nothing (spec N3.2, N3.3)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from registry_operators.desk.cards import give_card, take_next_number
from registry_operators.desk.desk import (
    SYNC_CONSENT,
    Caller,
    Desk,
    PatronRef,
    audit,
    write_pin,
)
from registry_operators.desk.look_up_person import (
    FoundPerson,
    look_up_person,
    patron_exists,
    refuse_known,
    settled,
)
from registry_operators.desk.new_patron import CheckedPatron, NewPatron, check_new_patron
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.domain.creation import (
    Actor,
    Creation,
    Queue,
    ValueSource,
    decide_creation,
)
from registry_operators.domain.keys import drawn_pin
from registry_operators.domain.person_name import UNKNOWN_NAME, PersonName
from registry_operators.domain.pin import Pin
from registry_operators.ledger.database import Ledger

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


def create_patron(desk: Desk, caller: Caller, request: NewPatron) -> CreatedPatron:
    """
    Create a patron with consent, card, PIN and what the next push is to do, in one transaction.

    The registry is asked before the transaction begins, so that no row waits for a network.

    Spec: N2.4, N2.5, N3.1 to N3.5.

    :raises DeskError: Nothing was created; the error says which rule and which field.
    """
    checked, found, creation = _decide(desk, caller, request)
    if not creation.is_created:
        raise DeskError(
            Refusal.REGISTRY_UNREACHABLE,
            "the national registry does not answer just now; nothing was created, try again later",
        )
    with desk.open_ledger() as ledger, ledger.transaction():
        return _write(desk, ledger, caller, checked, found, creation)


def foresee(desk: Desk, caller: Caller, request: NewPatron) -> Creation:
    """Return what :func:`create_patron` would decide now; the registry is asked all the same."""
    return _decide(desk, caller, request)[-1]


def _decide(
    desk: Desk, caller: Caller, request: NewPatron
) -> tuple[CheckedPatron, FoundPerson, Creation]:
    checked = check_new_patron(desk, caller, request)
    refuse_known(desk, checked)
    found = look_up_person(desk, checked)
    return (
        checked,
        found,
        settled(decide_creation(checked.case, found.look_up), checked.case, found),
    )


def _write(
    desk: Desk,
    ledger: Ledger,
    caller: Caller,
    checked: CheckedPatron,
    found: FoundPerson,
    creation: Creation,
) -> CreatedPatron:
    request = checked.request
    pin_key = checked.person_key or os.urandom(32)
    patron = _add_patron(ledger, caller, checked, found, pin_key)
    _add_detail(ledger, patron, checked, found)
    if request.has_consent:
        ledger.run(
            "desk/give_consent", patron_id=patron.patron_id, consent_type=SYNC_CONSENT,
            given_by=caller.role, given_through=caller.door,
        )  # fmt: skip
    pin, is_drawn = _pin(desk, checked, found, creation, pin_key)
    write_pin(
        ledger, desk.secrets, patron.patron_id, pin_key, pin,
        origin=_PIN_ORIGINS.get(creation.pin_source, caller.role),
        must_change=creation.must_change_pin,
    )  # fmt: skip
    number, origin = _number(desk, ledger, caller, checked, found, creation)
    kind = give_card(ledger, desk.config, patron, number, origin)
    if creation.queue is not Queue.NONE:
        ledger.run("desk/queue_patron", **patron._asdict(), reason=creation.queue)
    audit(ledger, caller, "create_patron", patron, checked.person_key, reason=creation.rule)
    return CreatedPatron(patron, creation, number, kind, pin if is_drawn else None)


def _add_patron(
    ledger: Ledger, caller: Caller, checked: CheckedPatron, found: FoundPerson, pin_key: bytes
) -> PatronRef:
    request, national_id = checked.request, checked.national_id
    name, origin = _name(caller, request, found)
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


def _add_detail(
    ledger: Ledger, patron: PatronRef, checked: CheckedPatron, found: FoundPerson
) -> None:
    request = checked.request
    reason, since = request.block or (None, None)
    ledger.run(
        "desk/add_detail",
        patron_id=patron.patron_id,
        born_on=found.born_on,
        address=None if request.address is None else json.dumps(request.address),
        settings=json.dumps(request.settings),
        blocked_reason=reason,
        blocked_since=since,
    )
    if request.guardian is not None:
        ledger.run(
            "desk/add_guardian",
            patron_id=patron.patron_id,
            person_key=checked.guardian_key,
            name=request.guardian.name,
            contact=json.dumps(request.guardian.contact),
        )


def _pin(
    desk: Desk, checked: CheckedPatron, found: FoundPerson, creation: Creation, pin_key: bytes
) -> tuple[Pin, bool]:
    """Return the PIN, and whether it was drawn for this patron and must be told."""
    given = checked.pin if creation.pin_source is ValueSource.GIVEN else found.pin
    if creation.pin_source is not ValueSource.DEFAULT and given is not None:
        return given, False
    for_all = desk.library(checked.request.library).pin_for_all
    if for_all is not None:
        return for_all, False
    return drawn_pin(pin_key, desk.secrets.keys, os.urandom(16)), True


def _number(
    desk: Desk,
    ledger: Ledger,
    caller: Caller,
    checked: CheckedPatron,
    found: FoundPerson,
    creation: Creation,
) -> tuple[str, str]:
    """Return the card number and its origin, taken last so that the sequence waits for nobody."""
    match creation.card_source:
        case ValueSource.GIVEN if checked.request.card_number is not None:
            return checked.request.card_number, caller.role.replace("patron", "cms_api")
        case ValueSource.REGISTRY if found.card_number is not None:
            return found.card_number, "registry"
        case _:
            return take_next_number(ledger, desk.config, checked.request.library), "sequence"
