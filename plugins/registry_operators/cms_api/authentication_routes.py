"""Find out who a patron is, with a PIN or without (spec N3.8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body

from registry_operators.cms_api.authentication import Verdict, authenticate, whom
from registry_operators.cms_api.models_in import AuthenticationRequest
from registry_operators.cms_api.models_out import PatronAuthenticationResponse
from registry_operators.cms_api.routing import BARE_TEXT, BareText, Here, session_router
from registry_operators.cms_api.wire import PatronNumber
from registry_operators.desk.desk import read_patron
from registry_operators.desk.refusals import DeskError

router = session_router("Authentication")
_PATRONS = "/external/{agencyid}/patrons"


@router.post(f"{_PATRONS}/authenticate/v10")
@router.post(f"{_PATRONS}/authenticate/v9")
def authenticate_patron(here: Here, wanted: AuthenticationRequest) -> PatronAuthenticationResponse:
    """Compare card and PIN; an unknown card and a wrong PIN are both 200 with INVALID."""
    return _told(authenticate(here.desk, here.library, wanted.library_card_number, wanted.pincode))


@router.post(f"{_PATRONS}/preauthenticated/v10", openapi_extra=BARE_TEXT)
def preauthenticated(here: Here, identifier: BareText) -> PatronAuthenticationResponse:
    """Find a patron by national id or card, whom the client has authenticated by other means."""
    patron = whom(here.desk, here.library, identifier)
    return _told(Verdict("INVALID") if patron is None else Verdict("VALID", patron.patron_id))


@router.post(f"{_PATRONS}/preauthenticated/patronId/v4")
def preauthenticated_patron_id(
    here: Here, patron_id: Annotated[PatronNumber, Body(strict=True)]
) -> PatronAuthenticationResponse:
    """Say whether there is a patron of this number."""
    with here.desk.open_ledger() as ledger:
        try:
            read_patron(ledger, here.patron(patron_id))
        except DeskError:
            return _told(Verdict("INVALID"))
    return _told(Verdict("VALID", patron_id))


def _told(verdict: Verdict) -> PatronAuthenticationResponse:
    return PatronAuthenticationResponse(
        authenticate_status=verdict.status,
        patron_id=verdict.patron_id,
        patron_type=None if verdict.patron_id is None else "PERSON",
    )
