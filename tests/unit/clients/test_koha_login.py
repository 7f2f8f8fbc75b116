"""How Koha lets the client in: tokens, HTTP Basic, and what is said when it does not."""

from __future__ import annotations

import pytest

from registry_operators.errors import LoginRefusedError
from stand_ins.koha.process import serving_koha
from tests.unit.clients.ils_stub import a_koha, read, saying

SIZE = 50


@pytest.fixture(scope="module")
def _served():
    with serving_koha(400) as koha:
        yield koha


@pytest.fixture
def koha(_served):
    """A Koha of 396 living patrons without any fault."""
    _served.admin.call("DELETE", "faults")
    return _served


@pytest.fixture
def fault(koha):
    def turn(dial: str, **keys: object) -> None:
        koha.admin.call("PUT", "faults", {"dials": [{"dial": dial, **keys}]})

    return turn


@pytest.mark.parametrize("basic", [False, True], ids=["oauth2", "basic"])
def test_both_ways_lead_in(koha, basic) -> None:
    a_koha(koha.api, basic=basic).check()


def test_a_pair_that_only_counts_as_basic_is_sent_so_next() -> None:
    asked = []

    def answer(call):
        asked.append(call)
        if call.path.endswith("/patrons"):
            return 200, [], {}
        if "authorization" not in call.headers:
            return 400, {"error": "no client"}, {}
        return 200, {"access_token": "t", "expires_in": 3600}, {}

    with saying(answer) as url:
        a_koha(url).check()

    assert [call.headers.get("authorization", "")[:6] for call in asked] == [
        "", "Basic ", "Bearer",
    ]  # fmt: skip
    assert "client_secret" not in asked[1].body


def test_a_token_is_renewed_before_it_ends(koha) -> None:
    now = [0.0]
    client = a_koha(koha.api, clock=lambda: now[0])
    before = koha.admin.call("GET", "summary")["calls"].get("token", 0)
    for now[0] in (0.0, 3500.0, 3545.0):
        client.check()

    assert koha.admin.call("GET", "summary")["calls"]["token"] == before + 2


def test_a_token_that_is_refused_while_reading_is_fetched_anew(koha, fault) -> None:
    fault("session_expired", operation="patrons", after=3)

    assert len(read(a_koha(koha.api, page_size=SIZE))) == 396


def test_a_wrong_secret_is_told_once_and_without_it(koha) -> None:
    with pytest.raises(LoginRefusedError, match="RESTOAuth2ClientCredentials") as caught:
        a_koha(koha.api, password="wrong-one").check()

    assert "wrong-one" not in str(caught.value)


@pytest.mark.parametrize("option", ["no_permission", "no_basic"])
def test_an_account_without_right_is_refused(option) -> None:
    with serving_koha(5, **{option: True}) as koha, pytest.raises(LoginRefusedError):
        a_koha(koha.api, basic=True).check()


def test_a_permission_lost_while_reading_ends_it(koha, fault) -> None:
    fault("permission_lost", operation="patrons", after=3)

    with pytest.raises(LoginRefusedError):
        read(a_koha(koha.api, page_size=SIZE))
