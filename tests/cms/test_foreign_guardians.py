"""A web site that was written for Cicero makes children patrons, for their guardians."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cms.foreign_client import KEYS, refusal
from tests.cms.live_world import BRANCH, OTHER_BRANCH, SETTINGS, LiveWorld
from tests.factories import OTHER_LIBRARY, a_national_id

PIN = "4719"
WISH = {"preferredPickupBranch": BRANCH, "pincode": PIN}


@pytest.fixture
def ids(live: LiveWorld) -> tuple[str, str]:
    """National ids of a child and a guardian."""
    return a_national_id(live.newcomer()), a_national_id(live.newcomer())


def a_guardian(person_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Gro Foresatt", "personIdentifier": person_id, "email": "gro@example.org",
        "phoneNumber": "+4700000002",  # which no model knows
    } | changes  # fmt: skip


def test_a_child_is_a_bare_number_and_the_guardian_sees_it(foreign, ids) -> None:
    child, guardian = ids
    patron_id = foreign.create_child(
        child, a_guardian(guardian), **WISH,
        emailAddresses=[{"emailAddress": "barn@example.org", "receiveNotification": True}],
    )  # fmt: skip

    (seen,) = foreign.children(guardian)

    assert seen["patronId"] == patron_id
    assert KEYS["PatronV9"] <= set(seen)
    assert seen["emailAddress"] == "barn@example.org"
    assert foreign.authenticate(foreign.card(patron_id), PIN).patron_id == patron_id


def test_the_guardian_changes_settings_and_pin_of_the_child(foreign, ids) -> None:
    child, guardian = ids
    patron_id = foreign.create_child(child, a_guardian(guardian), **WISH)
    settings = SETTINGS | {"preferredPickupBranch": OTHER_BRANCH}
    change = {"libraryCardNumber": foreign.card(patron_id), "pincode": "8264"}

    changed = foreign.update_child(patron_id, guardian, patron=settings, pincodeChange=change)

    assert changed["preferredPickupBranch"] == OTHER_BRANCH
    assert foreign.authenticate(foreign.card(patron_id), "8264").status == "VALID"


def test_another_guardian_takes_over(foreign, live, ids) -> None:
    child, guardian = ids
    heir = a_national_id(live.newcomer())
    patron_id = foreign.create_child(child, a_guardian(guardian), **WISH)

    assert foreign.other_guardian(patron_id, a_guardian(heir)) == patron_id

    assert [one["patronId"] for one in foreign.children(heir)] == [patron_id]
    assert refusal(foreign.children, guardian).status == 404


def test_who_is_not_the_guardian_may_not(foreign, live, ids) -> None:
    child, guardian = ids
    stranger = a_national_id(live.newcomer())
    patron_id = foreign.create_child(child, a_guardian(guardian), **WISH)
    hidden = SETTINGS | {"guardianVisibility": False}
    elsewhere = live.server.site(OTHER_LIBRARY)

    assert refusal(foreign.update_child, patron_id, stranger, patron=hidden).status == 403
    assert refusal(foreign.update_child, 987_654_321, guardian, patron=hidden).status == 403
    assert refusal(elsewhere.children, guardian).status == 404
    assert refusal(elsewhere.update_child, patron_id, guardian, patron=hidden).status == 403

    foreign.update(patron_id, patron=hidden)

    assert refusal(foreign.update_child, patron_id, guardian, patron=SETTINGS).status == 403
    assert refusal(foreign.children, guardian).status == 404


@pytest.mark.parametrize(
    ("guardian", "more"),
    [
        ({"email": "no address"}, {}),
        ({"email": None}, {}),
        ({"name": None}, {}),
        ({"personIdentifier": "1"}, {}),
        ({}, {"emailAddresses": [{"emailAddress": "@", "receiveNotification": True}]}),
        ({}, {"phoneNumbers": [{"phoneNumber": "call me", "receiveNotification": True}]}),
        ({}, {"preferredPickupBranch": "NO-9999999"}),
        ({}, {"blockStatusRequest": {"blockedReason": "?", "blockedSince": "2026-01-31"}}),
    ],
    ids=str,
)
def test_what_is_wrong_is_400_and_no_child_is_made(foreign, ids, guardian, more) -> None:
    child, grown_up = ids

    refused = refusal(foreign.create_child, child, a_guardian(grown_up, **guardian), **WISH | more)

    assert refused.status == 400
    assert foreign.preauthenticated(child).status == "INVALID"


def test_nobody_is_their_own_guardian(foreign, ids) -> None:
    child, _ = ids

    assert refusal(foreign.create_child, child, a_guardian(child), **WISH).status == 400


def test_a_child_is_a_patron_once(foreign, ids) -> None:
    child, guardian = ids
    foreign.create_child(child, a_guardian(guardian), **WISH)

    again = refusal(foreign.create_child, child, a_guardian(guardian), **WISH)

    assert again.status in {400, 409}
    assert again.code == "CPR_NUMBER_EXISTS"
