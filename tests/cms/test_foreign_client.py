"""A web site that was written for Cicero drives the whole API of the real server."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.cms.foreign_client import KEYS, refusal
from tests.cms.live_world import BRANCH, BRANCHES, OTHER_BRANCH, SETTINGS
from tests.factories import DEFAULT_PIN, LIBRARY, OTHER_LIBRARY

PIN, OTHER_PIN = "4719", "8264"
UNKNOWN = 987_654_321
REGISTRY_CONSENT, LOAN_CONSENT = "SYNC_WITH_NATIONAL_REGISTRY", "KEEP_HISTORICAL_LOAN_DATA"


class TestCreate:
    def test_a_patron_comes_back_with_every_documented_key(self, foreign, person_id) -> None:
        settings = SETTINGS | {
            "preferredLanguage": "nn", "isNew": True, "interests": [], "notificationProtocols": [],
            "onHold": {"from": "2026-07-01", "to": "2026-07-31"},
            "emailAddresses": [{"emailAddress": "ny@example.org", "receiveNotification": True}],
            "phoneNumbers": [{"phoneNumber": "+4700000001", "receiveNotification": True}],
        }  # fmt: skip
        block = {"blockedReason": "W", "blockedSince": "2026-01-31"}

        made = foreign.create(
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
        assert foreign.authenticate(foreign.card(made["patronId"]), PIN).status == "VALID"

    def test_without_a_pin_the_library_default_opens(self, foreign, person_id) -> None:
        patron_id = foreign.create(person_id, SETTINGS)["patronId"]

        answer = foreign.authenticate(foreign.card(patron_id), DEFAULT_PIN)

        assert (answer.status, answer.patron_id, answer.kind) == ("VALID", patron_id, "PERSON")

    def test_a_person_is_a_patron_once(self, foreign, person_id, patron_id) -> None:
        refused = refusal(foreign.create, person_id, SETTINGS, pincode=PIN)

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
    def test_what_is_wrong_is_400_and_nobody_is_made(self, foreign, person_id, changes) -> None:
        body = {"personIdentifier": person_id, "patron": SETTINGS, "pincode": PIN} | changes

        assert refusal(foreign.patrons, "POST", "/v10", json=body).status == 400
        assert foreign.preauthenticated(person_id).status == "INVALID"


class TestReadAndUpdate:
    def test_both_forms_have_every_documented_key(self, foreign, patron_id) -> None:
        assert KEYS["PatronV7"] <= set(foreign.patron(patron_id))
        assert KEYS["PersonPatronV4"] <= set(foreign.person(patron_id))

    def test_settings_replace_what_was_there(self, foreign, patron_id) -> None:
        full = SETTINGS | {
            "preferredPickupBranch": OTHER_BRANCH,
            "onHold": {"from": "2026-07-01", "to": ""},
            "emailAddresses": [
                {"emailAddress": "a@example.org", "receiveNotification": False},
                {"emailAddress": "b@example.org", "receiveNotification": True},
            ],
        }
        foreign.update(patron_id, patron=full)
        assert foreign.patron(patron_id)["preferredPickupBranch"] == OTHER_BRANCH
        assert foreign.patron(patron_id)["onHold"]["from"] == "2026-07-01"
        addresses = foreign.person(patron_id)["emailAddresses"]
        assert {one["emailAddress"] for one in addresses} == {"a@example.org", "b@example.org"}
        assert all("verified" in one for one in addresses)

        foreign.update(patron_id, patron=SETTINGS)

        assert foreign.patron(patron_id)["onHold"] is None
        assert foreign.person(patron_id)["emailAddresses"] == []

    def test_a_pin_is_changed_with_either_name_of_the_card(
        self, foreign, person_id, patron_id
    ) -> None:
        card = foreign.card(patron_id)
        for name, pin in ((card, OTHER_PIN), (person_id, 3907)):
            foreign.change_pin(patron_id, name, pin)
            assert foreign.authenticate(card, pin).status == "VALID"
        assert foreign.authenticate(card, PIN).status == "INVALID"

    def test_a_wrong_pin_changes_nothing_of_both_parts(self, foreign, patron_id) -> None:
        card = foreign.card(patron_id)
        change = {"libraryCardNumber": card, "pincode": "123"}

        refused = refusal(
            foreign.update, patron_id, pincodeChange=change,
            patron=SETTINGS | {"preferredPickupBranch": OTHER_BRANCH},
        )  # fmt: skip

        assert refused.status == 400
        assert foreign.patron(patron_id)["preferredPickupBranch"] == BRANCH
        assert foreign.authenticate(card, PIN).status == "VALID"

    def test_of_nobody_everything_is_404(self, live, foreign, patron_id) -> None:
        other = live.server.site(OTHER_LIBRARY)
        for client, number in ((foreign, UNKNOWN), (other, patron_id)):
            for call in (client.patron, client.person, client.consents, client.identifiers,
                         client.delete):  # fmt: skip
                assert refusal(call, number).status == 404
            assert refusal(client.update, number, patron=SETTINGS).status == 404
            assert refusal(client.consent, number, True).status == 404
            assert refusal(client.consent_v1, number, True).status == 404
            assert refusal(client.block, number, "N100000001").status == 404
        assert foreign.patron(patron_id)["patronId"] == patron_id

    def test_the_deleted_are_gone(self, foreign, person_id, patron_id) -> None:
        foreign.delete(patron_id)

        assert refusal(foreign.patron, patron_id).status == 404
        assert foreign.preauthenticated(person_id).status == "INVALID"
        assert foreign.create(person_id, SETTINGS, pincode=PIN)["patronId"] != patron_id


class TestConsents:
    def test_both_uses_are_given_listed_and_withdrawn(self, foreign, patron_id) -> None:
        assert foreign.consents(patron_id) == {}
        days = {datetime.now(UTC).astimezone().date().isoformat()}

        given = foreign.consent(patron_id, True)
        both = foreign.consent(patron_id, True, "historicaldata")

        assert set(given) == {REGISTRY_CONSENT}
        assert both == foreign.consents(patron_id) == foreign.consent(patron_id, True)
        assert set(both) == {REGISTRY_CONSENT, LOAN_CONSENT}
        assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", day) for day in both.values()), days
        assert set(foreign.consent(patron_id, False)) == {LOAN_CONSENT}
        assert foreign.consent(patron_id, False, "historicaldata") == {}

    def test_the_older_form_gives_the_patron_back(self, foreign, patron_id) -> None:
        for wanted in (True, True, False):
            patron = foreign.consent_v1(patron_id, wanted)
            assert KEYS["PatronV8"] <= set(patron)
            assert patron["hasNationalRegistrySynchronizationConsent"] is wanted
            kept = foreign.consent_v1(patron_id, wanted, "historicaldata")
            assert kept["keepLoanHistoricalData"] is wanted

    @pytest.mark.parametrize("body", [{}, {"consent": "perhaps"}, [], None], ids=str)
    def test_no_clear_answer_is_400(self, foreign, patron_id, body) -> None:
        path = f"/{patron_id}/updateconsent/nationalregistry/v2"

        assert refusal(foreign.patrons, "PUT", path, json=body).status == 400
        assert foreign.consents(patron_id) == {}


def test_what_the_library_says_of_itself(foreign) -> None:
    foreign.log_in()

    assert foreign.setting("loaner.guardianVisibility.enabled") == "true"
    assert refusal(foreign.setting, "no.such.key").status == 404
    assert foreign.branches() == {one["id"]: one["title"] for one in BRANCHES}
    assert foreign.branches(exclude=[BRANCH, "NO-1"]) == {OTHER_BRANCH: "Bryggen"}
    assert foreign.words("languages") == ["nb", "nn", "en"]
    assert foreign.words("notificationprotocols") == []
    assert LIBRARY in foreign.agency
