"""What is asked for when a patron is to be created, checked before anybody else is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from registry_operators.desk.desk import Caller, Desk, check_pin
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.domain.card_number import may_be_shared
from registry_operators.domain.creation import Actor, CreationCase
from registry_operators.domain.keys import person_key
from registry_operators.domain.national_id import NationalId, parse_national_id
from registry_operators.domain.person_name import PersonName
from registry_operators.domain.pin import Pin

_CARD_NUMBER = re.compile(r"[0-9A-Za-z-]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True, repr=False)
class Guardian:
    """
    Who answers for a child.

    :param national_id: As it was typed.
    :param contact: E-mail, phone and address, kept as they are.
    """

    national_id: str
    name: str
    contact: Mapping[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class NewPatron:
    """
    What is asked for.

    :param library: Agency code, seven digits.
    :param national_id: As it was typed; ``None`` where a librarian creates somebody without.
    :param name: ``None`` where nobody said one: the registry may know it.
    :param card_number: ``None`` takes the registry's or the next of the sequence.
    :param pin: ``None`` takes the registry's or one that the library hands out.
    :param settings: What the CMS API hands out again.
    :param block: Code and date.
    :param ticket: 64 random hex digits of this one request, where it may come twice: whoever has no
        national id is then created once all the same.
    """

    library: str
    national_id: str | None
    name: PersonName | None = None
    card_number: str | None = None
    pin: str | None = None
    has_consent: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    address: Mapping[str, Any] | None = None
    block: tuple[str, date] | None = None
    guardian: Guardian | None = None
    ticket: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class CheckedPatron:
    """A request whose values have the right form, and the case that it is."""

    request: NewPatron
    case: CreationCase
    national_id: NationalId | None
    person_key: bytes | None
    pin: Pin | None
    guardian_key: bytes | None = None


def check_new_patron(desk: Desk, caller: Caller, request: NewPatron) -> CheckedPatron:
    """
    Return the request with its values read.

    Spec: N3.2, N3.3.

    :raises DeskError: One of the values is wrong; the field is named, its value is not.
    """
    library = desk.library(request.library)
    national_id = _national_id(request.national_id, "personIdentifier")
    if national_id is None and caller.actor is Actor.SELF_SERVICE:
        raise invalid_national_id("personIdentifier")
    card_number = request.card_number
    if card_number is not None:
        check_card_number(card_number)
    if caller.actor is Actor.LIBRARIAN or request.name is not None:
        check_name(request.name)
    series = desk.config.national_series
    case = CreationCase(
        caller.actor,
        has_consent=request.has_consent and library.enabled and national_id is not None,
        has_card=card_number is not None,
        has_pin=request.pin is not None,
        syncs_card=library.synchronise.card_number,
        syncs_pin=library.synchronise.pin,
        is_local_card=card_number is not None and not may_be_shared(card_number, series),
    )
    return CheckedPatron(
        request,
        case,
        national_id,
        None if national_id is None else person_key(national_id, desk.secrets.keys),
        None if request.pin is None else check_pin(library, request.pin),
        _guardian_key(desk, request, national_id),
    )


def _guardian_key(desk: Desk, request: NewPatron, child: NationalId | None) -> bytes | None:
    if request.guardian is None:
        return None
    guardian = _national_id(request.guardian.national_id, "guardian.personIdentifier")
    if guardian is None:
        raise invalid_national_id("guardian.personIdentifier")
    if guardian == child:
        raise guardian_is_child()
    if not request.guardian.name.strip():
        raise nameless_guardian()
    return person_key(guardian, desk.secrets.keys)


def _national_id(text: str | None, name: str) -> NationalId | None:
    if text is None:
        return None
    national_id = parse_national_id(text.strip())
    if national_id is None:
        raise invalid_national_id(name)
    return national_id


def check_name(name: PersonName | None) -> None:
    """
    Refuse a name without a surname.

    :raises DeskError: There is none, or it is blank.
    """
    if name is None or not name.surname.strip():
        raise DeskError(Refusal.NAME_MISSING, "a patron needs a surname", "surname")


def check_card_number(text: str) -> None:
    """
    Refuse what has not the form of a card number.

    :raises DeskError: It has other characters, or too many.
    """
    if not _CARD_NUMBER.fullmatch(text):
        raise DeskError(
            Refusal.INVALID_CARD_NUMBER,
            "a card number has 1 to 20 letters, digits or hyphens",
            "cardNumber",
        )


def invalid_national_id(name: str) -> DeskError:
    """Return the answer to a national id that is none; ``name`` is the field."""
    return DeskError(
        Refusal.INVALID_NATIONAL_ID,
        "a national id has 11 digits (birth number, D-number) or 12 (DUF number) with right "
        "check digits; correct it",
        name,
    )


def guardian_is_child() -> DeskError:
    """Return the answer to a guardian who is the child."""
    return DeskError(
        Refusal.GUARDIAN_IS_CHILD,
        "guardian and child are the same person; give the guardian's own national id",
        "guardian.personIdentifier",
    )


def nameless_guardian() -> DeskError:
    """Return the answer to a guardian without a name."""
    return DeskError(Refusal.NAME_MISSING, "a guardian needs a name", "guardian.name")
