"""Give, withdraw and list consents (spec N3.1, N3.8)."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Body

from registry_operators.cms_api.models_in import UpdateConsentV1
from registry_operators.cms_api.models_out import AuthenticatedPatronV9, ConsentV1
from registry_operators.cms_api.routing import Here, PatronId, Visit, session_router
from registry_operators.cms_api.views import PatronView, given_consents, patron_v8, read_view
from registry_operators.desk.desk import HISTORY_CONSENT, SYNC_CONSENT
from registry_operators.desk.patron_deeds import give_consent, withdraw_consent

router = session_router("Consent")
_PATRON = "/external/{agencyid}/patrons/{patronid:patron}"
_BareFlag = Annotated[bool, Body(strict=True)]


@router.put(f"{_PATRON}/updateconsent/nationalregistry/v2")
def registry_consent_v2(
    here: Here, patron_id: PatronId, wanted: UpdateConsentV1
) -> list[ConsentV1]:
    """Give or withdraw consent to synchronise; withdrawn consent counts at once."""
    return _given(here, _change(here, patron_id, SYNC_CONSENT, wanted.consent))


@router.put(f"{_PATRON}/updateconsent/nationalregistry/v1")
def registry_consent_v1(
    here: Here, patron_id: PatronId, consent: _BareFlag
) -> AuthenticatedPatronV9:
    """Do the same with a bare `true` or `false`."""
    return _told(_change(here, patron_id, SYNC_CONSENT, consent))


@router.put(f"{_PATRON}/updateconsent/historicaldata/v2")
def history_consent_v2(here: Here, patron_id: PatronId, wanted: UpdateConsentV1) -> list[ConsentV1]:
    """Give or withdraw consent to keep past loans; this server keeps no loans."""
    return _given(here, _change(here, patron_id, HISTORY_CONSENT, wanted.consent))


@router.put(f"{_PATRON}/updateconsent/historicaldata/v1")
def history_consent_v1(
    here: Here, patron_id: PatronId, consent: _BareFlag
) -> AuthenticatedPatronV9:
    """Do the same with a bare `true` or `false`."""
    return _told(_change(here, patron_id, HISTORY_CONSENT, consent))


@router.get("/external/{agencyid}/patrons/consent/{patronid:patron}/v1")
def list_consents(here: Here, patron_id: PatronId) -> list[ConsentV1]:
    """List the consents in force."""
    return _given(here, read_view(here.desk, here.patron(patron_id)))


def _change(here: Visit, patron_id: int, consent_type: str, is_given: bool) -> PatronView:
    change = give_consent if is_given else withdraw_consent
    change(here.desk, here.caller, here.patron(patron_id), consent_type)
    return read_view(here.desk, here.patron(patron_id))


def _given(here: Visit, view: PatronView) -> list[ConsentV1]:
    return given_consents(view, ZoneInfo(here.desk.config.timezone))


def _told(view: PatronView) -> AuthenticatedPatronV9:
    return AuthenticatedPatronV9(authenticate_status="VALID", patron=patron_v8(view))
