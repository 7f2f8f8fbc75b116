"""Fields that a record lacks, as in a release that does not know them, or where nothing is set."""

from __future__ import annotations

import pytest

from registry_operators.clients.ils_messages import IlsQuery
from stand_ins.admin_call import AdminCallError
from tests.library_systems import SYSTEMS
from tests.unit.clients.ils_stub import read

FIELDS = {
    "koha": "email",
    "alma": "campus_code",
    "sierra": "emails",
    "symphony by search": "address1",
    "symphony by keys": "address1",
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_field_that_is_absent_is_in_all_other_records(name: str) -> None:
    system, field = SYSTEMS[name], FIELDS[name]
    with system.serve(5) as running:
        first = running.admin.patrons()[0]
        running.admin.patch(first["id"], absent=[field])
        client = system.client(running.api, **system.small)
        records = read(client, IlsQuery(frozenset({field})))

    lacking = [one for one in records if field not in one]
    assert (len(records), len(lacking)) == (5, 1)
    assert system.record_id(first) in {str(value) for value in lacking[0].values()}


@pytest.mark.parametrize("name", ["koha", "alma", "sierra", "symphony by search"])
def test_a_value_puts_an_absent_field_back(name: str) -> None:
    system, field = SYSTEMS[name], FIELDS[name]
    with system.serve(2) as running:
        first = running.admin.patrons()[0]["id"]
        running.admin.patch(first, absent=[field])
        running.admin.patch(first, raw={field: None})
        records = read(system.client(running.api), IlsQuery(frozenset({field})))

    assert all(field in one for one in records)


@pytest.mark.parametrize("absent", ["email", ["shoe_size"]])
def test_what_is_no_list_of_fields_is_refused(absent: object) -> None:
    with SYSTEMS["koha"].serve(2) as running, pytest.raises(AdminCallError, match="400"):
        running.admin.patch(1, absent=absent)
