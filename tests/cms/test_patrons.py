"""Creating, reading, changing and deleting patrons, as a library's web site does it."""

from __future__ import annotations

import pytest

from tests.cms.conftest import SETTINGS, Site
from tests.factories import DEFAULT_PIN, LIBRARY, a_card_number, a_national_id
from tests.unit.steps.fake_registry import FakeRegistry


def test_a_new_patron_is_told_whole(site: Site) -> None:
    answer = site.create(
        0, pincode="4071", patron=SETTINGS | {
            "preferredLanguage": "nn", "interests": ["krim"],
            "emailAddresses": [
                {"emailAddress": "first@example.org", "receiveNotification": False},
                {"emailAddress": "second@example.org", "receiveNotification": True},
            ],
            "phoneNumbers": [{"phoneNumber": "+4700000000", "receiveNotification": True}],
            "onHold": {"from": "2026-01-01", "to": ""},
        },
        blockStatusRequest={"blockedReason": "W", "blockedSince": "2026-01-31"},
    )  # fmt: skip

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert told["authenticateStatus"] == "VALID"
    patron = told["patron"]
    assert patron.pop("birthday").count("-") == 2
    assert patron == {
        "patronId": 1, "name": None, "address": None, "secondaryAddress": None,
        "preferredPickupBranch": "NO-2030000", "preferredLanguage": "nn",
        "emailAddress": "second@example.org", "receiveEmail": True,
        "phoneNumber": "+4700000000", "receiveSms": True, "receivePostalMail": False,
        "guardianVisibility": True, "notificationProtocols": [],
        "onHold": {"from": "2026-01-01", "to": None},
        "blockStatus": [
            {"blockedReason": "W", "blockedSince": "2026-01-31", "message": "Created on the web"}
        ],
        "allowBookings": None, "defaultInterestPeriod": 180, "interests": ["krim"], "tags": [],
        "resident": False, "keepLoanHistoricalData": False,
        "hasNationalRegistrySynchronizationConsent": False,
    }  # fmt: skip


def test_a_patron_without_a_pin_gets_the_librarys(site: Site) -> None:
    patron_id = site.created(0, pincode=None)

    assert site.authenticate(site.card(patron_id), DEFAULT_PIN)["authenticateStatus"] == "VALID"


def test_card_pin_and_relation_come_from_the_registry(
    site: Site, registry: FakeRegistry, db
) -> None:
    registry.add(0, pin="8642")

    patron_id = site.created(0, pincode=None, nationalRegistryConsent=True)

    assert site.card(patron_id) == a_card_number(0)
    assert site.authenticate(a_card_number(0), "8642")["patronId"] == patron_id
    waiting = db.execute("select flow, reason from patron_sync.pending").fetchall()
    assert waiting == [("push", "ADD_RELATION")]
    assert site.call("GET", f"/consent/{patron_id}/v1").json() != []


def test_a_silent_registry_means_later_and_nobody_is_created(
    site: Site, registry: FakeRegistry, db
) -> None:
    registry.away_libraries.add(LIBRARY)

    answer = site.create(0, nationalRegistryConsent=True)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert answer.json()["errorCode"] == "REGISTRY_UNREACHABLE"
    assert db.execute("select count(*) from cicero.patron").fetchone() == (0,)


def test_v9_wants_a_pin_and_knows_no_consent(site: Site) -> None:
    body = {"personIdentifier": a_national_id(0), "patron": SETTINGS}

    without = site.call("POST", "/v9", json=body)
    created = site.call(
        "POST", "/v9", json=body | {"pincode": 4071, "nationalRegistryConsent": True}
    )

    assert (without.status_code, without.json()["validationErrors"][0]["field"]) == (400, "pincode")
    patron = created.json()["patron"]
    assert patron["hasNationalRegistrySynchronizationConsent"] is False


def test_the_same_person_is_created_once(site: Site, other_site: Site) -> None:
    site.created(0)

    again, elsewhere = (
        site.create(0),
        other_site.create(0, patron=SETTINGS | {"preferredPickupBranch": "NO-2040000"}),
    )

    assert (again.status_code, again.json()["errorCode"]) == (409, "CPR_NUMBER_EXISTS")
    assert elsewhere.status_code == 200


def test_the_newest_get_is_flat_and_without_consents(site: Site) -> None:
    patron_id = site.created(0, patron=SETTINGS | {"interests": ["krim"]})

    told = site.call("GET", f"/{patron_id}/v4").json()

    assert told["authenticateStatus"] == "VALID"
    assert told["patron"]["interests"] == [{"name": "krim", "displayName": "krim"}]
    assert told["patron"]["emailAddress"] is None
    assert {"hasNationalRegistrySynchronizationConsent", "keepLoanHistoricalData"}.isdisjoint(
        told["patron"]
    )


def test_the_typed_get_lists_all_contact_points(site: Site) -> None:
    points = [{"emailAddress": f"a{n}@example.org", "receiveNotification": True} for n in range(3)]
    patron_id = site.created(0, patron=SETTINGS | {"emailAddresses": points})

    told = site.call("GET", f"/person/{patron_id}/v4").json()

    assert [one["receiveNotification"] for one in told["emailAddresses"]] == [True, False, False]
    assert told["emailAddresses"][0]["verified"] is False
    assert (told["phoneNumbers"], told["patronNote"]) == ([], None)
    assert {"emailAddress", "receiveEmail"}.isdisjoint(told)


def test_settings_are_replaced_as_a_whole(site: Site) -> None:
    patron_id = site.created(0, patron=SETTINGS | {
        "emailAddresses": [{"emailAddress": "a@example.org", "receiveNotification": True}],
        "onHold": {"from": "2026-01-01"}, "notificationProtocols": ["DIGITAL_POST"],
    })  # fmt: skip
    changed = SETTINGS | {"preferredPickupBranch": "NO-2030001", "phoneNumbers": []}

    answer = site.call("PUT", f"/{patron_id}/v8", json={"patron": changed})

    assert (answer.status_code, answer.content) == (204, b"")
    patron = site.call("GET", f"/{patron_id}/v4").json()["patron"]
    assert patron["preferredPickupBranch"] == "NO-2030001"
    assert (patron["emailAddress"], patron["receiveEmail"]) == (None, False)
    assert (patron["onHold"], patron["notificationProtocols"]) == (None, [])


@pytest.mark.parametrize("named", ["card", "national id"])
def test_a_pin_is_changed_by_card_or_national_id(site: Site, named: str) -> None:
    patron_id = site.created(0, pincode=None)
    card = site.card(patron_id)
    change = {"libraryCardNumber": card if named == "card" else a_national_id(0), "pincode": 5802}

    answer = site.call("PUT", f"/{patron_id}/v8", json={"pincodeChange": change})

    assert answer.status_code == 204
    assert site.authenticate(card, "5802")["authenticateStatus"] == "VALID"
    assert site.authenticate(card, DEFAULT_PIN)["authenticateStatus"] == "INVALID"


def test_a_refused_pin_leaves_the_settings_alone(site: Site) -> None:
    patron_id = site.created(0)
    change = {"libraryCardNumber": site.card(patron_id), "pincode": "1111"}
    settings = SETTINGS | {"preferredPickupBranch": "NO-2030001"}

    answer = site.call(
        "PUT", f"/{patron_id}/v8", json={"patron": settings, "pincodeChange": change}
    )

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "SIMPLE_PIN")
    patron = site.call("GET", f"/{patron_id}/v4").json()["patron"]
    assert patron["preferredPickupBranch"] == "NO-2030000"


def test_a_pin_for_somebody_elses_card_is_refused(site: Site) -> None:
    patron_id, card = site.created(0), site.card(site.created(1))
    change = {"libraryCardNumber": card, "pincode": "5802"}

    answer = site.call("PUT", f"/{patron_id}/v8", json={"pincodeChange": change})

    assert (answer.status_code, answer.json()["errorCode"]) == (404, "CARD_NOT_FOUND")


def test_an_update_of_nothing_changes_nothing(site: Site) -> None:
    patron_id = site.created(0)

    assert site.call("PUT", f"/{patron_id}/v8", json={}).status_code == 204
    assert site.call("PUT", "/999/v8", json={}).status_code == 404


def test_a_deleted_patron_is_gone_and_the_removal_waits(site: Site, db) -> None:
    patron_id = site.created(0, nationalRegistryConsent=True)

    answer = site.call("DELETE", f"/{patron_id}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert site.call("DELETE", f"/{patron_id}").status_code == 404
    assert site.call("GET", f"/{patron_id}/v4").status_code == 404
    assert db.execute("select count(*) from cicero.deleted_patron").fetchone() == (1,)


def test_both_base_paths_lead_to_the_same_patrons(site: Site) -> None:
    patron_id = site.created(0)

    without = site.http.get(f"/external/NO-2030000/patrons/{patron_id}/v4", headers=site.headers)

    assert without.json() == site.call("GET", f"/{patron_id}/v4").json()
