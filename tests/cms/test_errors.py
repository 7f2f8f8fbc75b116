"""Every error has one form, names the field, and repeats nothing of what was sent."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from tests.cms.conftest import SETTINGS, Site
from tests.factories import LIBRARY, a_national_id
from tests.unit.steps.fake_registry import FakeRegistry

SECRET = "canary"


def is_error(answer: Any, status: int, code: str) -> bool:
    body = answer.json()
    assert (answer.status_code, body["errorCode"]) == (status, code), body
    assert list(body) == ["correlationId", "errorCode", "message", "validationErrors"]
    assert UUID(body["correlationId"]).version == 4
    assert body["message"]
    assert all(list(one) == ["field", "message"] for one in body["validationErrors"])
    assert SECRET not in answer.text
    return True


def settings(**changes: Any) -> dict[str, Any]:
    return {"patron": SETTINGS | changes}


def points(kind: str, **changes: Any) -> dict[str, Any]:
    value = "a@example.org" if kind == "emailAddress" else "00000000"
    field = "emailAddresses" if kind == "emailAddress" else "phoneNumbers"
    return settings(**{field: [{kind: value, "receiveNotification": True} | changes]})


BLOCK = {"blockedReason": "W", "blockedSince": "2026-01-31"}
REFUSED = [
    ({"personIdentifier": None}, "personIdentifier"),
    ({"personIdentifier": ""}, "personIdentifier"),
    ({"personIdentifier": 12345678901}, "personIdentifier"),
    ({"personIdentifier": f"{SECRET}\x00"}, "personIdentifier"),
    ({"personIdentifier": SECRET * 20}, "personIdentifier"),
    ({"personIdentifier": f"{SECRET}\ud800"}, "personIdentifier"),
    ({"patron": None}, "patron"),
    ({"patron": SECRET}, "patron"),
    ({"patron": {}}, "patron.preferredPickupBranch"),
    ({"pincode": True}, "pincode"),
    ({"pincode": 4071.5}, "pincode"),
    ({"pincode": [SECRET]}, "pincode"),
    ({"nationalRegistryConsent": "yes"}, "nationalRegistryConsent"),
    ({"blockStatusRequest": BLOCK | {"blockedReason": SECRET}}, "blockStatusRequest.blockedReason"),
    ({"blockStatusRequest": {"blockedReason": "W"}}, "blockStatusRequest.blockedSince"),
    ({"blockStatusRequest": BLOCK | {"blockedSince": "31.1.26"}},
     "blockStatusRequest.blockedSince"),
    ({"blockStatusRequest": BLOCK | {"blockedSince": "2026-02-30"}},
     "blockStatusRequest.blockedSince"),
    (settings(preferredPickupBranch=""), "patron.preferredPickupBranch"),
    (settings(preferredPickupBranch=SECRET), "patron.preferredPickupBranch"),
    (settings(preferredPickupBranch=f"NO-{'1' * 62}"), "patron.preferredPickupBranch"),
    (settings(guardianVisibility="true"), "patron.guardianVisibility"),
    (settings(preferredLanguage=f"{SECRET}!"), "patron.preferredLanguage"),
    (settings(interests=[""]), "patron.interests.0"),
    (settings(interests=["\x00"]), "patron.interests.0"),
    (settings(interests=[SECRET] * 101), "patron.interests"),
    (settings(onHold={"from": "2026-02-30"}), "patron.onHold.from"),
    (settings(onHold={"from": "2026-02-02", "to": "2026-02-01"}), "patron.onHold"),
    (points("emailAddress", emailAddress=SECRET), "patron.emailAddresses.0.emailAddress"),
    (points("emailAddress", emailAddress=""), "patron.emailAddresses.0.emailAddress"),
    (points("emailAddress", receiveNotification=1), "patron.emailAddresses.0.receiveNotification"),
    (points("phoneNumber", phoneNumber=SECRET), "patron.phoneNumbers.0.phoneNumber"),
    (points("phoneNumber", phoneNumber=None), "patron.phoneNumbers.0.phoneNumber"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field"), REFUSED, ids=str)
def test_a_field_that_is_not_as_documented_is_named(site: Site, changes, field: str) -> None:
    body = {"personIdentifier": a_national_id(0), "patron": SETTINGS} | changes

    answer = site.call(
        "POST", "/v10", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )

    assert is_error(answer, 400, "VALIDATION_FAILED")
    assert answer.json()["validationErrors"][0]["field"] == field


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"personIdentifier": "12345678901"}, 400, "INVALID_NATIONAL_ID", "personIdentifier"),
        ({"pincode": "407"}, 400, "INVALID_PIN", "pincode"),
        ({"pincode": 40711}, 400, "INVALID_PIN", "pincode"),
        ({"pincode": "1234"}, 400, "SIMPLE_PIN", "pincode"),
        (settings(preferredPickupBranch="NO-2030002"), 400, "INVALID_BRANCH",
         "patron.preferredPickupBranch"),
    ],
)  # fmt: skip
def test_a_rule_that_refuses_has_a_code(site: Site, changes, status, code, field) -> None:
    answer = site.create(0, **changes)

    assert is_error(answer, status, code)
    assert [one["field"] for one in answer.json()["validationErrors"]] == [field]


def test_conflicts_have_a_code_and_no_field(site: Site, registry: FakeRegistry) -> None:
    registry.add(0, card="N100000001")
    registry.add(1, card="N100000001")
    site.created(0, nationalRegistryConsent=True)

    in_use = site.create(1, pincode="4071", nationalRegistryConsent=True)

    assert is_error(in_use, 409, "CARD_IN_USE")
    assert in_use.json()["validationErrors"] == []


def test_two_records_of_one_person_are_a_conflict(site: Site, registry: FakeRegistry) -> None:
    registry.add(0)
    registry.add(0, card="N100000002")

    assert is_error(site.create(0, nationalRegistryConsent=True), 409, "AMBIGUOUS_PERSON")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[" * 60_000, b'"\xff"', b"null", b"9" * 5000, b"NaN", b'{"a": 1e999}', b"\x00"],
)
def test_a_body_that_is_no_object_is_a_bad_request(site: Site, content: bytes) -> None:
    answer = site.call(
        "POST", "/v10", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400
    assert is_error(answer, 400, answer.json()["errorCode"])


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/1/v99", 404, "NOT_FOUND"),
        ("GET", f"/{SECRET}/v4", 404, "NOT_FOUND"),
        ("GET", "/-1/v4", 404, "NOT_FOUND"),
        ("GET", f"/{'9' * 20}/v4", 404, "NOT_FOUND"),
        ("GET", f"/{'9' * 6000}/v4", 404, "NOT_FOUND"),
        ("GET", "/0/v4", 400, "VALIDATION_FAILED"),
        ("GET", f"/{2**63}/v4", 400, "VALIDATION_FAILED"),
        ("GET", f"/{2**63 - 1}/v4", 404, "PATRON_NOT_FOUND"),
        ("GET", "/v10", 405, "METHOD_NOT_ALLOWED"),
        ("PATCH", "/1/v4", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/withGuardian/v4", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/%00/v4", 404, "NOT_FOUND"),
    ],
    ids=str,
)
def test_a_path_that_is_not_there_is_told_alike(site: Site, method, path, status, code) -> None:
    assert is_error(site.call(method, path), status, code)


def test_the_methods_of_a_path_are_told(site: Site) -> None:
    assert site.call("GET", "/v10").headers["allow"] == "POST"


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_a_body_that_is_no_json_is_not_taken(site: Site, media_type: str) -> None:
    for path in ("/v10", "/preauthenticated/v10"):
        answer = site.call("POST", path, content=SECRET, headers={"Content-Type": media_type})
        assert is_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_json_may_say_its_charset_or_nothing(site: Site) -> None:
    site.created(0)
    body = json.dumps({"libraryCardNumber": a_national_id(0), "pincode": "4071"})

    for headers in ({"Content-Type": "application/json; charset=utf-8"}, {}):
        answer = site.call("POST", "/authenticate/v10", content=body, headers=headers)
        assert answer.json()["authenticateStatus"] == "VALID"


def test_unknown_fields_are_passed_over(site: Site) -> None:
    answer = site.create(0, pincode="4071", cprNumber=SECRET, patron=SETTINGS | {"x": {"y": 1}})

    assert answer.status_code == 200


def test_a_refusing_registry_is_one_that_does_not_answer(
    site: Site, registry: FakeRegistry
) -> None:
    registry.refused_libraries.add(LIBRARY)

    answer = site.create(0, nationalRegistryConsent=True)

    assert is_error(answer, 503, "REGISTRY_UNREACHABLE")
