"""What the desk may see of a patron: no national id, no PIN (spec N3.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from registry_operators.desk.desk import Caller, Desk, PatronRef, audit, read_patron
from registry_operators.domain.person_name import PersonName
from registry_operators.ledger.database import Ledger


@dataclass(frozen=True, slots=True, repr=False)
class CardSeen:
    """
    A card number of a patron.

    :param kind: ``national`` or ``local``.
    :param status: ``active``, ``replaced`` or ``blocked``.
    :param origin: ``librarian``, ``cms_api``, ``sequence`` or ``registry``.
    """

    card_number: str
    kind: str
    status: str
    origin: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ConsentSeen:
    """
    A consent from when it was given until it was withdrawn.

    :param given_through: ``desk`` or ``cms_api``; ``None`` for those from before doors were noted.
    """

    consent_type: str
    given_at: datetime
    given_by: str
    given_through: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_through: str | None


@dataclass(frozen=True, slots=True)
class PinSeen:
    """That there is a PIN; never which."""

    must_change: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class PatronRecord:
    """A patron without national id and PIN."""

    patron: PatronRef
    name: PersonName
    name_origin: str
    created_by: str
    created_at: datetime
    has_national_id: bool
    guardian_name: str | None
    cards: tuple[CardSeen, ...]
    consents: tuple[ConsentSeen, ...]
    pin: PinSeen | None
    blocked_reason: str | None
    blocked_since: date | None


def read_record(ledger: Ledger, patron: PatronRef, row: Any) -> PatronRecord:
    """
    Return what the desk may see of a patron.

    :param row: Of ``desk/read_patron``.
    """
    cards = ledger.rows("desk/list_cards", patron_id=patron.patron_id)
    return PatronRecord(
        patron=patron,
        name=PersonName(row.surname, row.first_name),
        name_origin=row.name_origin,
        created_by=row.created_by,
        created_at=row.created_at,
        has_national_id=row.has_national_id,
        guardian_name=row.guardian_name,
        cards=tuple(CardSeen(**card._asdict()) for card in cards),
        consents=_consents(ledger, patron),
        pin=PinSeen(row.must_change, row.pin_changed_at) if row.has_pin else None,
        blocked_reason=row.blocked_reason,
        blocked_since=row.blocked_since,
    )


def list_consents(desk: Desk, caller: Caller, patron: PatronRef) -> tuple[ConsentSeen, ...]:
    """
    Return a patron's consents, in force and withdrawn, the oldest first.

    :raises DeskError: The library has no such patron.
    """
    with desk.open_ledger() as ledger:
        row = read_patron(ledger, patron)
        consents = _consents(ledger, patron)
        note_look(ledger, caller, patron, row.person_key)
    return consents


def note_look(ledger: Ledger, caller: Caller, patron: PatronRef, person_key: bytes | None) -> None:
    """Write down who looks at whom, before anything of it is shown (X9)."""
    audit(ledger, caller, "show_patron", patron, person_key)


def _consents(ledger: Ledger, patron: PatronRef) -> tuple[ConsentSeen, ...]:
    rows = ledger.rows("desk/list_consents", patron_id=patron.patron_id)
    return tuple(ConsentSeen(**row._asdict()) for row in rows)
