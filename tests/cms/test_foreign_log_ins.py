"""A web site that was written for Cicero logs in, and lets patrons log in."""

from __future__ import annotations

import pytest

from tests.cms.foreign_client import refusal
from tests.cms.live_world import PASSWORD, USER
from tests.factories import OTHER_LIBRARY

PIN, OTHER_PIN = "4719", "8264"
UNKNOWN = 987_654_321


class TestLogIn:
    def test_an_old_session_is_renewed_without_anybody_noticing(self, foreign, patron_id) -> None:
        foreign.session_key = "of yesterday"

        assert foreign.patron(patron_id)["patronId"] == patron_id
        assert foreign.log_ins == 2

    @pytest.mark.parametrize(("user", "password"), [(USER, "wrong"), ("nobody", PASSWORD)])
    def test_wrong_credentials_are_403(self, live, user, password) -> None:
        foreign = live.server.site()
        foreign.user, foreign.password = user, password

        assert refusal(foreign.log_in).status == 403

    def test_who_fails_too_often_is_told_when_to_come_back(self, live) -> None:
        foreign = live.server.site()
        foreign.user = "guesser"
        answers = [refusal(foreign.log_in) for _ in range(6)]

        assert {answer.status for answer in answers} == {403}
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 120

    def test_a_session_is_good_for_its_own_library_only(self, live, foreign) -> None:
        foreign.log_in()
        foreign.agency = f"NO-{OTHER_LIBRARY}"

        assert refusal(foreign.branches).status == 403

    def test_a_log_in_without_password_is_400(self, foreign) -> None:
        path = f"/external/v1/{foreign.agency}/authentication/login"

        assert refusal(foreign._send, "POST", path, json={"username": USER}).status == 400


class TestLogInOfPatrons:
    @pytest.mark.parametrize("version", [9, 10])
    def test_card_and_pin_open(self, foreign, patron_id, version) -> None:
        answer = foreign.authenticate(foreign.card(patron_id), int(PIN), version)

        assert (answer.status, answer.patron_id, answer.kind) == ("VALID", patron_id, "PERSON")

    def test_the_national_id_is_good_as_a_card(self, foreign, person_id, patron_id) -> None:
        assert foreign.authenticate(person_id, PIN).patron_id == patron_id

    def test_a_wrong_pin_and_an_unknown_card_are_told_alike(self, foreign, patron_id) -> None:
        wrong = foreign.authenticate(foreign.card(patron_id), OTHER_PIN)

        assert wrong == foreign.authenticate("N199999999", OTHER_PIN)
        assert (wrong.status, wrong.patron_id) == ("INVALID", None)

    def test_guessing_ends_in_a_lock_even_for_the_right_pin(self, foreign, patron_id) -> None:
        card = foreign.card(patron_id)

        answers = [foreign.authenticate(card, pin).status for pin in (*["9999"] * 6, PIN)]

        assert answers[:4] == ["INVALID"] * 4
        assert answers[5:] == ["LOANER_LOCKED_OUT"] * 2

    def test_the_preauthenticated_are_found_by_all_they_have(
        self, foreign, person_id, patron_id
    ) -> None:
        card = foreign.card(patron_id)
        ways = (person_id, f'"{person_id}"', f" {person_id}\n", card, f'"{card}"')

        assert {foreign.preauthenticated(one).patron_id for one in ways} == {patron_id}
        assert foreign.preauthenticated_by_id(patron_id).status == "VALID"

    def test_nobody_is_invalid_and_not_an_error(self, foreign, person_id) -> None:
        assert foreign.preauthenticated(person_id).status == "INVALID"
        assert foreign.preauthenticated_by_id(UNKNOWN).status == "INVALID"

    def test_a_blocked_card_opens_nothing(self, foreign, patron_id) -> None:
        card = foreign.card(patron_id)

        foreign.block(patron_id, card)

        (shown,) = foreign.identifiers(patron_id)
        assert set(shown) >= {
            "identifier", "identifierType", "status", "description", "expiryDate",
        }  # fmt: skip
        assert (shown["identifier"], shown["status"]) == (card, "BLOCKED")
        assert foreign.authenticate(card, PIN).status == "INVALID"
        assert refusal(foreign.block, patron_id, "N199999998").status in {400, 404}
