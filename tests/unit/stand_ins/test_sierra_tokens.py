from collections.abc import Iterator

import pytest

from stand_ins.sierra.process import RunningSierra, serving_sierra
from tests.unit.stand_ins.json_caller import JsonCaller
from tests.unit.stand_ins.sierra_caller import ask_for_token, basic, logged_in


@pytest.fixture(scope="module")
def sierra() -> Iterator[RunningSierra]:
    with serving_sierra(20) as running:
        yield running


def test_key_and_secret_give_a_token_for_an_hour(sierra: RunningSierra) -> None:
    answer = ask_for_token(sierra, basic(), b"grant_type=client_credentials")

    assert answer.status == 200
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("bearer", 3600)


@pytest.mark.parametrize("body", [b"{}", b""], ids=["json", "nothing"])
def test_a_client_may_leave_out_the_grant_type(sierra: RunningSierra, body) -> None:
    assert ask_for_token(sierra, basic(), body).status == 200


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({}, b"", 401, 113),
        (basic(secret="wrong"), b"", 401, 123),
        ({"Authorization": "Basic %%%"}, b"", 401, 123),
        (basic(), b"grant_type=password", 400, 108),
    ],
    ids=["no_header", "wrong_secret", "not_base64", "other_grant"],
)
def test_other_logins_are_refused(sierra: RunningSierra, headers, body, status, code) -> None:
    answer = ask_for_token(sierra, headers, body)

    assert (answer.status, answer.json["code"]) == (status, code)


def test_the_token_is_also_at_the_path_without_a_version(sierra: RunningSierra) -> None:
    caller = JsonCaller(f"{sierra.url}/iii/sierra-api", basic())

    assert caller.call("POST", "/token").status == 200


def test_calls_need_a_token(sierra: RunningSierra) -> None:
    answer = JsonCaller(sierra.api).get("/patrons/")

    assert answer.status == 401
    assert answer.json == {
        "code": 113,
        "specificCode": 0,
        "httpStatus": 401,
        "name": "Unauthorized",
        "description": "Invalid or missing authorization header",
    }


def test_an_invented_token_is_stale(sierra: RunningSierra) -> None:
    answer = JsonCaller(sierra.api, {"Authorization": "Bearer x"}).get("/patrons/")

    assert (answer.status, answer.json["code"]) == (401, 120)
    assert answer.json["description"] == "invalid_token"


def test_a_token_is_stale_after_its_hour() -> None:
    with serving_sierra(5) as sierra:
        caller = logged_in(sierra)
        sierra.admin.set_clock(3500)
        before = caller.get("/patrons/")

        sierra.admin.set_clock(3601)
        after = caller.get("/patrons/")

    assert before.status == 200
    assert (after.status, after.json["code"]) == (401, 120)


def test_a_token_describes_itself(sierra: RunningSierra) -> None:
    answer = logged_in(sierra).get("/info/token").json

    assert answer["grantType"] == "client_credentials"
    assert 3590 <= answer["expiresIn"] <= 3600


@pytest.mark.parametrize("version", ["v4", "v5", "v6"])
def test_older_versions_answer_too(sierra: RunningSierra, version) -> None:
    headers = logged_in(sierra).headers
    caller = JsonCaller(f"{sierra.url}/iii/sierra-api/{version}", headers)

    assert caller.get("/patrons", limit=1).status == 200


def test_an_unknown_path_is_not_found(sierra: RunningSierra) -> None:
    assert logged_in(sierra).get("/bibs/").status == 404
    assert logged_in(sierra).call("DELETE", "/patrons/1000001").status == 404
