"""What a library offers its patrons, and whether the server is well (spec N3.8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from registry_operators.cms_api.errors import plain_problem
from registry_operators.cms_api.models_out import AgencyBranch, Health, NotificationProtocol
from registry_operators.cms_api.routing import Here, Visit, refusals, session_router
from registry_operators.settings.cms_api import SelfService

router = session_router("Library")
health_router = APIRouter(tags=["Server"], responses=refusals(405, 500, 503))
_GUARDIANS = "loaner.guardianVisibility.enabled"
_Key = Annotated[str, Path(max_length=200, examples=[_GUARDIANS])]
_BranchIds = Annotated[list[str], Query(description="Branches to leave out.")]


@router.get("/external/v1/{agencyid}/configuration/{key}")
def configuration(here: Here, key: _Key) -> str:
    """Read a setting; there is one, `loaner.guardianVisibility.enabled`."""
    if key != _GUARDIANS:
        raise plain_problem(404)
    return "true" if _offer(here).guardian_visibility else "false"


@router.get("/external/v1/{agencyid}/branches")
def branches(here: Here, exclude: _BranchIds = []) -> list[AgencyBranch]:  # noqa: B006  FastAPI copies
    """List the library's branches; empty if none are configured."""
    return [
        AgencyBranch(branch_id=one.id, title=one.title)
        for one in _offer(here).branches
        if one.id not in exclude
    ]


@router.get("/external/{agencyid}/patrons/languages/v1")
def languages(here: Here) -> list[str]:
    """List the languages that a patron may prefer."""
    return _offer(here).languages


@router.get("/external/{agencyid}/patrons/notificationprotocols/v1")
def notification_protocols(here: Here) -> list[NotificationProtocol]:
    """List the ways, besides SMS and e-mail, by which a patron may be told something."""
    return [
        NotificationProtocol(name=one, display_name=one)
        for one in _offer(here).notification_protocols
    ]


@health_router.get("/health")
def health(request: Request) -> Health:
    """Say whether server and database are there; needs no session."""
    with request.app.state.desk.open_ledger() as ledger:
        ledger.rows("cms/check_health")
    return Health()


def _offer(here: Visit) -> SelfService:
    return here.desk.library(here.library).self_service
