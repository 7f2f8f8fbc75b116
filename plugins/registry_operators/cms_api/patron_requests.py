"""What clients ask for, as the desk takes it (spec N3.2, N3.8)."""

from __future__ import annotations

from datetime import date
from typing import Any

from registry_operators.cms_api.errors import ProblemError
from registry_operators.cms_api.models_in import (
    AddressV3,
    BlockStatusRequest,
    CreatePatronRequestV7,
    CreatePatronRequestV8,
    GuardianV2,
    PatronWithGuardianRequestV4,
    UpdatePatronRequestV6,
    one_preferred,
)
from registry_operators.cms_api.routing import Visit
from registry_operators.desk.new_patron import Guardian, NewPatron
from registry_operators.desk.patron_deeds import change_pin, keep_settings
from registry_operators.domain.person_name import parse_spoken_name

_NO_NAME = "unknown name"
"""What clients write who expect the name from the population register."""


def new_patron(here: Visit, wanted: CreatePatronRequestV7 | CreatePatronRequestV8) -> NewPatron:
    """
    Return the patron whom a client asks for.

    :raises ProblemError: The library has no such branch.
    """
    check_branch(here, wanted.patron.preferred_pickup_branch, "patron.preferredPickupBranch")
    consents = isinstance(wanted, CreatePatronRequestV8) and wanted.national_registry_consent
    return NewPatron(
        here.library,
        wanted.person_identifier,
        pin=wanted.pincode,
        has_consent=bool(consents),
        settings=wanted.patron.document(),
        block=_block(wanted.block_status_request),
    )


def new_child(here: Visit, wanted: PatronWithGuardianRequestV4) -> NewPatron:
    """
    Return the child whom a client asks for.

    :raises ProblemError: The library has no such branch.
    """
    check_branch(here, wanted.preferred_pickup_branch, "preferredPickupBranch")
    is_named = wanted.name.strip().lower() != _NO_NAME
    return NewPatron(
        here.library,
        wanted.person_id,
        name=parse_spoken_name(wanted.name) if is_named else None,
        pin=wanted.pincode,
        has_consent=bool(wanted.national_registry_consent),
        settings={
            "preferredPickupBranch": wanted.preferred_pickup_branch,
            "guardianVisibility": True,
            "receivePostalMail": False,
            "emailAddresses": one_preferred(
                [one.model_dump(by_alias=True) for one in wanted.email_addresses or []]
            ),
            "phoneNumbers": one_preferred(
                [one.model_dump(by_alias=True) for one in wanted.phone_numbers or []]
            ),
        },
        address=_address(wanted.address),
        block=_block(wanted.block_status_request),
        guardian=guardian_of(wanted.guardian),
    )


def guardian_of(wanted: GuardianV2) -> Guardian:
    """Return the guardian whom a client names."""
    contact = {
        "email": wanted.email,
        "mobilePhoneNumber": wanted.mobile_phone_number,
        "address": _address(wanted.address),
    }
    return Guardian(wanted.person_identifier, wanted.name, contact)


def carry_out_update(here: Visit, patron_id: int, wanted: UpdatePatronRequestV6) -> None:
    """
    Change PIN and settings, whichever was asked for; the PIN first, because it may be refused.

    :raises ProblemError: The library has no such branch; nothing was changed.
    :raises DeskError: There is no such patron, or the PIN is refused; nothing was changed.
    """
    patron = here.patron(patron_id)
    if wanted.patron is not None:
        branch = wanted.patron.preferred_pickup_branch
        check_branch(here, branch, "patron.preferredPickupBranch")
    if wanted.pincode_change is not None:
        change = wanted.pincode_change
        change_pin(here.desk, here.caller, patron, change.pincode, change.library_card_number)
    if wanted.patron is not None:
        keep_settings(here.desk, here.caller, patron, wanted.patron.document())


def check_branch(here: Visit, branch: str, field: str) -> None:
    """
    Let only branches pass that the library has, if it has told any.

    :raises ProblemError: It has others.
    """
    known = {one.id for one in here.desk.library(here.library).self_service.branches}
    if known and branch not in known:
        message = "the library has no such branch; GET branches lists those it has"
        raise ProblemError(400, "INVALID_BRANCH", message, fields=[(field, message)])


def _block(wanted: BlockStatusRequest | None) -> tuple[str, date] | None:
    if wanted is None:
        return None
    return wanted.blocked_reason, date.fromisoformat(wanted.blocked_since)


def _address(wanted: AddressV3 | None) -> dict[str, Any] | None:
    return None if wanted is None else wanted.model_dump(by_alias=True)
