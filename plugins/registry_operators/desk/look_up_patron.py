"""Ask the registry what it knows of a patron, because a librarian wants to know (N3.1, X9)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from registry_operators.clients.registry_messages import RegistryPatron
from registry_operators.desk.desk import Caller, Desk, PatronRef, audit, read_patron
from registry_operators.domain.keys import person_key, pin_fingerprint
from registry_operators.domain.national_id import NationalId, parse_national_id
from registry_operators.domain.person_name import PersonName, parse_registry_name
from registry_operators.domain.reasons import Reason
from registry_operators.domain.why import masked
from registry_operators.errors import UnavailableError


class RegistrySays(StrEnum):
    """What came of the question, or why it was not put."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    SILENT = "silent"
    NO_CONSENT = "no_consent"
    NO_NATIONAL_ID = "no_national_id"
    NO_PART = "no_part"


@dataclass(frozen=True, slots=True)
class LookedUp:
    """
    The registry's answer beside what Cicero has.

    :param card_number: The registry's, partly covered where it is not the patron's own.
    :param has_same_card: Cicero has it as the national card in force.
    :param has_pin: The registry has a PIN.
    :param has_same_pin: It is the patron's; ``None`` where there is none to compare, or it cannot
        be read.
    :param has_same_name: ``None`` where the registry tells none.
    """

    says: RegistrySays
    card_number: str | None = None
    has_same_card: bool = False
    has_pin: bool = False
    has_same_pin: bool | None = None
    has_same_name: bool | None = None


def look_up_patron(desk: Desk, caller: Caller, patron: PatronRef) -> LookedUp:
    """
    Ask the registry about a patron who consents, as the patron's library, for some seconds.

    An event says who asks about whom before the question is put. Nothing is changed.

    Spec: N3.1, X9.

    :raises DeskError: The library has no such patron.
    """
    with desk.open_ledger() as ledger:
        row = read_patron(ledger, patron)
        national_id = parse_national_id(row.national_id or "")
        if not desk.library(patron.library).enabled:
            return LookedUp(RegistrySays.NO_PART)
        if not row.has_consent:
            return LookedUp(RegistrySays.NO_CONSENT)
        if national_id is None:
            return LookedUp(RegistrySays.NO_NATIONAL_ID)
        key = row.person_key or person_key(national_id, desk.secrets.keys)
        audit(ledger, caller, "ask", patron, key)
        cards = ledger.rows("desk/list_cards", patron_id=patron.patron_id)
    numbers = {one.card_number for one in cards if (one.kind, one.status) == ("national", "active")}
    return _answer(desk, patron, national_id, row, numbers)


def _answer(
    desk: Desk, patron: PatronRef, national_id: NationalId, row: Any, numbers: set[str]
) -> LookedUp:
    try:
        told = desk.look_up.ask(patron.library, national_id.digits)
    except UnavailableError:
        return LookedUp(RegistrySays.SILENT)
    if told is None:
        return LookedUp(RegistrySays.UNKNOWN)
    if isinstance(told, Reason):
        return LookedUp(RegistrySays.AMBIGUOUS)
    is_same = told.card_number in numbers
    own = told.card_number if is_same else None
    return LookedUp(
        RegistrySays.KNOWN,
        card_number=masked(told.card_number, own) if told.card_number else None,
        has_same_card=is_same,
        has_pin=bool(told.encrypted_pin),
        has_same_pin=_has_same_pin(desk, row, told),
        has_same_name=_has_same_name(row, told),
    )


def _has_same_pin(desk: Desk, row: Any, told: RegistryPatron) -> bool | None:
    pin = desk.secrets.cipher.decrypt(told.encrypted_pin) if told.encrypted_pin else None
    if pin is None or not row.has_pin or row.pin_key is None:
        return None
    theirs = pin_fingerprint(bytes(row.pin_key), pin, desk.secrets.keys)
    return hmac.compare_digest(theirs, bytes(row.pin_fingerprint))


def _has_same_name(row: Any, told: RegistryPatron) -> bool | None:
    name = parse_registry_name(told.name)
    return None if name is None else name == PersonName(row.surname, row.first_name)
