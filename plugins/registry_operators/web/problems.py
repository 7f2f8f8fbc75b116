"""What goes wrong, as pages: what was found, what was expected, what to do; nothing personal."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from registry_operators.desk.refusals import CONFLICTS, NOT_FOUND, TRY_LATER, DeskError
from registry_operators.errors import (
    ConfigurationError,
    DecisionRefusedError,
    LedgerError,
    RefusedError,
    StaleWriterError,
    SupersededError,
    SyncError,
    UnavailableError,
)
from registry_operators.web.language import mark
from registry_operators.web.refusal_words import REFUSALS

log = logging.getLogger("patron_sync.web")

_RETRY_AFTER_S = 5
_TITLES = {
    400: mark("This cannot be read"),
    401: mark("Please log in"),
    403: mark("You may not do this"),
    404: mark("There is nothing here"),
    405: mark("This address does not take that"),
    409: mark("Something else came before"),
    411: mark("This cannot be read"),
    413: mark("This is too large"),
    500: mark("Something is wrong on this side"),
    502: mark("The other system refused"),
    503: mark("This cannot be done just now"),
}
_TODO = {
    400: mark("Go back, correct what is named, and send it again."),
    404: mark("Follow the navigation above; an old link may lead to what has been removed."),
    405: mark("Go back and use the buttons of the page."),
    409: mark("Look at the page again, and decide on what it shows now."),
    500: mark("Tell an administrator the number below; the server's log has it too."),
    502: mark("Check the connection of the library in Airflow."),
    503: mark("Try again in a moment."),
}
_CONFLICTING = (DecisionRefusedError, LedgerError, StaleWriterError, SupersededError)


class PageError(Exception):
    """
    A request is answered with a page that says why not.

    :param text: What was found and expected, marked for translation.
    :param todo: What to do now, marked for translation.
    :param technical: What the engine says about it, in English; nothing personal.
    :param code: The engine's code, as in the ledger and at the terminal.
    """

    def __init__(
        self,
        status: int,
        text: str = "",
        todo: str = "",
        *,
        technical: str = "",
        code: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(text or technical)
        self.status = status
        self.text = text
        self.todo = todo or _TODO.get(status, "")
        self.technical = technical
        self.code = code
        self.headers = dict(headers or {})

    @property
    def title(self) -> str:
        """What the page is headed, marked for translation."""
        return _TITLES.get(self.status, _TITLES[500 if self.status >= 500 else 400])


def forbidden(text: str, todo: str) -> PageError:
    """Return the answer to what somebody may not do."""
    return PageError(403, text, todo)


def not_signed_in() -> PageError:
    """Return the answer to somebody who has not logged in to Airflow, or no longer is."""
    return PageError(
        401,
        mark("You are not logged in to Airflow, or your log-in has ended."),
        mark("Log in, and open the page again."),
    )


def not_found(text: str = "") -> PageError:
    """Return the answer to a question about what is not there."""
    return PageError(404, text or mark("The address is wrong, or what it names is gone."))


def problem_of(error: Exception, page_id: str) -> PageError:
    """Return what a visitor is told of an error; what only operators may know goes to the log."""
    match error:
        case PageError():
            return error
        case RequestValidationError():
            return PageError(400, technical=_fields(error.errors()))
        case HTTPException():
            return not_found() if error.status_code == 404 else PageError(error.status_code)
        case SyncError():
            log.warning("page=%s %s", page_id, error.code)
            return _of_engine(error)
    # Its message may hold what somebody typed; where it happened does not.
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    where = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
    log.error("page=%s %s at %s", page_id, type(error).__name__, where)
    return PageError(500, mark("The page could not be made."))


def _of_engine(error: SyncError) -> PageError:
    if isinstance(error, DeskError):
        text, todo = REFUSALS[error.refusal]
        return PageError(_of_refusal(error), text, todo, code=error.code)
    status, headers = 500, {}
    match error:
        case UnavailableError():
            status = 503
            headers = {"Retry-After": str(max(1, round(error.retry_after_s or _RETRY_AFTER_S)))}
        case RefusedError():
            status = 502
        case ConfigurationError():
            status = 500
    if isinstance(error, _CONFLICTING):
        status = 409
    todo = "" if status != 500 else mark("Correct what is named; nothing was changed.")
    return PageError(status, todo=todo, technical=str(error), code=error.code, headers=headers)


def _of_refusal(error: DeskError) -> int:
    if error.refusal in NOT_FOUND:
        return 404
    if error.refusal in CONFLICTS:
        return 409
    return 503 if error.refusal in TRY_LATER else 400


def _fields(findings: Sequence[Mapping[str, Any]]) -> str:
    """Return the names of what is wrong and what was expected; of what was found, nothing."""
    told = [
        f"{'.'.join(str(step) for step in finding['loc'][1:])}: "
        f"{str(finding['msg']).removeprefix('Value error, ')}"
        for finding in findings
    ]
    return "\n".join(told)
