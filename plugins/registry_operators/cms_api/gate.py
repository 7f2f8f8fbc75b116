"""What every request passes: a number, limits, safe headers, one log line (spec N3.8)."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry_operators.cms_api.errors import (
    ProblemError,
    answer_problem,
    log,
    problem_of,
    try_later,
)

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"referrer-policy": b"no-referrer",
}
_ONLY_TLS = {b"strict-transport-security": b"max-age=31536000; includeSubDomains"}


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What one request may take, and how many there may be at a time.

    :param body_bytes: Longest body.
    :param body_wait_s: Longest wait for the whole body.
    :param at_once: Requests under way; more are told to come again.
    """

    body_bytes: int = 64 * 1024
    body_wait_s: float = 10.0
    at_once: int = 200


class Gate:
    """
    ASGI middleware outside everything of ours.

    The log line has method, template of the route, status, duration and correlation id: no path,
    query, header or body, because those can hold what tells who somebody is.

    :param is_behind_tls: Clients come by HTTPS, and are told to go on doing so.
    """

    def __init__(self, app: ASGIApp, *, limits: Limits, is_behind_tls: bool) -> None:
        self._app = app
        self._limits = limits
        self._headers = _HEADERS | (_ONLY_TLS if is_behind_tls else {})
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request pass."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = str(uuid4())
        scope.setdefault("state", {})["correlation_id"] = correlation_id
        started, answer = time.perf_counter(), _Answer(send, self._headers)
        self._under_way += 1
        try:
            await self._pass(scope, receive, answer)
        except Exception as error:  # noqa: BLE001  the last place that can answer
            problem = problem_of(error, correlation_id)
            if not answer.status:
                await answer_problem(problem, correlation_id)(scope, receive, answer)
        finally:
            self._under_way -= 1
            log.info(
                "method=%s route=%s status=%d ms=%d correlation=%s",
                scope["method"] if scope["method"] in _METHODS else "OTHER",
                getattr(scope.get("route"), "path", "-"),
                answer.status,
                (time.perf_counter() - started) * 1000,
                correlation_id,
            )

    async def _pass(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        if self._under_way > self._limits.at_once:
            raise try_later(1)
        try:
            body = await asyncio.wait_for(self._body(scope, receive), self._limits.body_wait_s)
        except TimeoutError:
            raise ProblemError(
                408, "REQUEST_TIMEOUT", "the body did not come in time; send it again",
                headers={"Connection": "close"},
            ) from None  # fmt: skip
        if body is not None:
            await self._app(scope, _replay(body, receive), answer)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """Return the whole body, or ``None`` if the client went away."""
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced[:12]) > self._limits.body_bytes:
            raise self._too_large()
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if len(body) > self._limits.body_bytes:
                raise self._too_large()
            if not message.get("more_body", False):
                return bytes(body)

    def _too_large(self) -> ProblemError:
        return ProblemError(
            413, "REQUEST_TOO_LARGE", f"a body has at most {self._limits.body_bytes} bytes",
            headers={"Connection": "close"},
        )  # fmt: skip


class _Answer:
    """Sends an answer with safe headers, and remembers its status; 0 until it has begun."""

    def __init__(self, send: Send, headers: dict[bytes, bytes]) -> None:
        self._send = send
        self._headers = headers
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = list(message.get("headers", []))
            names = {name.lower() for name, _ in given}
            added = [pair for pair in self._headers.items() if pair[0] not in names]
            message = {**message, "headers": [*given, *added]}
        await self._send(message)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a receiver that gives the body once more, and then what comes after it."""
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return parts.pop() if parts else await receive()

    return again
