"""
What the clients of the library systems share: one call by HTTP, repeated while that can help.

No message holds a value, a token, a key or a query string: a call is named by what it is for, and
of an answer only its status is told.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, TypeVar

import orjson
import requests
from requests.adapters import HTTPAdapter

from registry_operators.errors import (
    LoginRefusedError,
    MalformedAnswerError,
    RefusedError,
    UnavailableError,
)

LONGEST_PAUSE_S = 60.0
"""Who asks us to wait longer is told of as unavailable; the task is then repeated later."""
_CHUNK_SIZE = 1024 * 1024
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, repr=False)
class IlsRequest:
    """
    One call.

    :param what: What it is for, in words that may stand in a message.
    :param form: Sent by POST; without it, or a document, the call is a GET.
    :param document: Sent by POST as JSON.
    :param headers: Besides those that say who calls; with ``Authorization`` they do that too.
    """

    what: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    document: Mapping[str, str] | None = None


class IlsReply(NamedTuple):
    """An answer as it came; names of headers in any case."""

    what: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        """Mask the body."""
        return f"IlsReply({self.what}, HTTP {self.status})"

    def content(self) -> Any:
        """
        Decode the body.

        :raises MalformedAnswerError: It is no JSON: cut off, or a page for people.
        """
        try:
            return orjson.loads(self.body)
        except ValueError:
            pass
        if self.body.lstrip()[:1] == b"<":
            raise MalformedAnswerError(f"{self.what}: a page of HTML or XML came instead of JSON")
        try:  # half a pair of surrogates in one name must not hold up everybody else
            return json.loads(self.body.decode("utf-8", "replace"))
        except ValueError:
            raise MalformedAnswerError(f"{self.what}: the answer is no JSON, or cut off") from None

    def number(self, header: str) -> int | None:
        """Return a header that is a whole number, ``None`` if there is none."""
        text = self.headers.get(header, "").strip()
        return int(text) if text.isascii() and text.isdigit() else None

    def retry_after_s(self) -> float | None:
        """Return how long the system asks us to wait: in seconds, or until a time of its clock."""
        text = self.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit():
            return float(text)
        try:
            until = parsedate_to_datetime(text)
            return max(
                0.0, (until - parsedate_to_datetime(self.headers.get("Date", ""))).total_seconds()
            )
        except (TypeError, ValueError):
            return None


def judge_reply(reply: IlsReply) -> None:
    """Turn a status into the error that says what should happen next."""
    what, status = reply.what, reply.status
    if status in {401, 403}:
        raise LoginRefusedError(
            f"{what}: refused (HTTP {status}); check account and permissions of the connection"
        )
    if status in {408, 425, 429} or status >= 500:
        trouble = UnavailableError(f"{what}: HTTP {status}")
        trouble.retry_after_s = reply.retry_after_s()
        raise trouble
    if 300 <= status < 400:
        raise RefusedError(
            f"{what}: we are sent elsewhere (HTTP {status}); check scheme, host and path"
        )
    if status not in {200, 201}:
        raise RefusedError(
            f"{what}: HTTP {status} where 200 was expected; check host and path of the connection "
            "and the release of the library system"
        )


class IlsHttp:
    """
    Makes calls, from several threads too; each has a connection of its own.

    Time-outs, lost connections, HTTP 429 and 5xx, pages of HTML and JSON that is cut off are tried
    again up to ``attempts`` times with growing, jittered pauses, or after the pause that the system
    asks for; all calls only read, or fetch a token.

    :param base: URL to which paths are added.
    :param prepare: Called before each try; returns the headers that say who calls, and may wait.
    :param judge: Raises for an answer that is an error.
    :param timeout_s: Longest wait for a connection and between two pieces of an answer.
    :param pause: Called with the seconds to wait; tests pass something quicker.
    """

    def __init__(
        self,
        base: str,
        *,
        prepare: Callable[[], Mapping[str, str]] = dict,
        judge: Callable[[IlsReply], None] = judge_reply,
        timeout_s: float = 60.0,
        attempts: int = 4,
        pause: Callable[[float], None] = time.sleep,
        ca_bundle: str | None = None,
    ) -> None:
        self._base = base.rstrip("/")
        self._prepare = prepare
        self._judge = judge
        self._timeout_s = timeout_s
        self._attempts = attempts
        self._pause = pause
        self._ca_bundle = ca_bundle
        self._local = threading.local()

    def call(self, request: IlsRequest, read: Callable[[IlsReply], _T]) -> _T:
        """
        Make a call and read its answer.

        :param read: Makes something of the answer; if it raises :class:`UnavailableError`, as it
            should for an answer that contradicts itself, the call is repeated.
        :raises LoginRefusedError: The account is refused.
        :raises RefusedError: The call is refused.
        :raises UnavailableError: There was no usable answer in all attempts.
        """
        for number in range(1, self._attempts):
            who = self._who(request)  # which makes attempts of its own, if it calls at all
            try:
                return read(self._send(request, who))
            except UnavailableError as error:
                if error.retry_after_s is not None and error.retry_after_s > LONGEST_PAUSE_S:
                    raise
                self._pause(_pause_s(number, error))
        return read(self._send(request, self._who(request)))

    def _who(self, request: IlsRequest) -> Mapping[str, str]:
        return {} if "Authorization" in request.headers else self._prepare()

    def _send(self, request: IlsRequest, who: Mapping[str, str]) -> IlsReply:
        try:
            response = self._session().request(
                "GET" if request.form is None and request.document is None else "POST",
                self._base + request.path,
                params=dict(request.params),
                data=request.form,
                json=request.document,
                headers={**who, **request.headers},
                timeout=self._timeout_s,
                allow_redirects=False,  # elsewhere nobody has a right to the key
                stream=True,
            )
            with response:
                body = b"".join(response.iter_content(_CHUNK_SIZE))
        except requests.RequestException as error:  # its text holds the URL
            raise UnavailableError(f"{request.what}: no answer ({type(error).__name__})") from None
        reply = IlsReply(request.what, response.status_code, response.headers, body)
        self._judge(reply)
        return reply

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False  # no .netrc, and no look at the environment for each call
            session.verify = self._ca_bundle or True
            session.headers["Accept"] = "application/json"
            session.mount("http://", HTTPAdapter(pool_maxsize=1))
            session.mount("https://", HTTPAdapter(pool_maxsize=1))
            self._local.session = session
        return session


def _pause_s(attempt: int, error: UnavailableError) -> float:
    """Return 1, 4, 16 s with up to a quarter of jitter, or what the system asked for."""
    if error.retry_after_s is not None:
        return error.retry_after_s
    pause_s = float(4 ** (attempt - 1)) * random.uniform(1.0, 1.25)  # noqa: S311  no secret
    return min(pause_s, LONGEST_PAUSE_S)
