"""Patrons who log in: card and PIN, lock-outs, and those whom the client has authenticated."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from registry_operators.cms_api.app import build_app
from registry_operators.cms_api.authentication import authenticate
from registry_operators.desk.desk import Desk
from tests.cms.conftest import Site
from tests.factories import (
    DEFAULT_PIN,
    LIBRARY,
    SECRETS,
    a_config,
    a_library_config,
    a_national_id,
)

INVALID = {"authenticateStatus": "INVALID", "patronId": None, "patronType": None}
LOCKED = INVALID | {"authenticateStatus": "LOANER_LOCKED_OUT"}


def valid(patron_id: int) -> dict[str, Any]:
    return {"authenticateStatus": "VALID", "patronId": patron_id, "patronType": "PERSON"}


def test_card_or_national_id_and_the_pin_are_valid(site: Site) -> None:
    patron_id = site.created(0)

    for identifier in (site.card(patron_id), a_national_id(0)):
        for pin in ("4071", 4071, 4071.0):
            assert site.authenticate(identifier, pin) == valid(patron_id)


@pytest.mark.parametrize("pin", ["4072", "0000", "407", "40711", "abcd", "٤٠٧١", " 4071", 407])
def test_another_pin_is_invalid(site: Site, pin) -> None:
    assert site.authenticate(site.card(site.created(0)), pin) == INVALID


@pytest.mark.parametrize("card", ["N999999999", "nonsense", a_national_id(5), "' or 1=1 --", 17])
def test_an_unknown_card_is_invalid(site: Site, card) -> None:
    site.created(0)

    assert site.authenticate(card, "4071") == INVALID


def test_v9_answers_the_same(site: Site) -> None:
    patron_id = site.created(0)
    body = {"libraryCardNumber": a_national_id(0), "pincode": "4071"}

    assert site.call("POST", "/authenticate/v9", json=body).json() == valid(patron_id)


def test_a_blocked_card_is_invalid(site: Site) -> None:
    patron_id = site.created(0)
    card = site.card(patron_id)
    site.call("PUT", f"/{patron_id}/identifiers/block/v1", json={"identifier": card})

    assert site.authenticate(card, "4071") == INVALID


def test_another_librarys_card_is_invalid(site: Site, other_site: Site) -> None:
    card = site.card(site.created(0))

    assert other_site.authenticate(card, "4071") == INVALID


@pytest.mark.parametrize(("may", "expected"), [(True, "VALID"), (False, "INVALID")])
def test_a_pin_that_was_handed_out_counts_if_the_library_says_so(
    site: Site, desk: Desk, may: bool, expected: str
) -> None:
    block = a_library_config(pin_rules={"log_in_before_change": may})
    strict = Desk(desk.open_ledger, a_config(_2030000=block), SECRETS, desk.look_up)
    card = site.card(site.created(0, pincode=None))

    with TestClient(build_app(strict), base_url="http://localhost") as http:
        answer = Site(http, headers=site.headers).authenticate(card, DEFAULT_PIN)

    assert answer["authenticateStatus"] == expected


class TestLockOut:
    def test_five_failures_lock_out_also_the_right_pin(self, site: Site) -> None:
        patron_id = site.created(0)
        card = site.card(patron_id)

        assert [site.authenticate(card, "9999") for _ in range(5)] == [INVALID] * 5
        assert site.authenticate(card, "4071") == LOCKED
        assert site.authenticate(a_national_id(0), "4071") == LOCKED

    def test_an_unknown_card_is_locked_out_likewise(self, site: Site) -> None:
        told = [site.authenticate("N999999999", "9999") for _ in range(6)]

        assert told == [INVALID] * 5 + [LOCKED]
        assert site.authenticate("N999999998", "9999") == INVALID

    def test_a_success_forgets(self, site: Site, db) -> None:
        card = site.card(site.created(0))
        for _ in range(3):
            for _ in range(4):
                site.authenticate(card, "9999")
            assert site.authenticate(card, "4071")["authenticateStatus"] == "VALID"

        assert db.execute("select count(*) from cms_api.failed_log_in").fetchone() == (0,)

    def test_a_lock_ends_and_the_next_is_longer(self, site: Site, db) -> None:
        card = site.card(site.created(0))
        lengths = []
        for failures in (5, 1, 1):
            for _ in range(failures):
                assert site.authenticate(card, "9999") == INVALID
            assert site.authenticate(card, "9999") == LOCKED
            row = db.execute(
                "update cms_api.failed_log_in set locked_until = now()"
                " returning (select extract(epoch from old.locked_until - now())"
                " from cms_api.failed_log_in as old)"
            ).fetchone()
            lengths.append(round(row[0] / 60))

        assert lengths == [15, 30, 60]
        assert site.authenticate(card, "4071")["authenticateStatus"] == "VALID"

    def test_attempts_during_a_lock_do_not_lengthen_it(self, site: Site, db) -> None:
        card = site.card(site.created(0))
        for _ in range(20):
            site.authenticate(card, "9999")

        assert db.execute("select failures from cms_api.failed_log_in").fetchone() == (5,)

    def test_guesses_at_the_same_time_do_not_get_past_it(self, site: Site, desk: Desk) -> None:
        card = site.card(site.created(0))

        with ThreadPoolExecutor(8) as threads:
            guesses = [
                threads.submit(authenticate, desk, LIBRARY, card, f"90{n:02d}") for n in range(24)
            ]
        told = Counter(guess.result().status for guess in guesses)

        assert told == {"INVALID": 5, "LOANER_LOCKED_OUT": 19}

    def test_who_is_counted_cannot_be_read(self, site: Site, db) -> None:
        card = site.card(site.created(0))
        site.authenticate(card, "9999")
        site.authenticate("N999999999", "9999")

        dump = str(db.execute("select failed_log_in::text from cms_api.failed_log_in").fetchall())
        assert card not in dump
        assert "N999999999" not in dump


class TestPreauthenticated:
    @pytest.mark.parametrize("form", ["{}", '"{}"', " {}\n"])
    def test_an_identifier_is_taken_bare_or_quoted(self, site: Site, form: str) -> None:
        patron_id = site.created(0)
        headers = {"Content-Type": "application/json"}

        for identifier in (a_national_id(0), site.card(patron_id)):
            answer = site.call(
                "POST", "/preauthenticated/v10", content=form.format(identifier), headers=headers
            )
            assert (answer.status_code, answer.json()) == (200, valid(patron_id))

    def test_an_unknown_one_is_invalid(self, site: Site) -> None:
        assert site.call("POST", "/preauthenticated/v10", content="0101701234").json() == INVALID

    @pytest.mark.parametrize(
        "body", [b"", b'""', b"  ", b'"', b"\xff", b"\x00", b'"a\\u0000"', b"x" * 129, b'["a"]"']
    )
    def test_what_is_no_text_is_a_bad_request(self, site: Site, body: bytes) -> None:
        answer = site.call("POST", "/preauthenticated/v10", content=body)

        expected = (200, None) if body == b'["a"]"' else (400, "VALIDATION_FAILED")
        assert (answer.status_code, answer.json().get("errorCode")) == expected

    def test_a_patrons_number_is_known_at_the_library(self, site: Site, other_site: Site) -> None:
        patron_id = site.created(0)
        path = "/preauthenticated/patronId/v4"

        assert site.call("POST", path, json=patron_id).json() == valid(patron_id)
        assert site.call("POST", path, json=patron_id + 1).json() == INVALID
        assert other_site.call("POST", path, json=patron_id).json() == INVALID
        for nonsense in ("1", 0, 2**63, 1.5, True, None):
            assert site.call("POST", path, json=nonsense).status_code == 400


def test_pins_are_compared_in_constant_time_also_of_unknown_cards(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, compared = site.card(site.created(0)), []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr("registry_operators.cms_api.authentication.hmac.compare_digest", compare)
    for identifier, pin in ((card, "4071"), (card, "abc"), ("N999999999", "4071")):
        site.authenticate(identifier, pin)

    assert compared == [(32, 32)] * 3
