"""What routes share: the session before everything else, the visit, documented refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader
from starlette.convertors import Convertor, register_url_convertor

from registry_operators.cms_api.errors import ErrorBody, ProblemError
from registry_operators.cms_api.sessions import CmsUser, agency_isil, read_session
from registry_operators.cms_api.wire import MAX_PATRON_ID
from registry_operators.desk.desk import Caller, Desk, PatronRef
from registry_operators.domain.creation import Actor

_DOOR = "cms_api"
_LONGEST_TEXT = 128
_WHY = {
    400: "The request is not as documented, or a rule refuses it.",
    401: "The session is missing, unknown or expired: log in and try once more.",
    403: "The session is another library's, or user name and password are wrong.",
    404: "There is no such patron, card or path.",
    405: "The path does not take this method.",
    408: "The body did not come in time.",
    409: "It is in the way of something else, such as a patron who is there already.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    500: "Something is wrong on this side.",
    503: "The database or the registry does not answer; try again after `Retry-After`.",
}
_session_key = APIKeyHeader(
    name="X-Session", auto_error=False, description="`sessionKey` of the log-in."
)


class _PatronIdConvertor(Convertor[int]):
    """Takes digits only, so that words in the same place name other routes."""

    regex = "[0-9]{1,19}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("patron", _PatronIdConvertor())


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a client who may make it."""

    desk: Desk
    user: CmsUser

    @property
    def library(self) -> str:
        """The library's agency code."""
        return self.user.library

    @property
    def caller(self) -> Caller:
        """The patron, by way of the library's client system."""
        return Caller(Actor.SELF_SERVICE, self.user.name, _DOOR)

    def patron(self, patron_id: int) -> PatronRef:
        """Return a patron of the client's own library; whether there is one is seen later."""
        return PatronRef(self.library, patron_id)


class JsonRoute(APIRoute):
    """A route that takes JSON and nothing else."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            await self.admit(request)
            content_type = request.headers.get("content-type", "application/json")
            media_type = content_type.partition(";")[0].strip().lower()
            if self.takes_body and media_type != "application/json":
                raise ProblemError(
                    415, "UNSUPPORTED_MEDIA_TYPE", "send the body as application/json"
                )
            return await handle(request)

        return checked

    @property
    def takes_body(self) -> bool:
        """Whether what is sent matters."""
        return not self.methods.isdisjoint({"POST", "PUT"})

    async def admit(self, request: Request) -> None:
        """Let everybody in."""


class SessionRoute(JsonRoute):
    """A route for clients with a session of the library in the path; asked before all else."""

    async def admit(self, request: Request) -> None:
        desk: Desk = request.app.state.desk
        key = request.headers.get("x-session", "")
        user = await run_in_threadpool(read_session, desk, key) if key else None
        if user is None:
            raise ProblemError(
                401, "SESSION_INVALID", "the session is missing, unknown or expired; log in again",
                headers={"WWW-Authenticate": "X-Session"},
            )  # fmt: skip
        if request.path_params["agencyid"] != agency_isil(user.library):
            raise ProblemError(
                403, "WRONG_AGENCY", "the session belongs to another library; log in to this one"
            )
        request.state.visit = Visit(desk, user)


Agency = Annotated[
    str,
    Path(description="ISIL of the library: `NO-` and seven digits.", examples=["NO-2030000"]),
]


def visit(request: Request, agencyid: Agency) -> Visit:
    """Return what the route has found out before."""
    found: Visit = request.state.visit
    return found


Here = Annotated[Visit, Depends(visit)]
PatronId = Annotated[int, Path(alias="patronid", ge=1, le=MAX_PATRON_ID)]


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of error answers."""
    return {status: {"model": ErrorBody, "description": _WHY[status]} for status in statuses}


def session_router(tag: str) -> APIRouter:
    """Return a router all of whose routes want a session."""
    return APIRouter(
        route_class=SessionRoute,
        tags=[tag],
        dependencies=[Security(_session_key)],
        responses=refusals(400, 401, 403, 404, 405, 408, 413, 415, 500, 503),
        strict_content_type=False,
    )


async def bare_text(request: Request) -> str:
    """
    Return a body that is one string, in quotes or, as clients of Cicero send it, without.

    :raises ProblemError: It is no such text.
    """
    try:
        text = (await request.body()).decode().strip()
    except UnicodeDecodeError:
        text = ""
    if text.startswith('"'):
        text = _unquoted(text)
    if not (0 < len(text) <= _LONGEST_TEXT and text.isprintable()):
        message = f"send one string of 1 to {_LONGEST_TEXT} characters"
        raise ProblemError(400, "VALIDATION_FAILED", message, fields=[("body", message)])
    return text


BareText = Annotated[str, Depends(bare_text)]
BARE_TEXT = {
    "requestBody": {
        "required": True,
        "description": "One string, in quotes or bare.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "string", "minLength": 1, "maxLength": _LONGEST_TEXT,
                    "pattern": "^[!-~]+$",
                }
            }
        },
    }
}  # fmt: skip


def _unquoted(text: str) -> str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return value.strip() if isinstance(value, str) else ""
