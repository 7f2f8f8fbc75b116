"""Children and their guardians."""

from __future__ import annotations

from typing import Any

import pytest

from registry_operators.desk.desk import Desk
from tests.cms.conftest import SETTINGS, Site
from tests.factories import a_national_id

GUARDIAN: dict[str, Any] = {
    "name": "Kari Nordmann", "personIdentifier": a_national_id(50), "email": "kari@example.org",
    "phoneNumber": "passed over",
}  # fmt: skip


def add_child(site: Site, index: int = 0, **changes: Any) -> Any:
    body = {
        "name": "Ola Nordmann", "personId": a_national_id(index), "guardian": GUARDIAN,
        "preferredPickupBranch": "NO-2030000", "pincode": "4071",
    }  # fmt: skip
    return site.call("POST", "/withGuardian/v4", json=body | changes)


def test_a_child_is_answered_with_its_bare_number(site: Site, db) -> None:
    address = {"street": "Storgata 1", "postalCode": "0001", "city": "Fjordby", "country": "NO"}
    answer = add_child(site, address=address, phoneNumbers=[
        {"phoneNumber": "00000000", "receiveNotification": True}
    ])  # fmt: skip

    assert (answer.status_code, answer.text) == (200, "1")
    told = site.call("GET", "/person/1/v4").json()
    assert told["name"] == "Ola Nordmann"
    assert told["address"] == address | {
        "coName": None, "district": None, "subDistrict": None,
    }  # fmt: skip
    assert told["phoneNumbers"] == [{"phoneNumber": "00000000", "receiveNotification": True}]
    assert db.execute("select name from cicero.guardian").fetchone() == ("Kari Nordmann",)


def test_a_name_that_nobody_knows_stays_open(site: Site) -> None:
    add_child(site, name="Unknown Name")

    assert site.call("GET", "/1/v4").json()["patron"]["name"] is None


def test_a_child_is_not_its_own_guardian(site: Site) -> None:
    answer = add_child(site, 50)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "GUARDIAN_IS_CHILD")
    assert answer.json()["validationErrors"][0]["field"] == "guardian.personIdentifier"


def test_a_wrong_number_of_the_child_is_named_as_in_the_request(site: Site) -> None:
    answer = add_child(site, personId="12345678901")

    assert answer.json()["errorCode"] == "INVALID_NATIONAL_ID"
    assert answer.json()["validationErrors"][0]["field"] == "personId"


@pytest.mark.parametrize("email", ["", "kari", "kari@", "@example.org", "a b@example.org", None])
def test_the_guardians_mail_must_be_one(site: Site, email) -> None:
    answer = add_child(site, guardian=GUARDIAN | {"email": email})

    assert answer.status_code == 400
    assert answer.json()["validationErrors"][0]["field"] == "guardian.email"


def test_a_guardian_sees_and_changes_the_visible_children(site: Site) -> None:
    add_child(site, 0)
    add_child(site, 1)
    settings = SETTINGS | {"guardianVisibility": False}
    site.call("PUT", "/2/v8", json={"patron": settings})

    seen = site.call("POST", "/guardian/v2", content=a_national_id(50))
    change = {"guardianPersonId": a_national_id(50), "patron": SETTINGS | {"interests": ["hest"]}}
    changed = site.call("PUT", "/1/guardian/v2", json=change)
    hidden = site.call("PUT", "/2/guardian/v2", json=change)

    assert [one["patron"]["patronId"] for one in seen.json()] == [1]
    assert changed.json()["patron"]["interests"] == ["hest"]
    assert (hidden.status_code, hidden.json()["errorCode"]) == (403, "GUARDIAN_MAY_NOT_SEE")
    assert site.call("PUT", "/9/guardian/v2", json=change).status_code == 403


def test_who_is_nobodys_guardian_sees_nobody(site: Site, other_site: Site) -> None:
    add_child(site)

    assert site.call("POST", "/guardian/v2", content=a_national_id(51)).status_code == 404
    assert other_site.call("POST", "/guardian/v2", content=a_national_id(50)).status_code == 404
    assert site.call("POST", "/guardian/v2", content="12345678901").status_code == 400


def test_another_guardian_takes_the_place(site: Site) -> None:
    add_child(site)
    other = GUARDIAN | {"personIdentifier": a_national_id(51), "name": "Per Nordmann"}

    for named in ({"patronId": 1}, {"personId": a_national_id(0)}):
        answer = site.call("PUT", "/withGuardian/v2", json={"guardian": other, **named})
        assert (answer.status_code, answer.text) == (200, "1")

    assert site.call("POST", "/guardian/v2", content=a_national_id(50)).status_code == 404
    assert site.call("POST", "/guardian/v2", content=a_national_id(51)).status_code == 200


def test_a_guardian_is_changed_of_patrons_who_are_there(site: Site, other_site: Site) -> None:
    add_child(site)
    own = GUARDIAN | {"personIdentifier": a_national_id(0)}

    for asking, named, guardian, status in (
        (site, {}, GUARDIAN, 404),
        (site, {"patronId": 9}, GUARDIAN, 404),
        (site, {"personId": "nonsense"}, GUARDIAN, 404),
        (other_site, {"patronId": 1}, GUARDIAN, 404),
        (site, {"patronId": 1}, own, 400),
        (site, {"patronId": 1}, GUARDIAN | {"personIdentifier": "1"}, 400),
    ):
        answer = asking.call("PUT", "/withGuardian/v2", json={"guardian": guardian, **named})
        assert answer.status_code == status


def test_a_library_may_switch_guardians_off(site: Site, desk: Desk, monkeypatch) -> None:
    add_child(site)
    offer = desk.config.libraries["2030000"].self_service
    monkeypatch.setitem(offer.__dict__, "guardian_visibility", False)
    key = "/rest/external/v1/NO-2030000/configuration/loaner.guardianVisibility.enabled"

    assert site.http.get(key, headers=site.headers).json() == "false"
    assert site.call("POST", "/guardian/v2", content=a_national_id(50)).status_code == 403
