import json
from collections.abc import Iterator
from http.client import IncompleteRead
from typing import Any

import pytest

from stand_ins.symphony.process import RunningSymphony, serving_symphony
from tests.unit.stand_ins.json_caller import Answer, JsonCaller
from tests.unit.stand_ins.symphony_caller import HEADERS, log_in, logged_in

RESET = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)


@pytest.fixture
def symphony() -> Iterator[RunningSymphony]:
    with serving_symphony(300) as running:
        yield running


@pytest.fixture
def caller(symphony: RunningSymphony) -> JsonCaller:
    return logged_in(symphony)


def search(caller: JsonCaller, **more: Any) -> Answer:
    return caller.get("/user/patron/search", q="LIBRARY:MAIN", includeFields="key", **more)


@pytest.mark.parametrize(
    ("dial", "status"),
    [
        ({"dial": "too_many_requests"}, 429),
        ({"dial": "server_error"}, 500),
        ({"dial": "permission_lost"}, 403),
        ({"dial": "session_expired"}, 401),
    ],
    ids=lambda value: value["dial"] if isinstance(value, dict) else str(value),
)
def test_refusals_have_a_message_list(symphony: RunningSymphony, caller, dial, status) -> None:
    symphony.admin.set_faults(dial)

    answer = search(caller)

    assert answer.status == status
    assert answer.json["messageList"][0]["message"]


def test_the_server_in_front_answers_in_html(symphony: RunningSymphony, caller) -> None:
    symphony.admin.set_faults({"dial": "html_503"})

    answer = search(caller)

    assert (answer.status, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    with pytest.raises(json.JSONDecodeError):
        _ = answer.json


@pytest.mark.parametrize("dial", ["reset_before_answer", "reset_after_answer", "truncated_body"])
def test_broken_connections(symphony: RunningSymphony, caller: JsonCaller, dial) -> None:
    symphony.admin.set_faults({"dial": dial, "times": 1})

    with pytest.raises((*RESET, IncompleteRead)):
        search(caller)

    assert search(caller).status == 200


def test_a_login_can_be_lost_after_it_was_made(symphony: RunningSymphony) -> None:
    symphony.admin.set_faults({"dial": "reset_after_answer", "operation": "login"})

    with pytest.raises(RESET):
        log_in(JsonCaller(symphony.api, HEADERS))

    assert symphony.admin.end_sessions() == 1


def test_empty_success(symphony: RunningSymphony, caller: JsonCaller) -> None:
    symphony.admin.set_faults({"dial": "empty_success"})

    answer = search(caller)

    assert answer.status == 200
    assert (answer.json["totalResults"], answer.json["result"]) == (0, [])


def test_a_shortened_page_keeps_its_total(symphony: RunningSymphony, caller: JsonCaller) -> None:
    whole = search(caller, ct=10).json
    symphony.admin.set_faults({"dial": "shortened_page", "rows": 4})

    page = search(caller, ct=10).json

    assert page["result"] == whole["result"][:6]
    assert page["totalResults"] == whole["totalResults"]


def test_a_duplicated_page_is_the_one_before(symphony: RunningSymphony, caller) -> None:
    symphony.admin.set_faults({"dial": "duplicated_page", "after": 1})

    first, second = search(caller, rw=1).json, search(caller, rw=11).json

    assert second == first


def test_wrong_totals(symphony: RunningSymphony, caller: JsonCaller) -> None:
    right = search(caller).json["totalResults"]
    symphony.admin.set_faults({"dial": "wrong_totals", "by": -20})

    assert search(caller).json["totalResults"] == right - 20


def test_rows_drift_while_somebody_pages(symphony: RunningSymphony, caller: JsonCaller) -> None:
    before = search(caller, ct=1000).json
    symphony.admin.set_faults({"dial": "drifting_pages", "inserted": 50, "deleted": 50})

    after = search(caller, ct=1000).json

    assert after["totalResults"] > before["totalResults"]
    assert after["result"].count(None) > before["result"].count(None)


def test_a_new_login_helps_after_the_session_ended(symphony: RunningSymphony, caller) -> None:
    symphony.admin.set_faults({"dial": "session_expired", "operation": "search", "after": 1})
    answers = [search(caller), search(caller)]

    assert [answer.status for answer in answers] == [200, 401]
    assert answers[1].json["messageList"][0]["code"] == "sessionTimedOut"
    assert search(logged_in(symphony)).status == 200


def test_clock_skew_shows_in_the_date(symphony: RunningSymphony, caller: JsonCaller) -> None:
    symphony.admin.set_faults({"dial": "clock_skew", "seconds": 600})

    search(caller)

    assert symphony.admin.summary()["offset_s"] == 600
    assert search(caller).status == 200
