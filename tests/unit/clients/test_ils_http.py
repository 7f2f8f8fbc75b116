"""One call by HTTP: what is repeated, how long is waited, and what messages say."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from registry_operators.clients.ils_http import IlsHttp, IlsReply, IlsRequest
from registry_operators.clients.ils_records import (
    drop_secret_elements,
    drop_secrets,
    is_secret,
    read_ahead,
)
from registry_operators.clients.rate_limit import RateLimit, shared_rate_limit
from registry_operators.errors import MalformedAnswerError, RefusedError, UnavailableError
from tests.unit.clients.ils_stub import Answer, saying

REQUEST = IlsRequest("test: list", "/list", {"q": "hemmelig"})
TOKEN = IlsRequest("test: log-in", "/token", form={"grant_type": "client_credentials"})


def content(reply: IlsReply) -> object:
    return reply.content()


def headers(reply: IlsReply) -> dict[str, str]:
    return {"Authorization": str(reply.content())}


def call(*answers: Answer, pauses: list[float] | None = None) -> object:
    """Make the call to a server that gives the answers in order, the last one again and again."""
    left = list(answers)
    pause = pauses.append if pauses is not None else lambda _: None
    with saying(lambda _: left.pop(0) if len(left) > 1 else left[0]) as url:
        return IlsHttp(url, pause=pause, timeout_s=5).call(REQUEST, content)


@pytest.mark.parametrize(
    "answer",
    [
        (429, "", {}),
        (500, "", {}),
        (503, "<html>down</html>", {}),
        (200, "<!DOCTYPE html><p>Log in", {}),
        (200, '{"user": [{"first', {}),
        (200, "[1, 2]", {"Content-Length": "60", "Connection": "close"}),
    ],
    ids=["429", "500", "503 as HTML", "200 as HTML", "cut-off JSON", "cut-off body"],
)
def test_what_may_pass_is_repeated(answer) -> None:
    assert call(answer, (200, [1], {})) == [1]


def test_a_log_in_that_has_made_its_own_attempts_is_not_repeated_again() -> None:
    pauses: list[float] = []
    with saying(lambda _: (503, "", {})) as url:
        http = IlsHttp(url, prepare=lambda: login.call(TOKEN, headers), pause=pauses.append)
        login = IlsHttp(url, pause=pauses.append)
        with pytest.raises(UnavailableError):
            http.call(REQUEST, content)

    assert len(pauses) == 3


@pytest.mark.parametrize("status", [400, 404, 405, 302])
def test_what_cannot_pass_is_not_repeated(status) -> None:
    pauses: list[float] = []
    with pytest.raises(RefusedError, match=f"HTTP {status}"):
        call((status, {"error": "hemmelig"}, {"Location": "/elsewhere"}), pauses=pauses)

    assert pauses == []


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:30 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"},
         30.0),
    ],
    ids=["seconds", "a time of the server's clock"],
)  # fmt: skip
def test_a_pause_that_is_asked_for_is_made(headers, pause) -> None:
    pauses: list[float] = []

    assert call((429, "", headers), (200, [], {}), pauses=pauses) == []
    assert pauses == [pause]


def test_a_pause_too_long_to_make_ends_the_call() -> None:
    with pytest.raises(UnavailableError) as caught:
        call((503, "", {"Retry-After": "3600"}))

    assert caught.value.retry_after_s == 3600


def test_half_a_surrogate_pair_does_not_stop_the_others() -> None:
    assert call((200, '["a\\ud800"]', {})) == ["a\ud800"]


def test_a_lost_connection_is_told_without_the_url() -> None:
    http = IlsHttp("http://127.0.0.1:1", pause=lambda _: None, timeout_s=1)

    with pytest.raises(UnavailableError) as caught:
        http.call(REQUEST, content)

    assert str(caught.value) == "test: list: no answer (ConnectionError)"
    assert caught.value.__suppress_context__


def test_a_body_is_never_shown() -> None:
    assert "hemmelig" not in repr(IlsReply("test", 200, {}, b"hemmelig"))
    assert "hemmelig" not in repr(REQUEST)
    with pytest.raises(MalformedAnswerError) as caught:
        IlsReply("test", 200, {}, b'["hemmelig').content()
    assert "hemmelig" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("password", True), ("PIN", True), ("hashed_pin", True), ("pin_number", True),
        ("overdrive_auth_token", True), ("userPassword", True), ("Web PIN", True),
        ("pinHash", True), ("patronPin", True), ("force_password_change", False),
        ("pinyin", False), ("shipping", False), ("opinion", False),
    ],
)  # fmt: skip
def test_secrets_are_known_by_their_names(name, found) -> None:
    assert is_secret(name) is found


def test_secrets_are_dropped_wherever_they_appear() -> None:
    records: list[dict[str, Any]] = [{"id": 1}, {"id": 2, "secret": "x", "kept": 1, "gone": 2}]
    drop_secrets(records, {"gone"})

    assert records == [{"id": 1}, {"id": 2, "kept": 1}]


def test_elements_of_a_secret_kind_are_dropped() -> None:
    ids = [{"id_type": {"value": "PIN"}, "value": "1"}, {"id_type": None, "value": "2"}]
    records: list[dict[str, Any]] = [{"user_identifier": ids}, {"user_identifier": None}]
    drop_secret_elements(records, "user_identifier", "id_type", "value")

    assert records[0] == {"user_identifier": ids[1:]}


def test_the_next_page_is_fetched_while_one_is_worked_on() -> None:
    second = threading.Event()

    def pages():
        yield 1
        second.set()
        yield 2

    ahead = read_ahead(pages())

    assert next(ahead) == 1
    assert second.wait(5)
    assert list(ahead) == [2]


def test_an_error_of_a_page_comes_after_the_pages_before_it() -> None:
    def pages():
        yield 1
        raise UnavailableError("gone")

    ahead = read_ahead(pages())

    assert next(ahead) == 1
    with pytest.raises(UnavailableError):
        next(ahead)


def test_turns_are_evenly_apart_for_all_threads() -> None:
    limit = RateLimit(25, clock=lambda: 100.0)
    pauses: list[float] = []
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: limit.wait(pauses.append), range(50)))

    assert [round(one, 2) for one in sorted(pauses)] == [round(n / 25, 2) for n in range(1, 50)]


def test_clients_of_one_key_share_a_limit() -> None:
    assert shared_rate_limit("key", 25) is shared_rate_limit("key", 25)
    assert shared_rate_limit("key", 25) is not shared_rate_limit("other", 25)
