"""What every request passes: a number, the same origin, a size, safe headers, one log line."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import uuid4

from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registry_operators.web.language import mark
from registry_operators.web.problems import PageError, forbidden, log, problem_of

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = _SAFE | {"POST", "PUT", "PATCH", "DELETE"}
_BODY_BYTES = 1024 * 1024
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "frame-ancestors 'self'",
        "form-action 'self'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    b"cache-control": b"no-store",
    b"content-security-policy": _POLICY.encode("ascii"),
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"same-origin",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"SAMEORIGIN",
}

TellError = Callable[[Request, PageError, str], Response]


class Gate:
    """
    ASGI middleware outside all routes.

    Airflow's log-in cookie may be sent with a request that another web site made the browser
    send, so a request that can change anything must come from a page of this server.

    The log line has method, template of the route, status, duration and number: no path, query,
    header or body, because those can hold what tells who somebody is.

    :param own_origin: Origin of ``[api] base_url``, where browsers see the server.
    :param tell_error: Makes the page of a problem.
    """

    def __init__(self, app: ASGIApp, *, own_origin: str, tell_error: TellError) -> None:
        self._app = app
        self._own_origin = own_origin
        self._tell_error = tell_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request pass, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        page_id = uuid4().hex[:12]
        scope["state"] = {**scope.get("state", {}), "page_id": page_id}
        request, answer = Request(scope, receive), _Answer(send)
        started = time.perf_counter()
        try:
            self._check(request)
            await self._app(scope, receive, answer)
        except Exception as error:  # noqa: BLE001  the last place that can answer
            problem = problem_of(error, page_id)
            if not answer.status:
                await self._tell_error(request, problem, page_id)(scope, receive, answer)
        finally:
            log.info(
                "method=%s route=%s status=%d ms=%d page=%s",
                scope["method"] if scope["method"] in _METHODS else "OTHER",
                getattr(scope.get("route"), "path", "-"),
                answer.status,
                (time.perf_counter() - started) * 1000,
                page_id,
            )

    def _check(self, request: Request) -> None:
        if request.method in _SAFE:
            return
        if not self._is_ours(request):
            raise forbidden(
                mark("The request did not come from these pages."),
                mark("Open the page in Airflow and use its own buttons."),
            )
        length = request.headers.get("content-length")
        if length is None and "transfer-encoding" in request.headers:
            raise PageError(411)
        if length is not None and (not length.isdigit() or int(length[:12]) > _BODY_BYTES):
            raise PageError(413, mark("One megabyte is the most that these pages take."))

    def _is_ours(self, request: Request) -> bool:
        """Say whether a page of this server sent a request, or a program with a token."""
        site, origin = (request.headers.get(name) for name in ("sec-fetch-site", "origin"))
        if site not in {None, "same-origin"}:
            return False
        if origin is not None:
            host = f"{request.url.scheme}://{request.headers.get('host', '')}"
            return origin in {host, self._own_origin} - {""}
        is_by_token = request.headers.get("authorization", "").lower().startswith("bearer ")
        return site is not None or is_by_token


class _Answer:
    """Sends an answer with safe headers, and remembers its status; 0 until it has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = list(message.get("headers", []))
            names = {name.lower() for name, _ in given}
            added = [pair for pair in _HEADERS.items() if pair[0] not in names]
            message = {**message, "headers": [*given, *added]}
        await self._send(message)


def origin_of(base_url: str) -> str:
    """
    Return scheme, host and port of an address, as browsers name an origin.

    >>> origin_of("https://airflow.example.org/sync/"), origin_of("/")
    ('https://airflow.example.org', '')
    """
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""
