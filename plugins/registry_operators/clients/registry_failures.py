"""What a failed call of the registry means, and how long to wait before the next try."""

from __future__ import annotations

import random

import requests

from registry_operators.clients.registry_xml import read_answer
from registry_operators.errors import (
    LoginRefusedError,
    MalformedAnswerError,
    RefusedError,
    UnavailableError,
)

_LONGEST_PAUSE_S = 60.0


def judge_response(response: requests.Response, library: str) -> None:
    """Turn an HTTP status into the error that says what should happen next."""
    status = response.status_code
    if status in {401, 403}:
        raise LoginRefusedError(
            f"the registry refused the log-in of library {library} (HTTP {status}); check "
            f"user name and password of the connection; a new password counts from 05:30 next day"
        )
    if status == 429 or status >= 500:
        raise _status_error(response)
    if status != 200:
        raise RefusedError(
            f"the registry answered HTTP {status} where 200 was expected; check the endpoint's path"
        )


def _status_error(response: requests.Response) -> UnavailableError:
    """Tell a SOAP fault (HTTP 500 with an envelope) from a server in trouble."""
    if response.status_code == 500 and b"Fault" in (body := response.content[:4096]):
        try:
            read_answer(body)
        except MalformedAnswerError as fault:
            return fault
    trouble = UnavailableError(f"the registry answered HTTP {response.status_code}")
    trouble.retry_after_s = _retry_after(response)
    return trouble


def _retry_after(response: requests.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else None


def unavailable(error: requests.RequestException) -> UnavailableError:
    """Tell of a lost call by its kind: the exception's text holds the URL, or even the request."""
    return UnavailableError(f"the registry did not answer ({type(error).__name__})")


def pause_s(attempt: int, error: UnavailableError) -> float:
    """Return 1, 4, 16 s with up to a quarter of jitter, or what the registry asked for."""
    if error.retry_after_s is not None:
        return min(error.retry_after_s, _LONGEST_PAUSE_S)
    return float(4 ** (attempt - 1)) * random.uniform(1.0, 1.25)  # noqa: S311  no secret
