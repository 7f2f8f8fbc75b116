import json
import time
from collections.abc import Iterator
from http.client import IncompleteRead

import pytest

from stand_ins.admin_call import AdminCallError
from stand_ins.sierra.process import RunningSierra, serving_sierra
from tests.unit.stand_ins.json_caller import JsonCaller
from tests.unit.stand_ins.sierra_caller import ask_for_token, basic, logged_in

RESET = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)


@pytest.fixture
def sierra() -> Iterator[RunningSierra]:
    with serving_sierra(300) as running:
        yield running


@pytest.fixture
def caller(sierra: RunningSierra) -> JsonCaller:
    return logged_in(sierra)


def page(caller: JsonCaller, **query: object) -> list[int]:
    entries = caller.get("/patrons/", **({"limit": 10, "deleted": "false"} | query)).json["entries"]
    return [entry["id"] for entry in entries]


def test_latency_delays(sierra: RunningSierra, caller: JsonCaller) -> None:
    sierra.admin.set_faults({"dial": "latency", "seconds": 0.15})

    begun = time.monotonic()
    caller.get("/patrons/")

    assert time.monotonic() - begun >= 0.15


@pytest.mark.parametrize(("wait", "sent"), [("7", "7"), ("", None)], ids=["with", "without"])
def test_too_many_requests(sierra: RunningSierra, caller: JsonCaller, wait, sent) -> None:
    sierra.admin.set_faults({"dial": "too_many_requests", "retry_after": wait, "times": 1})

    refused = caller.get("/patrons/")

    assert (refused.status, refused.headers.get("retry-after")) == (429, sent)
    assert caller.get("/patrons/").status == 200


@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_errors_are_in_sierras_form(sierra: RunningSierra, caller, status) -> None:
    sierra.admin.set_faults({"dial": "server_error", "status": status})

    answer = caller.get("/patrons/")

    assert (answer.status, answer.json["httpStatus"]) == (status, status)


def test_the_server_in_front_answers_in_html(sierra: RunningSierra, caller: JsonCaller) -> None:
    sierra.admin.set_faults({"dial": "html_503"})

    answer = caller.get("/patrons/")

    assert answer.status == 503
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("dial", ["reset_before_answer", "reset_after_answer"])
def test_resets(sierra: RunningSierra, caller: JsonCaller, dial) -> None:
    sierra.admin.set_faults({"dial": dial, "times": 1})

    with pytest.raises(RESET):
        caller.get("/patrons/")

    assert caller.get("/patrons/").status == 200
    assert sierra.admin.summary()["statuses"]["0"] == 1


def test_a_truncated_body_breaks_off(sierra: RunningSierra, caller: JsonCaller) -> None:
    sierra.admin.set_faults({"dial": "truncated_body"})

    with pytest.raises((*RESET, IncompleteRead)):
        caller.get("/patrons/")


def test_a_body_truncated_in_silence_is_no_json(sierra: RunningSierra, caller) -> None:
    sierra.admin.set_faults({"dial": "truncated_body", "in_silence": True})

    answer = caller.get("/patrons/")

    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        _ = answer.json


def test_empty_success(sierra: RunningSierra, caller: JsonCaller) -> None:
    sierra.admin.set_faults({"dial": "empty_success"})

    answer = caller.get("/patrons/")

    assert (answer.status, answer.json) == (200, {"total": 0, "start": 0, "entries": []})


def test_a_shortened_page_lacks_its_last_rows(sierra: RunningSierra, caller: JsonCaller) -> None:
    whole = page(caller)
    sierra.admin.set_faults({"dial": "shortened_page", "rows": 3})

    assert page(caller) == whole[:-3]


@pytest.mark.parametrize("second", [{"offset": 10}, {"id": "[1000012,]"}], ids=["offset", "keyset"])
def test_a_duplicated_page_is_the_one_before(sierra: RunningSierra, caller, second) -> None:
    sierra.admin.set_faults({"dial": "duplicated_page", "after": 1, "times": 1})
    first = page(caller)

    assert page(caller, **second) == first
    assert page(caller, **second) != first


def test_drifting_pages_lose_and_gain_patrons(sierra: RunningSierra, caller: JsonCaller) -> None:
    before = sierra.admin.summary()
    sierra.admin.set_faults(
        {"dial": "drifting_pages", "inserted": 4, "deleted": 2, "changed": 3, "times": 2}
    )
    page(caller)
    page(caller, offset=10)

    after = sierra.admin.summary()

    assert after["deleted"] == before["deleted"] + 4
    assert after["patrons"] == before["patrons"] + 8 - 4


def test_permission_lost(sierra: RunningSierra, caller: JsonCaller) -> None:
    sierra.admin.set_faults({"dial": "permission_lost"})

    answer = caller.get("/patrons/")

    assert (answer.status, answer.json["code"]) == (403, 116)


def test_a_token_may_end_in_the_middle_of_a_run(sierra: RunningSierra, caller: JsonCaller) -> None:
    sierra.admin.set_faults({"dial": "session_expired", "after": 1})
    statuses = [caller.get("/patrons/").status for _ in range(3)]

    assert statuses == [200, 401, 401]
    assert logged_in(sierra).get("/patrons/").status == 200


def test_wrong_totals(sierra: RunningSierra, caller: JsonCaller) -> None:
    sierra.admin.set_faults({"dial": "wrong_totals", "by": 1000})

    answer = caller.get("/patrons/", limit=10).json

    assert (answer["total"], len(answer["entries"])) == (1010, 10)


def test_clock_skew_moves_what_changes(sierra: RunningSierra, caller: JsonCaller) -> None:
    sierra.admin.set_faults({"dial": "clock_skew", "seconds": -86_400 * 40})
    caller.get("/patrons/")

    before = sierra.admin.summary()["now"]
    [number] = sierra.admin.change(count=1)
    after = sierra.admin.summary()

    assert after["offset_s"] == -86_400 * 40
    assert before <= sierra.admin.patron(number)["updated_at"] <= after["now"]


def test_a_dial_may_be_for_one_operation(sierra: RunningSierra, caller: JsonCaller) -> None:
    sierra.admin.set_faults({"dial": "server_error", "operation": "token"})

    assert caller.get("/patrons/").status == 200
    assert ask_for_token(sierra, basic(), b"").status == 500


def test_chance_is_the_same_in_each_run(sierra: RunningSierra, caller: JsonCaller) -> None:
    def statuses() -> list[int]:
        sierra.admin.set_faults({"dial": "server_error", "probability": 0.5, "seed": 3})
        return [caller.get("/patrons/", limit=1).status for _ in range(20)]

    first = statuses()

    assert statuses() == first
    assert set(first) == {200, 500}


def test_dials_tell_how_often_they_fired(sierra: RunningSierra, caller: JsonCaller) -> None:
    sierra.admin.set_faults({"dial": "server_error", "times": 1})
    caller.get("/patrons/")
    caller.get("/patrons/")

    [dial] = sierra.admin.faults()

    assert (dial["met"], dial["fired"], dial["status"]) == (2, 1, 500)
    sierra.admin.clear_faults()
    assert sierra.admin.faults() == []


@pytest.mark.parametrize(
    "dial",
    [
        {"dial": "earthquake"},
        {"dial": "latency", "seconds": "long"},
        {"dial": "latency", "depth": 1},
        {"dial": "latency", "operation": "borrow"},
        {"dial": "server_error", "status": 200},
        {},
    ],
    ids=["no_dial", "no_number", "no_key", "no_operation", "no_error", "nothing"],
)
def test_a_wrong_dial_is_refused(sierra: RunningSierra, dial) -> None:
    with pytest.raises(AdminCallError, match="400"):
        sierra.admin.set_faults(dial)
