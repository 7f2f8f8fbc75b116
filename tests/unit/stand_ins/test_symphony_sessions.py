import re
from collections.abc import Iterator

import pytest

from stand_ins.people import pin
from stand_ins.symphony.process import RunningSymphony, serving_symphony
from tests.unit.stand_ins.json_caller import JsonCaller
from tests.unit.stand_ins.symphony_caller import HEADERS, log_in, logged_in


@pytest.fixture(scope="module")
def symphony() -> Iterator[RunningSymphony]:
    with serving_symphony(30) as running:
        yield running


@pytest.fixture
def caller(symphony: RunningSymphony) -> JsonCaller:
    return logged_in(symphony)


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in HEADERS.items() if key != name}


def test_a_login_gives_a_token_of_36_characters(symphony: RunningSymphony) -> None:
    answer = log_in(JsonCaller(symphony.api, HEADERS))

    assert answer.status == 200
    assert re.fullmatch(r"[a-z0-9-]{36}", answer.json["sessionToken"])


def test_a_wrong_password_is_refused(symphony: RunningSymphony) -> None:
    answer = log_in(JsonCaller(symphony.api, HEADERS), password="wrong")

    assert (answer.status, answer.json["messageList"][0]["code"]) == (401, "unableToLogin")


def test_a_login_without_a_password_is_a_bad_request(symphony: RunningSymphony) -> None:
    assert JsonCaller(symphony.api, HEADERS).post("/user/staff/login", {}).status == 400


@pytest.mark.parametrize(
    ("name", "status"), [("x-sirs-clientID", 401), ("SD-Originating-App-Id", 400)]
)
def test_headers_are_required(symphony: RunningSymphony, name, status) -> None:
    assert log_in(JsonCaller(symphony.api, without(name))).status == status


def test_a_session_needs_the_client_id_of_its_login(caller: JsonCaller) -> None:
    answer = caller.call("GET", "/user/patron/describe", headers={"x-sirs-clientID": "Other"})

    assert answer.status == 401


def test_calls_need_a_session(symphony: RunningSymphony) -> None:
    answer = JsonCaller(symphony.api, HEADERS).get("/user/patron/describe")

    assert answer.status == 401
    assert answer.json["messageList"][0]["message"]


def test_an_invented_token_has_timed_out(symphony: RunningSymphony) -> None:
    headers = HEADERS | {"x-sirs-sessionToken": "0" * 36}
    answer = JsonCaller(symphony.api, headers).get("/user/patron/describe")

    assert (answer.status, answer.json["messageList"][0]["code"]) == (401, "sessionTimedOut")


def test_only_an_idle_session_times_out() -> None:
    with serving_symphony(5) as symphony:
        caller = logged_in(symphony)
        statuses = []
        for offset_s in (1500, 3000, 4900):
            symphony.admin.set_clock(offset_s)
            statuses.append(caller.get("/user/patron/describe").status)

    assert statuses == [200, 200, 401]


def test_trackers_come_back(caller: JsonCaller) -> None:
    answer = caller.call("GET", "/user/patron/key/1001", headers={"SD-Request-Tracker": "4711"})

    assert answer.headers["sd-request-tracker"] == "4711"


def test_the_version_can_be_asked_for_without_a_session(symphony: RunningSymphony) -> None:
    assert JsonCaller(symphony.api, HEADERS).get("/aboutIlsWs").status == 200


@pytest.mark.parametrize("more", ["/v1", "/ws"])
def test_some_sites_have_more_in_their_paths(symphony: RunningSymphony, caller, more) -> None:
    other = JsonCaller(symphony.api + more, caller.headers)

    assert other.get("/user/patron/key/1001").status == 200


def test_a_patron_is_authenticated_by_pin(caller: JsonCaller) -> None:
    right = {"barcode": "29000000000001", "password": pin(1)}

    accepted = caller.post("/user/patron/authenticate", right)
    refused = caller.post("/user/patron/authenticate", right | {"password": "no"})

    assert accepted.json["patronKey"] == "1002"
    assert (refused.status, refused.json["messageList"][0]["code"]) == (401, "unableToAuthenticate")


def test_an_unknown_path_has_a_message_list(caller: JsonCaller) -> None:
    answer = caller.get("/catalog/bib/describe")

    assert (answer.status, len(answer.json["messageList"])) == (404, 1)
