"""Create, read, change and delete patrons (spec N3.2, N3.7, N3.8)."""

from __future__ import annotations

from registry_operators.cms_api.models_in import (
    CreatePatronRequestV7,
    CreatePatronRequestV8,
    UpdatePatronRequestV6,
)
from registry_operators.cms_api.models_out import (
    AuthenticatedPatronV8,
    AuthenticatedPatronV10,
    PersonPatronV4,
)
from registry_operators.cms_api.patron_requests import carry_out_update, new_patron
from registry_operators.cms_api.routing import Here, PatronId, Visit, refusals, session_router
from registry_operators.cms_api.views import patron_v7, patron_v9, person_v4, read_view
from registry_operators.desk.create_patron import create_patron
from registry_operators.desk.desk import read_patron
from registry_operators.desk.new_patron import NewPatron
from registry_operators.desk.patron_deeds import delete_patron

router = session_router("Patron")
_PATRONS = "/external/{agencyid}/patrons"


@router.post(f"{_PATRONS}/v10", responses=refusals(409))
def create_v10(here: Here, wanted: CreatePatronRequestV8) -> AuthenticatedPatronV10:
    """Create a patron; without a PIN, the registry's is taken or the library hands one out."""
    return _create(here, new_patron(here, wanted))


@router.post(f"{_PATRONS}/v9", responses=refusals(409))
def create_v9(here: Here, wanted: CreatePatronRequestV7) -> AuthenticatedPatronV10:
    """Create a patron with a PIN, without consent to synchronise."""
    return _create(here, new_patron(here, wanted))


@router.get(f"{_PATRONS}/{{patronid:patron}}/v4")
def get_patron(here: Here, patron_id: PatronId) -> AuthenticatedPatronV8:
    """Read a patron."""
    view = read_view(here.desk, here.patron(patron_id))
    return AuthenticatedPatronV8(authenticate_status="VALID", patron=patron_v7(view))


@router.get(f"{_PATRONS}/person/{{patronid:patron}}/v4")
def get_person(here: Here, patron_id: PatronId) -> PersonPatronV4:
    """Read a patron with all contact points."""
    return person_v4(read_view(here.desk, here.patron(patron_id)))


@router.put(f"{_PATRONS}/{{patronid:patron}}/v8", status_code=204)
def update_patron(here: Here, patron_id: PatronId, wanted: UpdatePatronRequestV6) -> None:
    """Replace the patron's settings, change the PIN, or both; with neither nothing is changed."""
    with here.desk.open_ledger() as ledger:
        read_patron(ledger, here.patron(patron_id))
    carry_out_update(here, patron_id, wanted)


@router.delete(f"{_PATRONS}/{{patronid:patron}}", status_code=204)
def delete(here: Here, patron_id: PatronId) -> None:
    """Delete a patron; the relation in the national registry is removed by the next push."""
    delete_patron(here.desk, here.caller, here.patron(patron_id))


def _create(here: Visit, wanted: NewPatron) -> AuthenticatedPatronV10:
    created = create_patron(here.desk, here.caller, wanted)
    view = read_view(here.desk, created.patron)
    return AuthenticatedPatronV10(authenticate_status="VALID", patron=patron_v9(view))
