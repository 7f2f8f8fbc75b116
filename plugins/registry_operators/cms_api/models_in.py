"""What clients send, by the names of Cicero's External API."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from registry_operators.cms_api.wire import (
    Asked,
    BranchId,
    EmailText,
    EmptyText,
    IsoDate,
    NumberOrText,
    OptionalDate,
    PatronNumber,
    PhoneText,
    ShortText,
    Text,
)

_Language = Annotated[str, Field(pattern=r"^([A-Za-z]{2,3}([-_][A-Za-z]{2,4})?)?$")]


class LoginRequest(Asked):
    """User name and password of a CMS user."""

    username: Text
    password: Annotated[str, Field(min_length=1, max_length=1024)]


class Period(Asked):
    """From and to, each without an end if it is missing or empty."""

    from_: OptionalDate = Field(None, alias="from")
    to: OptionalDate = None

    @model_validator(mode="after")
    def _runs_forward(self) -> Period:
        if self.from_ and self.to and self.to < self.from_:
            raise ValueError("to must not be before from")
        return self


class EmailAddressV1(Asked):
    """An e-mail address, and whether messages go to it."""

    email_address: EmailText
    receive_notification: bool


class PhoneNumberV1(Asked):
    """A telephone number, and whether messages go to it."""

    phone_number: PhoneText
    receive_notification: bool


_Emails = Annotated[list[EmailAddressV1], Field(max_length=20)]
_Phones = Annotated[list[PhoneNumberV1], Field(max_length=20)]


class AddressV3(Asked):
    """A postal address; the street with its number."""

    street: EmptyText | None = None
    co_name: EmptyText | None = None
    postal_code: EmptyText | None = None
    city: EmptyText | None = None
    country: EmptyText | None = None
    district: EmptyText | None = None
    sub_district: EmptyText | None = None


class PatronSettingsV6(Asked):
    """What a patron sets; the whole of it is replaced, and a list that is missing is emptied."""

    preferred_pickup_branch: BranchId
    guardian_visibility: bool
    receive_postal_mail: bool
    preferred_language: _Language | None = None
    notification_protocols: Annotated[list[ShortText], Field(max_length=20)] | None = None
    email_addresses: _Emails | None = None
    phone_numbers: _Phones | None = None
    on_hold: Period | None = None
    interests: Annotated[list[Text], Field(max_length=100)] | None = None

    def document(self) -> dict[str, Any]:
        """Return the settings as they are kept, with one address and one number preferred."""
        kept = self.model_dump(by_alias=True)
        kept["preferredLanguage"] = kept["preferredLanguage"] or None
        for name in ("notificationProtocols", "interests"):
            kept[name] = kept[name] or []
        for name in ("emailAddresses", "phoneNumbers"):
            kept[name] = one_preferred(kept[name] or [])
        return kept


def one_preferred(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return contact points of which the first preferred one alone is preferred."""
    preferred = next((point for point in points if point["receiveNotification"]), None)
    return [{**point, "receiveNotification": point is preferred} for point in points]


class BlockStatusRequest(Asked):
    """Why and since when a new patron is blocked."""

    blocked_reason: Literal["O", "F", "U", "S", "W", "E", "D"]
    blocked_since: IsoDate


class CreatePatronRequestV8(Asked):
    """A new patron; name and card number come from elsewhere."""

    person_identifier: ShortText
    patron: PatronSettingsV6
    pincode: NumberOrText | None = None
    national_registry_consent: bool | None = None
    block_status_request: BlockStatusRequest | None = None


class CreatePatronRequestV7(Asked):
    """The same before consent: with a PIN."""

    person_identifier: ShortText
    patron: PatronSettingsV6
    pincode: NumberOrText
    block_status_request: BlockStatusRequest | None = None


class GuardianV2(Asked):
    """Who answers for a child."""

    name: Text
    person_identifier: ShortText
    email: EmailText
    mobile_phone_number: PhoneText | None = None
    address: AddressV3 | None = None


class PatronWithGuardianRequestV4(Asked):
    """A child and the guardian."""

    name: Text
    person_id: ShortText
    preferred_pickup_branch: BranchId
    guardian: GuardianV2
    pincode: NumberOrText | None = None
    national_registry_consent: bool | None = None
    email_addresses: _Emails | None = None
    phone_numbers: _Phones | None = None
    address: AddressV3 | None = None
    block_status_request: BlockStatusRequest | None = None


class UpdateGuardianRequestV2(Asked):
    """Another guardian for a child, who is named by number or, without one, by national id."""

    guardian: GuardianV2
    patron_id: PatronNumber | None = None
    person_id: ShortText | None = None


class AuthenticationRequest(Asked):
    """A card, or the national id used as one, and the PIN."""

    library_card_number: NumberOrText
    pincode: NumberOrText


class PincodeChange(Asked):
    """The new PIN, and the card that it is for."""

    library_card_number: NumberOrText
    pincode: NumberOrText


class UpdatePatronRequestV6(Asked):
    """Other settings, another PIN, or both."""

    patron: PatronSettingsV6 | None = None
    pincode_change: PincodeChange | None = None


class UpdateByGuardianRequestV2(UpdatePatronRequestV6):
    """The same, asked for by the guardian."""

    guardian_person_id: ShortText


class UpdateConsentV1(Asked):
    """Whether the patron consents from now on."""

    consent: bool


class BlockIdentifierV1(Asked):
    """The card to block."""

    identifier: NumberOrText
