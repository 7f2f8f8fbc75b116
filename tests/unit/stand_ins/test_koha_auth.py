"""OAuth, Basic and permissions, as ``OAuth.pm`` and ``Auth.pm`` answer."""

import base64
from collections.abc import Iterator

import pytest
import requests

from stand_ins.koha.process import serving_koha
from tests.unit.stand_ins.koha_caller import BASIC, CLIENT, Caller


@pytest.fixture(scope="module")
def koha() -> Iterator[Caller]:
    with serving_koha(20) as running:
        yield Caller(running)


def test_a_client_gets_a_token_for_an_hour_with_its_pair_in_the_form(koha: Caller) -> None:
    answer = koha.token(**CLIENT)

    body = answer.json()
    assert (answer.status_code, body["token_type"], body["expires_in"]) == (200, "Bearer", 3600)
    assert koha.bearer(body["access_token"]).status_code == 200


def test_the_pair_may_come_as_basic(koha: Caller) -> None:
    answer = requests.post(
        f"{koha.koha.api}/oauth/token", data={"grant_type": "client_credentials"},
        auth=(CLIENT["client_id"], CLIENT["client_secret"]), timeout=30,
    )  # fmt: skip

    assert answer.status_code == 200


def test_a_wrong_pair_is_forbidden(koha: Caller) -> None:
    answer = koha.token(client_id="demo-client", client_secret="wrong")

    assert (answer.status_code, answer.json()) == (403, {"error": "unauthorized_client"})


def test_another_grant_is_not_implemented(koha: Caller) -> None:
    answer = koha.token(grant_type="password")

    assert (answer.status_code, answer.json()) == (400, {"error": "Unimplemented grant type"})


def test_a_form_without_a_grant_is_invalid(koha: Caller) -> None:
    answer = requests.post(f"{koha.koha.api}/oauth/token", data=CLIENT, timeout=30)

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "/grant_type")


@pytest.mark.parametrize(
    "header", ["", "Bearer wrong", "Bearer ", "Basic ???", "Basic d3Jvbmc6cGFpcg=="]
)
def test_whoever_is_not_known_is_told_so(koha: Caller, header: str) -> None:
    headers = {"Authorization": header} if header else {}

    answer = requests.get(f"{koha.koha.api}/patrons", headers=headers, timeout=30)

    assert (answer.status_code, answer.json()) == (401, {"error": "Authentication failure."})


def test_a_bad_token_is_not_saved_by_anything_else(koha: Caller) -> None:
    pair = base64.b64encode(":".join(BASIC).encode()).decode()
    headers = {"Authorization": f"Bearer {pair}"}

    answer = requests.get(f"{koha.koha.api}/patrons", headers=headers, timeout=30)

    assert answer.status_code == 401


def test_a_token_grows_old() -> None:
    with serving_koha(5, token_ttl_s=100) as running:
        koha = Caller(running)
        body = koha.token(**CLIENT).json()
        before = koha.bearer(body["access_token"]).status_code
        running.admin.set_clock(101)

        assert (body["expires_in"], before) == (100, 200)
        assert koha.bearer(body["access_token"]).status_code == 401


def test_tokens_can_be_ended_in_the_middle_of_a_run(koha: Caller) -> None:
    token = koha.token(**CLIENT).json()["access_token"]
    koha.koha.admin.end_sessions()

    assert koha.bearer(token).status_code == 401
    assert koha.bearer(koha.token(**CLIENT).json()["access_token"]).status_code == 200


def test_basic_may_be_switched_off() -> None:
    with serving_koha(5, no_basic=True) as running:
        answer = Caller(running).get()

    message = {"error": "Basic authentication disabled"}
    assert (answer.status_code, answer.json()) == (401, message)


def test_oauth_may_be_switched_off() -> None:
    with serving_koha(5, no_oauth=True) as running:
        answer = Caller(running).token(**CLIENT)

    assert (answer.status_code, answer.json()) == (400, {"error": "Unimplemented grant type"})


def test_a_missing_permission_is_named() -> None:
    with serving_koha(5, no_permission=True) as running:
        answer = Caller(running).get()

    assert answer.status_code == 403
    assert answer.json() == {
        "error": "Authorization failure. Missing required permission(s).",
        "required_permissions": {"borrowers": "list_borrowers"},
    }


def test_maintenance_is_a_503() -> None:
    with serving_koha(5, is_under_maintenance=True) as running:
        answer = Caller(running).get()

    message = {"error": "System is under maintenance."}
    assert (answer.status_code, answer.json()) == (503, message)
