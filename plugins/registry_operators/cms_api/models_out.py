"""What clients are told, by the names of Cicero's External API; every key is always there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from registry_operators.cms_api.wire import Told

AuthenticateStatus = Literal["VALID", "INVALID", "LOANER_LOCKED_OUT"]


class LoginResponse(Told):
    """The key of the session, for the header ``X-Session``."""

    session_key: str


class PatronAuthenticationResponse(Told):
    """Whether somebody is who they say, and who that is; null unless VALID."""

    authenticate_status: AuthenticateStatus
    patron_id: int | None = None
    patron_type: Literal["PERSON"] | None = None


class AddressV2(Told):
    """A postal address."""

    street: str | None = None
    co_name: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None


class AddressV3Told(AddressV2):
    """A postal address with its district."""

    district: str | None = None
    sub_district: str | None = None


class PeriodTold(Told):
    """From and to as YYYY-MM-DD; null without an end."""

    from_: str | None = Field(None, alias="from")
    to: str | None = None


class BlockStatus(Told):
    """Why and since when a patron is blocked."""

    blocked_reason: str
    blocked_since: str
    message: str


class InterestV1(Told):
    """An interest and its name to show."""

    name: str
    display_name: str


class EmailAddressV2(Told):
    """An e-mail address; nobody verifies any here."""

    email_address: str
    receive_notification: bool
    verified: bool = False


class PhoneNumberTold(Told):
    """A telephone number."""

    phone_number: str
    receive_notification: bool


class _Patron(Told):
    """What all variants have in common."""

    patron_id: int
    name: str | None
    birthday: str | None
    preferred_pickup_branch: str
    preferred_language: str | None
    receive_postal_mail: bool
    guardian_visibility: bool
    notification_protocols: list[str]
    on_hold: PeriodTold | None
    block_status: list[BlockStatus] | None
    allow_bookings: bool | None = None
    default_interest_period: int
    tags: list[str] = Field(default_factory=list)
    resident: bool = False


class _FlatContact(_Patron):
    """One address and one number, as older variants have them."""

    email_address: str | None
    phone_number: str | None
    receive_email: bool
    receive_sms: bool


class PatronV7(_FlatContact):
    """A patron, as the newest GET tells."""

    address: AddressV2 | None
    secondary_address: AddressV2 | None = None
    interests: list[InterestV1]


class PatronV8(_FlatContact):
    """A patron with what was consented to."""

    address: AddressV2 | None
    secondary_address: AddressV2 | None = None
    interests: list[str]
    keep_loan_historical_data: bool | None
    has_national_registry_synchronization_consent: bool


class PatronV9(PatronV8):
    """The same with districts in the address."""

    address: AddressV3Told | None
    secondary_address: AddressV3Told | None = None


class PersonPatronV4(_Patron):
    """A patron with all contact points."""

    address: AddressV3Told | None
    secondary_address: AddressV3Told | None = None
    email_addresses: list[EmailAddressV2]
    phone_numbers: list[PhoneNumberTold]
    interests: list[InterestV1]
    patron_note: str | None = None


class AuthenticatedPatronV8(Told):
    """A patron who is there."""

    authenticate_status: AuthenticateStatus
    patron: PatronV7 | None


class AuthenticatedPatronV9(Told):
    """A patron who is there, with consents."""

    authenticate_status: AuthenticateStatus
    patron: PatronV8 | None


class AuthenticatedPatronV10(Told):
    """A patron who is there, with consents and districts."""

    authenticate_status: AuthenticateStatus
    patron: PatronV9 | None


class ConsentV1(Told):
    """A consent in force, and the day on which it was given."""

    consent_type: str
    consent_date: str


class LoanerIdentifierV1(Told):
    """A card; none expires here."""

    identifier: str
    identifier_type: str
    status: str
    description: str | None
    expiry_date: str | None = None


class AgencyBranch(Told):
    """A branch of the library."""

    branch_id: str
    title: str


class NotificationProtocol(Told):
    """A way of telling a patron something."""

    name: str
    display_name: str


class Health(Told):
    """That server and database are there."""

    status: Literal["UP"] = "UP"
