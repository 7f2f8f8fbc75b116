"""What the registry knows of a person who is to become a patron (spec N3.2, N3.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from registry_operators.clients.registry_messages import RegistryPatron
from registry_operators.desk.desk import Desk
from registry_operators.desk.new_patron import CheckedPatron
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.domain.card_number import has_national_form
from registry_operators.domain.creation import Creation, CreationCase, LookUp, ValueSource
from registry_operators.domain.person_name import PersonName, parse_registry_name
from registry_operators.domain.pin import Pin
from registry_operators.domain.reasons import Reason
from registry_operators.errors import UnavailableError


@dataclass(frozen=True, slots=True, repr=False)
class FoundPerson:
    """The registry's answer, and the values of it that can be used; nothing if nobody asked."""

    look_up: LookUp | None = None
    card_number: str | None = None
    pin: Pin | None = None
    name: PersonName | None = None
    born_on: date | None = None


def refuse_known(desk: Desk, checked: CheckedPatron) -> None:
    """
    Refuse whom the registry must not be asked about: a patron already, without consent perhaps.

    :raises DeskError: The library has the person.
    """
    if checked.national_id is None or not checked.case.needs_look_up:
        return
    with desk.open_ledger() as ledger:
        known = ledger.rows(
            "desk/find_patrons",
            library=checked.request.library,
            person_key=checked.person_key,
            national_id=checked.national_id.digits,
            card_number=None,
        )
    if known:
        raise patron_exists()


def look_up_person(desk: Desk, checked: CheckedPatron) -> FoundPerson:
    """
    Ask the registry about who is to be created, where a value is missing that it may have.

    :raises DeskError: Its answer cannot be used.
    """
    if checked.national_id is None or not checked.case.needs_look_up:
        return FoundPerson()
    try:
        told = desk.look_up.ask(checked.request.library, checked.national_id.digits)
    except UnavailableError:
        return FoundPerson(LookUp.UNREACHABLE)
    if told is None:
        return FoundPerson(LookUp.NOT_FOUND)
    if isinstance(told, Reason):
        raise DeskError(
            Refusal.AMBIGUOUS_PERSON,
            "the registry has several records for this national id, or one of somebody else; "
            "nothing was created, ask the registry to clear it up",
            "personIdentifier",
        )
    return FoundPerson(
        LookUp.FOUND,
        # Anything else is as if there were none, and would not go into Cicero as national.
        told.card_number if has_national_form(told.card_number) else None,
        _registry_pin(desk, checked.case, told),
        parse_registry_name(told.name),
        _birth_date(told.born_on),
    )


def _registry_pin(desk: Desk, case: CreationCase, told: RegistryPatron) -> Pin | None:
    if not told.encrypted_pin or case.has_pin or not case.syncs_pin:
        return None
    pin = desk.secrets.cipher.decrypt(told.encrypted_pin)
    if pin is None:
        raise DeskError(
            Refusal.PIN_UNREADABLE,
            "the registry's PIN of this person cannot be read; nothing was created, give a PIN",
            "pincode",
        )
    return pin


def _birth_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def settled(creation: Creation, case: CreationCase, found: FoundPerson) -> Creation:
    """Return the decision with what the registry lacks taken from here: empty is not fetched."""
    if creation.card_source is ValueSource.REGISTRY and found.card_number is None:
        creation = replace(creation, card_source=ValueSource.SEQUENCE)
    if creation.pin_source is ValueSource.REGISTRY and found.pin is None:
        creation = replace(creation, pin_source=ValueSource.DEFAULT)
    return creation


def patron_exists() -> DeskError:
    """Return the answer to a second creation of a person."""
    return DeskError(
        Refusal.PATRON_EXISTS,
        "the library has a patron with this national id already; use that one",
        "personIdentifier",
    )
