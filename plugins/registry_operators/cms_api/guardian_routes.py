"""Children and those who answer for them (spec N3.8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from registry_operators.cms_api.authentication import whom
from registry_operators.cms_api.errors import ProblemError
from registry_operators.cms_api.models_in import (
    PatronWithGuardianRequestV4,
    UpdateByGuardianRequestV2,
    UpdateGuardianRequestV2,
)
from registry_operators.cms_api.models_out import AuthenticatedPatronV10
from registry_operators.cms_api.patron_requests import carry_out_update, guardian_of, new_child
from registry_operators.cms_api.routing import (
    BARE_TEXT,
    BareText,
    Here,
    PatronId,
    Visit,
    refusals,
    session_router,
)
from registry_operators.cms_api.views import PatronView, patron_v9, read_view
from registry_operators.desk.create_patron import create_patron
from registry_operators.desk.desk import PatronRef, no_such_patron
from registry_operators.desk.guardians import change_guardian, list_children
from registry_operators.desk.refusals import DeskError

router = session_router("Guardian")
_PATRONS = "/external/{agencyid}/patrons"


@router.post(f"{_PATRONS}/withGuardian/v4", responses=refusals(409))
def create_child(here: Here, wanted: PatronWithGuardianRequestV4) -> int:
    """Create a child with a guardian and answer with its number; no mail is sent."""
    with _as_person_id():
        return create_patron(here.desk, here.caller, new_child(here, wanted)).patron.patron_id


@router.put(f"{_PATRONS}/withGuardian/v2")
def update_guardian(here: Here, wanted: UpdateGuardianRequestV2) -> int:
    """Name another guardian, or the first one."""
    if wanted.patron_id is not None:
        child: PatronRef | None = here.patron(wanted.patron_id)
    else:
        child = whom(here.desk, here.library, wanted.person_id) if wanted.person_id else None
    if child is None:
        raise no_such_patron()
    change_guardian(here.desk, here.caller, child, guardian_of(wanted.guardian))
    return child.patron_id


@router.post(f"{_PATRONS}/guardian/v2", openapi_extra=BARE_TEXT)
def children(here: Here, guardian_id: BareText) -> list[AuthenticatedPatronV10]:
    """List the children of a guardian who may see them; 404 if there are none."""
    _refuse_if_switched_off(here)
    views = _visible_children(here, guardian_id)
    if not views:
        raise no_such_patron()
    return [_told(view) for view in views]


@router.put(f"{_PATRONS}/{{patronid:patron}}/guardian/v2")
def update_by_guardian(
    here: Here, patron_id: PatronId, wanted: UpdateByGuardianRequestV2
) -> AuthenticatedPatronV10:
    """Change a child's settings or PIN for its guardian."""
    _refuse_if_switched_off(here)
    visible = _visible_children(here, wanted.guardian_person_id)
    if patron_id not in {view.row.patron_id for view in visible}:
        raise _hidden()
    carry_out_update(here, patron_id, wanted)
    return _told(read_view(here.desk, here.patron(patron_id)))


def _visible_children(here: Visit, guardian_id: str) -> list[PatronView]:
    found = list_children(here.desk, here.library, guardian_id)
    views = [read_view(here.desk, patron) for patron in found]
    return [view for view in views if view.settings.get("guardianVisibility")]


def _refuse_if_switched_off(here: Visit) -> None:
    if not here.desk.library(here.library).self_service.guardian_visibility:
        raise _hidden()


def _hidden() -> ProblemError:
    return ProblemError(
        403, "GUARDIAN_MAY_NOT_SEE", "the guardian may not see this child, or none of the library's"
    )


def _told(view: PatronView) -> AuthenticatedPatronV10:
    return AuthenticatedPatronV10(authenticate_status="VALID", patron=patron_v9(view))


@contextmanager
def _as_person_id() -> Iterator[None]:
    """Name the child's national id as this one request does."""
    try:
        yield
    except DeskError as error:
        if error.field == "personIdentifier":
            error.field = "personId"
        raise
