"""What goes wrong, as answers: one body for every error, and nothing personal in it (spec N3.8)."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from registry_operators.cms_api.wire import Told
from registry_operators.desk.refusals import (
    CONFLICTS,
    NOT_FOUND,
    TRY_LATER,
    DeskError,
    Refusal,
)
from registry_operators.errors import SyncError, UnavailableError

log = logging.getLogger("patron_sync.cms_api")

_RETRY_AFTER_S = 5
_LOOK_UP_AGAIN_S = 30
_CICEROS_CODES = {Refusal.PATRON_EXISTS: "CPR_NUMBER_EXISTS"}
"""Codes that clients of Cicero know by another name."""
_TEXTS = {
    400: ("BAD_REQUEST", "the request cannot be read; send JSON as the documentation says"),
    404: ("NOT_FOUND", "there is no such path; the documentation lists them"),
    405: ("METHOD_NOT_ALLOWED", "the path does not take this method; see the header Allow"),
    500: ("INTERNAL_ERROR", "something is wrong on this side; report the correlation id"),
    503: ("UNAVAILABLE", "this cannot be done just now; nothing is wrong with the request"),
}


class FieldError(Told):
    """What is wrong with one field; never its value."""

    field: str
    message: str


class ErrorBody(Told):
    """
    The body of every error.

    ``correlationId`` stands in the server's log beside the same answer.
    """

    correlation_id: str
    error_code: str
    message: str
    validation_errors: list[FieldError]


class ProblemError(Exception):
    """
    A request is answered with an error.

    :param fields: Name of a field, and what is wrong with it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        fields: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.fields = fields
        self.headers = dict(headers or {})


def answer_problem(problem: ProblemError, correlation_id: str) -> Response:
    """Return the answer to a problem."""
    body = ErrorBody(
        correlation_id=correlation_id,
        error_code=problem.code,
        message=str(problem),
        validation_errors=[FieldError(field=name, message=text) for name, text in problem.fields],
    )
    return JSONResponse(body.model_dump(by_alias=True), problem.status, headers=problem.headers)


def plain_problem(status: int, headers: Mapping[str, str] | None = None) -> ProblemError:
    """Return a problem of which there is nothing more to say than its status."""
    code, message = _TEXTS.get(status, (HTTPStatus(status).name, HTTPStatus(status).phrase))
    return ProblemError(status, code, message, headers=headers)


def try_later(seconds: float = _RETRY_AFTER_S) -> ProblemError:
    """Return the answer when the database, the registry or the server itself is overloaded."""
    return plain_problem(503, {"Retry-After": str(max(1, round(seconds)))})


def problem_of(error: Exception, correlation_id: str) -> ProblemError:
    """Return what a client is told of an error; what only operators may know goes to the log."""
    match error:
        case ProblemError():
            return error
        case DeskError():
            return _of_refusal(error)
        case UnavailableError():
            log.warning("correlation=%s %s: %s", correlation_id, error.code, error)
            return try_later(error.retry_after_s or _RETRY_AFTER_S)
        case RequestValidationError():
            return _of_validation(error.errors())
        case HTTPException():
            return plain_problem(error.status_code, error.headers)
        case SyncError():
            log.error("correlation=%s %s: %s", correlation_id, error.code, error)
        case _:
            # Its message may hold what a client sent; where it happened does not.
            frames = traceback.extract_tb(error.__traceback__)[-5:]
            where = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
            log.error("correlation=%s %s at %s", correlation_id, type(error).__name__, where)
    return plain_problem(500)


def install_handlers(app: FastAPI) -> None:
    """Let every error that reaches the routes' edge be answered in the one form."""

    async def handle(request: Request, error: Exception) -> Response:
        correlation_id = request.state.correlation_id
        return answer_problem(problem_of(error, correlation_id), correlation_id)

    for kind in (ProblemError, SyncError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)


def _of_refusal(error: DeskError) -> ProblemError:
    headers = {}
    if error.refusal in NOT_FOUND:
        status = 404
    elif error.refusal in CONFLICTS:
        status = 409
    elif error.refusal in TRY_LATER:
        status, headers = 503, {"Retry-After": str(_LOOK_UP_AGAIN_S)}
    else:
        status = 400
    code = _CICEROS_CODES.get(error.refusal, error.code)
    fields = [(error.field, str(error))] if error.field and status == 400 else []
    return ProblemError(status, code, str(error), fields=fields, headers=headers)


def _of_validation(findings: Sequence[Mapping[str, Any]]) -> ProblemError:
    fields = [(_place(finding), _reason(finding)) for finding in findings]
    return ProblemError(
        400,
        "VALIDATION_FAILED",
        "the request is not as documented; validationErrors names each field",
        fields=fields,
    )


def _place(finding: Mapping[str, Any]) -> str:
    whole, *steps = (str(step) for step in finding["loc"])
    return whole if finding["type"] == "json_invalid" or not steps else ".".join(steps)


def _reason(finding: Mapping[str, Any]) -> str:
    """Return what was expected; of what was found nothing is repeated."""
    return str(finding["msg"]).removeprefix("Value error, ")
