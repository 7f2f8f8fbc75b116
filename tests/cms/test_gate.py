"""Limits, headers and the log: what every request passes."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from starlette.testclient import TestClient

from registry_operators.cms_api.app import build_app
from registry_operators.cms_api.gate import Gate, Limits
from registry_operators.desk.desk import Desk
from registry_operators.ledger.pool import LedgerPool
from tests.cms.conftest import PASSWORD, Site
from tests.factories import a_national_id

LIMIT = 64 * 1024


class BoomError(Exception):
    """An error that nobody foresaw, with something personal in it."""


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_limit_is_refused(site: Site, chunked: bool) -> None:
    def body(size: int) -> Any:
        text = b'"' + b"1" * (size - 2) + b'"'
        return iter([text[:1000], text[1000:]]) if chunked else text

    headers = {"Content-Type": "application/json"}
    within = site.call("POST", "/preauthenticated/v10", content=body(LIMIT), headers=headers)
    beyond = site.call("POST", "/preauthenticated/v10", content=body(LIMIT + 1), headers=headers)

    assert within.status_code == 400
    assert (beyond.status_code, beyond.json()["errorCode"]) == (413, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize("path", ["/health", "/docs", "/openapi.json", "/nowhere"])
def test_every_answer_has_safe_headers(http: TestClient, path: str) -> None:
    headers = http.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "strict-transport-security" not in headers
    assert not any(name.startswith("access-control") for name in headers)


def test_clients_behind_tls_are_told_to_stay_there(desk: Desk) -> None:
    with TestClient(build_app(desk, is_behind_tls=True), base_url="https://localhost") as http:
        assert http.get("/health").headers["strict-transport-security"].startswith("max-age=")


def test_a_browser_of_another_site_gets_no_permission(http: TestClient) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = http.options("/rest/external/NO-2030000/patrons/v10", headers=headers)

    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


def test_an_unforeseen_error_is_told_to_nobody(site: Site, monkeypatch, caplog) -> None:
    def fail(*_: Any) -> None:
        raise BoomError(a_national_id(0))

    monkeypatch.setattr("registry_operators.cms_api.patron_routes.read_view", fail)
    answer = site.call("GET", "/1/v4")

    assert (answer.status_code, answer.json()["errorCode"]) == (500, "INTERNAL_ERROR")
    assert answer.headers["cache-control"] == "no-store"
    assert a_national_id(0) not in answer.text + caplog.text
    assert "BoomError at " in caplog.text
    assert answer.json()["correlationId"] in caplog.text


def test_the_log_has_templates_and_nothing_of_a_person(site: Site, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    site.created(0)
    card = site.card(1)
    site.authenticate(card, "4071")
    site.authenticate(a_national_id(0), "9999")
    site.call("POST", "/preauthenticated/v10", content=a_national_id(0))
    site.call("POST", "/v10", json={"personIdentifier": a_national_id(0) + "x"})
    site.call("GET", f"/{a_national_id(0)}/v4?card={card}")
    site.log_in("a wrong password", "somebody")

    ours = [one for one in caplog.records if one.name == "patron_sync.cms_api"]
    text = "\n".join(one.getMessage() for one in ours)
    assert "method=POST route=/rest/external/{agencyid}/patrons/v10 status=200 ms=" in text
    assert "correlation=" in text
    for value in (a_national_id(0), card, "4071", "9999", PASSWORD, "wrong", "somebody", "?",
                  site.headers["X-Session"]):  # fmt: skip
        assert value not in text


def test_the_number_of_an_error_stands_in_the_log(site: Site, caplog) -> None:
    caplog.set_level(logging.INFO)

    number = site.call("GET", "/999/v4").json()["correlationId"]

    (line,) = [one.getMessage() for one in caplog.records if number in one.getMessage()]
    assert "status=404" in line


def test_a_database_that_is_away_means_later(database_url: str, desk: Desk, caplog) -> None:
    pool = LedgerPool(database_url.replace("/patron_test", "/nowhere"), size=1, wait_s=0.2)
    away = Desk(pool.ledger, desk.config, desk.secrets, desk.look_up)
    try:
        with TestClient(build_app(away), base_url="http://localhost") as http:
            health = http.get("/health")
            call = Site(http, headers={"X-Session": "any"}).call("GET", "/1/v4")
    finally:
        pool.close()

    for answer in (health, call):
        assert (answer.status_code, answer.json()["errorCode"]) == (503, "UNAVAILABLE")
        assert answer.headers["retry-after"] == "5"
        assert "PATRON_DB" not in answer.text


def test_health_needs_no_session(http: TestClient) -> None:
    assert http.get("/health").json() == {"status": "UP"}


class TestAlone:
    """The gate before an app that waits, driven without a server."""

    @staticmethod
    async def ask(gate: Gate, *messages: dict[str, Any]) -> list[dict[str, Any]]:
        sent, waiting = [], list(messages)

        async def receive() -> Any:
            if not waiting:
                await asyncio.sleep(60)
            return waiting.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
        await gate(scope, receive, send)
        return sent

    @staticmethod
    async def patient(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.2)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    def test_a_body_that_does_not_come_is_not_waited_for(self) -> None:
        gate = Gate(self.patient, limits=Limits(body_wait_s=0.05), is_behind_tls=False)
        part = {"type": "http.request", "body": b"{", "more_body": True}

        sent = asyncio.run(self.ask(gate, part))

        assert sent[0]["status"] == 408

    def test_a_client_that_goes_away_is_let_go(self) -> None:
        gate = Gate(self.patient, limits=Limits(), is_behind_tls=False)

        assert asyncio.run(self.ask(gate, {"type": "http.disconnect"})) == []

    def test_more_than_may_come_at_once_are_told_to_come_again(self) -> None:
        gate = Gate(self.patient, limits=Limits(at_once=2), is_behind_tls=False)
        whole = {"type": "http.request", "body": b"", "more_body": False}

        async def crowd() -> list[int]:
            answers = await asyncio.gather(*(self.ask(gate, whole) for _ in range(3)))
            answers.append(await self.ask(gate, whole))
            return [sent[0]["status"] for sent in answers]

        assert asyncio.run(crowd()) == [200, 200, 503, 200]
