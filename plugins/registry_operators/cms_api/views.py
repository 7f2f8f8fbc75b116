"""Rows of patrons, consents and cards as the API tells them (spec N3.8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from registry_operators.cms_api.models_out import (
    AddressV2,
    AddressV3Told,
    BlockStatus,
    ConsentV1,
    EmailAddressV2,
    InterestV1,
    LoanerIdentifierV1,
    PatronV7,
    PatronV8,
    PatronV9,
    PeriodTold,
    PersonPatronV4,
    PhoneNumberTold,
)
from registry_operators.cms_api.sessions import agency_isil
from registry_operators.desk.desk import HISTORY_CONSENT, Desk, PatronRef, read_patron
from registry_operators.domain.birth_date import birth_date
from registry_operators.domain.national_id import parse_national_id
from registry_operators.domain.person_name import UNKNOWN_NAME, PersonName

_INTEREST_DAYS = 180
_BLOCKS = {
    "O": "Stolen card",
    "U": "Exclusion",
    "F": "Extended exclusion",
    "S": "Blocked at a self-service machine",
    "W": "Created on the web",
    "E": "Debt limit",
    "D": "Deceased",
}
_SHOWN_CARDS = {"active": "ACTIVE", "blocked": "BLOCKED"}


class PatronView(NamedTuple):
    """What is read of a patron to tell of them."""

    row: Any
    consents: list[Any]

    @property
    def settings(self) -> dict[str, Any]:
        """What the patron has set."""
        settings: dict[str, Any] = self.row.settings
        return settings


def read_view(desk: Desk, patron: PatronRef) -> PatronView:
    """
    Read a patron and the consents in force.

    :raises DeskError: The library has no such patron.
    """
    with desk.open_ledger() as ledger:
        row = read_patron(ledger, patron)
        consents = ledger.rows("desk/list_consents", patron_id=patron.patron_id)
    return PatronView(row, [one for one in consents if one.withdrawn_at is None])


def patron_v7(view: PatronView) -> PatronV7:
    """Return a patron without consents."""
    return PatronV7(
        **_common(view),
        **_flat_contact(view.settings),
        address=AddressV2(**view.row.address) if view.row.address else None,
        interests=_named_interests(view.settings),
    )


def patron_v8(view: PatronView) -> PatronV8:
    """Return a patron with consents, and an address without district."""
    return PatronV8(
        **_common(view),
        **_flat_contact(view.settings),
        **_consents(view),
        address=AddressV2(**view.row.address) if view.row.address else None,
        interests=view.settings.get("interests") or [],
    )


def patron_v9(view: PatronView) -> PatronV9:
    """Return a patron with consents and the whole address."""
    return PatronV9(
        **_common(view),
        **_flat_contact(view.settings),
        **_consents(view),
        address=AddressV3Told(**view.row.address) if view.row.address else None,
        interests=view.settings.get("interests") or [],
    )


def person_v4(view: PatronView) -> PersonPatronV4:
    """Return a patron with all contact points."""
    emails = view.settings.get("emailAddresses") or []
    phones = view.settings.get("phoneNumbers") or []
    return PersonPatronV4(
        **_common(view),
        address=AddressV3Told(**view.row.address) if view.row.address else None,
        email_addresses=[EmailAddressV2(**one) for one in emails],
        phone_numbers=[PhoneNumberTold(**one) for one in phones],
        interests=_named_interests(view.settings),
    )


def given_consents(view: PatronView, zone: ZoneInfo) -> list[ConsentV1]:
    """Return the consents in force with the local day on which each was given."""
    return [
        ConsentV1(consent_type=one.consent_type, consent_date=_day(one.given_at, zone))
        for one in view.consents
    ]


def shown_cards(cards: list[Any]) -> list[LoanerIdentifierV1]:
    """Return the cards that are in force or blocked, not those that were replaced."""
    return [
        LoanerIdentifierV1(
            identifier=card.card_number,
            identifier_type="LIBRARY_CARD",
            status=_SHOWN_CARDS[card.status],
            description=f"{card.kind.capitalize()} card",
        )
        for card in cards
        if card.status in _SHOWN_CARDS
    ]


def _common(view: PatronView) -> dict[str, Any]:
    row, settings = view.row, view.settings
    on_hold = settings.get("onHold")
    name = PersonName(row.surname, row.first_name)
    return {
        "patron_id": row.patron_id,
        "name": None if row.name_origin == "unknown" and name == UNKNOWN_NAME else name.in_order,
        "birthday": _birthday(row),
        "preferred_pickup_branch": settings.get("preferredPickupBranch")
        or agency_isil(row.library),
        "preferred_language": settings.get("preferredLanguage"),
        "receive_postal_mail": bool(settings.get("receivePostalMail")),
        "guardian_visibility": bool(settings.get("guardianVisibility")),
        "notification_protocols": settings.get("notificationProtocols") or [],
        "on_hold": None if on_hold is None else PeriodTold(**on_hold),
        "block_status": _blocks(row),
        "default_interest_period": _INTEREST_DAYS,
    }


def _birthday(row: Any) -> str | None:
    if row.born_on is not None:
        return str(row.born_on)
    national_id = parse_national_id(row.national_id or "")
    born_on = None if national_id is None else birth_date(national_id)
    return None if born_on is None else str(born_on)


def _blocks(row: Any) -> list[BlockStatus] | None:
    if row.blocked_reason is None:
        return None
    return [
        BlockStatus(
            blocked_reason=row.blocked_reason,
            blocked_since=str(row.blocked_since),
            message=_BLOCKS.get(row.blocked_reason, "Other reason"),
        )
    ]


def _consents(view: PatronView) -> dict[str, Any]:
    return {
        "keep_loan_historical_data": any(
            one.consent_type == HISTORY_CONSENT for one in view.consents
        ),
        "has_national_registry_synchronization_consent": view.row.has_consent,
    }


def _flat_contact(settings: dict[str, Any]) -> dict[str, Any]:
    email, gets_email = _preferred(settings.get("emailAddresses") or [], "emailAddress")
    phone, gets_sms = _preferred(settings.get("phoneNumbers") or [], "phoneNumber")
    return {
        "email_address": email,
        "receive_email": gets_email,
        "phone_number": phone,
        "receive_sms": gets_sms,
    }


def _preferred(points: list[dict[str, Any]], field: str) -> tuple[str | None, bool]:
    """Return the contact point to which messages go, else the first, and whether they do."""
    for point in points:
        if point.get("receiveNotification"):
            return point[field], True
    return (points[0][field] if points else None), False


def _named_interests(settings: dict[str, Any]) -> list[InterestV1]:
    return [InterestV1(name=one, display_name=one) for one in settings.get("interests") or []]


def _day(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).date().isoformat()
