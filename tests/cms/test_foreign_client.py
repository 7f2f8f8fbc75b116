"""A web site that was written for Cicero drives the whole API of the real server."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.cms.foreign_client import ApiError, ForeignClient
from tests.cms.live_world import BRANCH, BRANCHES, OTHER_BRANCH, PASSWORD, SETTINGS, USER, LiveWorld
from tests.factories import DEFAULT_PIN, LIBRARY, OTHER_LIBRARY, a_national_id

PIN, OTHER_PIN = "4719", "8264"
UNKNOWN = 987_654_321
REGISTRY_CONSENT, LOAN_CONSENT = "SYNC_WITH_NATIONAL_REGISTRY", "KEEP_HISTORICAL_LOAN_DATA"
COMMON = {
    "patronId", "name", "birthday", "address", "secondaryAddress", "preferredPickupBranch",
    "preferredLanguage", "receivePostalMail", "guardianVisibility", "notificationProtocols",
    "onHold", "blockStatus", "allowBookings", "defaultInterestPeriod", "interests", "tags",
    "resident",
}  # fmt: skip
FLAT = {"emailAddress", "phoneNumber", "receiveEmail", "receiveSms"}
KEYS = {
    "PatronV7": COMMON | FLAT,
    "PatronV8": COMMON | FLAT | {
        "keepLoanHistoricalData", "hasNationalRegistrySynchronizationConsent"},
    "PersonPatronV4": COMMON | {"emailAddresses", "phoneNumbers", "patronNote"},
}  # fmt: skip
KEYS["PatronV9"] = KEYS["PatronV8"]


@pytest.fixture
def site(live: LiveWorld) -> ForeignClient:
    return live.server.site()


@pytest.fixture
def person_id(live: LiveWorld) -> str:
    return a_national_id(live.newcomer())


@pytest.fixture
def patron_id(site: ForeignClient, person_id: str) -> int:
    return int(site.create(person_id, SETTINGS, pincode=PIN)["patronId"])


def refusal(call: Any, *args: Any, **how: Any) -> ApiError:
    """The error of a call that has to be refused; its body has the documented form."""
    with pytest.raises(ApiError) as refused:
        call(*args, **how)
    body = refused.value.body
    assert set(body) == {"correlationId", "errorCode", "message", "validationErrors"}
    assert UUID(body["correlationId"])
    assert all(set(one) == {"field", "message"} for one in body["validationErrors"])
    return refused.value


class TestLogIn:
    def test_an_old_session_is_renewed_without_anybody_noticing(self, site, patron_id) -> None:
        site.session_key = "of yesterday"

        assert site.patron(patron_id)["patronId"] == patron_id
        assert site.log_ins == 2

    @pytest.mark.parametrize(("user", "password"), [(USER, "wrong"), ("nobody", PASSWORD)])
    def test_wrong_credentials_are_403(self, live, user, password) -> None:
        site = live.server.site()
        site.user, site.password = user, password

        assert refusal(site.log_in).status == 403

    def test_who_fails_too_often_is_told_when_to_come_back(self, live) -> None:
        site = live.server.site()
        site.user = "guesser"
        answers = [refusal(site.log_in) for _ in range(6)]

        assert {answer.status for answer in answers} == {403}
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 120

    def test_a_session_is_good_for_its_own_library_only(self, live, site) -> None:
        site.log_in()
        site.agency = f"NO-{OTHER_LIBRARY}"

        assert refusal(site.branches).status == 403

    def test_a_log_in_without_password_is_400(self, site) -> None:
        path = f"/external/v1/{site.agency}/authentication/login"

        assert refusal(site._send, "POST", path, json={"username": USER}).status == 400


class TestCreate:
    def test_a_patron_comes_back_with_every_documented_key(self, site, person_id) -> None:
        settings = SETTINGS | {
            "preferredLanguage": "nn", "isNew": True, "interests": [], "notificationProtocols": [],
            "onHold": {"from": "2026-07-01", "to": "2026-07-31"},
            "emailAddresses": [{"emailAddress": "ny@example.org", "receiveNotification": True}],
            "phoneNumbers": [{"phoneNumber": "+4700000001", "receiveNotification": True}],
        }  # fmt: skip
        block = {"blockedReason": "W", "blockedSince": "2026-01-31"}

        made = site.create(
            person_id, settings, pincode=int(PIN), nationalRegistryConsent=False,
            blockStatusRequest=block, somethingElse={},
        )  # fmt: skip

        assert KEYS["PatronV9"] <= set(made)
        assert made["emailAddress"] == "ny@example.org"
        assert (made["receiveEmail"], made["receiveSms"]) == (True, True)
        assert made["preferredPickupBranch"] == BRANCH
        assert made["preferredLanguage"] == "nn"
        assert made["onHold"] == {"from": "2026-07-01", "to": "2026-07-31"}
        assert made["hasNationalRegistrySynchronizationConsent"] is False
        assert made["notificationProtocols"] == []
        assert [(one["blockedReason"], one["blockedSince"]) for one in made["blockStatus"]] == [
            ("W", "2026-01-31")
        ]
        assert site.authenticate(site.card(made["patronId"]), PIN).status == "VALID"

    def test_without_a_pin_the_library_default_opens(self, site, person_id) -> None:
        patron_id = site.create(person_id, SETTINGS)["patronId"]

        answer = site.authenticate(site.card(patron_id), DEFAULT_PIN)

        assert (answer.status, answer.patron_id, answer.kind) == ("VALID", patron_id, "PERSON")

    def test_a_person_is_a_patron_once(self, site, person_id, patron_id) -> None:
        refused = refusal(site.create, person_id, SETTINGS, pincode=PIN)

        assert refused.status in {400, 409}
        assert refused.code == "CPR_NUMBER_EXISTS"

    @pytest.mark.parametrize(
        "changes",
        [
            {"pincode": "12"},
            {"pincode": ""},
            {"pincode": "1234"},
            {"personIdentifier": "12345678901"},
            {"personIdentifier": None},
            {"patron": SETTINGS | {"preferredPickupBranch": "NO-9999999"}},
            {"patron": {}},
            {"blockStatusRequest": {"blockedReason": "X", "blockedSince": "2026-01-31"}},
            {"blockStatusRequest": {"blockedReason": "O", "blockedSince": "31.01.2026"}},
            {"blockStatusRequest": {"blockedReason": "O"}},
        ],
        ids=str,
    )
    def test_what_is_wrong_is_400_and_nobody_is_made(self, site, person_id, changes) -> None:
        body = {"personIdentifier": person_id, "patron": SETTINGS, "pincode": PIN} | changes

        assert refusal(site.patrons, "POST", "/v10", json=body).status == 400
        assert site.preauthenticated(person_id).status == "INVALID"


class TestLogInOfPatrons:
    @pytest.mark.parametrize("version", [9, 10])
    def test_card_and_pin_open(self, site, patron_id, version) -> None:
        answer = site.authenticate(site.card(patron_id), int(PIN), version)

        assert (answer.status, answer.patron_id, answer.kind) == ("VALID", patron_id, "PERSON")

    def test_the_national_id_is_good_as_a_card(self, site, person_id, patron_id) -> None:
        assert site.authenticate(person_id, PIN).patron_id == patron_id

    def test_a_wrong_pin_and_an_unknown_card_are_told_alike(self, site, patron_id) -> None:
        wrong = site.authenticate(site.card(patron_id), OTHER_PIN)

        assert wrong == site.authenticate("N199999999", OTHER_PIN)
        assert (wrong.status, wrong.patron_id) == ("INVALID", None)

    def test_guessing_ends_in_a_lock_even_for_the_right_pin(self, site, patron_id) -> None:
        card = site.card(patron_id)

        answers = [site.authenticate(card, pin).status for pin in (*["9999"] * 6, PIN)]

        assert answers[:4] == ["INVALID"] * 4
        assert answers[5:] == ["LOANER_LOCKED_OUT"] * 2

    def test_the_preauthenticated_are_found_by_all_they_have(
        self, site, person_id, patron_id
    ) -> None:
        card = site.card(patron_id)
        ways = (person_id, f'"{person_id}"', f" {person_id}\n", card, f'"{card}"')

        assert {site.preauthenticated(one).patron_id for one in ways} == {patron_id}
        assert site.preauthenticated_by_id(patron_id).status == "VALID"

    def test_nobody_is_invalid_and_not_an_error(self, site, person_id) -> None:
        assert site.preauthenticated(person_id).status == "INVALID"
        assert site.preauthenticated_by_id(UNKNOWN).status == "INVALID"

    def test_a_blocked_card_opens_nothing(self, site, patron_id) -> None:
        card = site.card(patron_id)

        site.block(patron_id, card)

        (shown,) = site.identifiers(patron_id)
        assert set(shown) >= {
            "identifier", "identifierType", "status", "description", "expiryDate",
        }  # fmt: skip
        assert (shown["identifier"], shown["status"]) == (card, "BLOCKED")
        assert site.authenticate(card, PIN).status == "INVALID"
        assert refusal(site.block, patron_id, "N199999998").status in {400, 404}


class TestReadAndUpdate:
    def test_both_forms_have_every_documented_key(self, site, patron_id) -> None:
        assert KEYS["PatronV7"] <= set(site.patron(patron_id))
        assert KEYS["PersonPatronV4"] <= set(site.person(patron_id))

    def test_settings_replace_what_was_there(self, site, patron_id) -> None:
        full = SETTINGS | {
            "preferredPickupBranch": OTHER_BRANCH,
            "onHold": {"from": "2026-07-01", "to": ""},
            "emailAddresses": [
                {"emailAddress": "a@example.org", "receiveNotification": False},
                {"emailAddress": "b@example.org", "receiveNotification": True},
            ],
        }
        site.update(patron_id, patron=full)
        assert site.patron(patron_id)["preferredPickupBranch"] == OTHER_BRANCH
        assert site.patron(patron_id)["onHold"]["from"] == "2026-07-01"
        addresses = site.person(patron_id)["emailAddresses"]
        assert {one["emailAddress"] for one in addresses} == {"a@example.org", "b@example.org"}
        assert all("verified" in one for one in addresses)

        site.update(patron_id, patron=SETTINGS)

        assert site.patron(patron_id)["onHold"] is None
        assert site.person(patron_id)["emailAddresses"] == []

    def test_a_pin_is_changed_with_either_name_of_the_card(
        self, site, person_id, patron_id
    ) -> None:
        card = site.card(patron_id)
        for name, pin in ((card, OTHER_PIN), (person_id, 3907)):
            site.change_pin(patron_id, name, pin)
            assert site.authenticate(card, pin).status == "VALID"
        assert site.authenticate(card, PIN).status == "INVALID"

    def test_a_wrong_pin_changes_nothing_of_both_parts(self, site, patron_id) -> None:
        card = site.card(patron_id)
        change = {"libraryCardNumber": card, "pincode": "123"}

        refused = refusal(
            site.update, patron_id, pincodeChange=change,
            patron=SETTINGS | {"preferredPickupBranch": OTHER_BRANCH},
        )  # fmt: skip

        assert refused.status == 400
        assert site.patron(patron_id)["preferredPickupBranch"] == BRANCH
        assert site.authenticate(card, PIN).status == "VALID"

    def test_of_nobody_everything_is_404(self, live, site, patron_id) -> None:
        other = live.server.site(OTHER_LIBRARY)
        for client, number in ((site, UNKNOWN), (other, patron_id)):
            for call in (client.patron, client.person, client.consents, client.identifiers,
                         client.delete):  # fmt: skip
                assert refusal(call, number).status == 404
            assert refusal(client.update, number, patron=SETTINGS).status == 404
            assert refusal(client.consent, number, True).status == 404
            assert refusal(client.consent_v1, number, True).status == 404
            assert refusal(client.block, number, "N100000001").status == 404
        assert site.patron(patron_id)["patronId"] == patron_id

    def test_the_deleted_are_gone(self, site, person_id, patron_id) -> None:
        site.delete(patron_id)

        assert refusal(site.patron, patron_id).status == 404
        assert site.preauthenticated(person_id).status == "INVALID"
        assert site.create(person_id, SETTINGS, pincode=PIN)["patronId"] != patron_id


class TestConsents:
    def test_both_uses_are_given_listed_and_withdrawn(self, site, patron_id) -> None:
        assert site.consents(patron_id) == {}
        days = {datetime.now(UTC).astimezone().date().isoformat()}

        given = site.consent(patron_id, True)
        both = site.consent(patron_id, True, "historicaldata")

        assert set(given) == {REGISTRY_CONSENT}
        assert both == site.consents(patron_id) == site.consent(patron_id, True)
        assert set(both) == {REGISTRY_CONSENT, LOAN_CONSENT}
        assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) for day in both.values()), days
        assert set(site.consent(patron_id, False)) == {LOAN_CONSENT}
        assert site.consent(patron_id, False, "historicaldata") == {}

    def test_the_older_form_gives_the_patron_back(self, site, patron_id) -> None:
        for wanted in (True, True, False):
            patron = site.consent_v1(patron_id, wanted)
            assert KEYS["PatronV8"] <= set(patron)
            assert patron["hasNationalRegistrySynchronizationConsent"] is wanted
            kept = site.consent_v1(patron_id, wanted, "historicaldata")
            assert kept["keepLoanHistoricalData"] is wanted

    @pytest.mark.parametrize("body", [{}, {"consent": "perhaps"}, [], None], ids=str)
    def test_no_clear_answer_is_400(self, site, patron_id, body) -> None:
        path = f"/{patron_id}/updateconsent/nationalregistry/v2"

        assert refusal(site.patrons, "PUT", path, json=body).status == 400
        assert site.consents(patron_id) == {}


def test_what_the_library_says_of_itself(site) -> None:
    site.log_in()

    assert site.setting("loaner.guardianVisibility.enabled") == "true"
    assert refusal(site.setting, "no.such.key").status == 404
    assert site.branches() == {one["id"]: one["title"] for one in BRANCHES}
    assert site.branches(exclude=[BRANCH, "NO-1"]) == {OTHER_BRANCH: "Bryggen"}
    assert site.words("languages") == ["nb", "nn", "en"]
    assert site.words("notificationprotocols") == []
    assert LIBRARY in site.agency
