"""Who calls Symphony: a staff session, opened anew when it has timed out, and required headers."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from registry_operators.clients.ils_http import IlsHttp, IlsReply, IlsRequest, judge_reply
from registry_operators.errors import LoginRefusedError, MalformedAnswerError, RefusedError

_CODE = re.compile(rb'"code"\s*:\s*"(\w{1,60})"')
_TOKEN = re.compile(r"[A-Za-z0-9-]{8,128}")
_TIMED_OUT = "sessionTimedOut"


class Strategy(StrEnum):
    """How all patrons of a Symphony are found, which has no list of them."""

    KEYS = "keys"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class SymphonyAccount:
    """
    One library's access to its Symphony Web Services, and how everybody is found there.

    :param url: Up to and with the web application, such as ``/symws``.
    :param client_id: Sent as ``x-sirs-clientID``; a session is good with that of its login only.
    :param app_id: Sent as ``SD-Originating-App-Id``.
    :param lowest_key: With ``keys``: the first key that is tried.
    :param highest_key: With ``keys``: all keys up to this one are tried, and some more.
    :param largest_gap: With ``keys``: behind so many keys without a patron there is nobody more.
    :param ca_bundle: File of certificates to trust; ``None`` for those that ``requests`` brings.
    """

    url: str
    login: str
    password: str = field(repr=False)
    client_id: str = field(repr=False)
    app_id: str = "patron-sync"
    strategy: Strategy = Strategy.KEYS
    lowest_key: int = 1
    highest_key: int = 0
    largest_gap: int = 10_000
    ca_bundle: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers that every call must have."""
        return {
            "Content-Type": "application/json",
            "SD-Originating-App-Id": self.app_id,
            "x-sirs-clientID": self.client_id,
        }


class SessionEndedError(LoginRefusedError):
    """The session was idle for too long; a new one may be good."""


class NotThereError(RefusedError):
    """Nothing has this key."""


class SymphonyDoor:
    """
    Says who calls, from several threads too; they share one session.

    :param http: For logging in; it must not ask this door itself, and judge by
        :func:`judge_login`.
    """

    def __init__(self, account: SymphonyAccount, http: IlsHttp) -> None:
        self._account = account
        self._http = http
        self._lock = threading.Lock()
        self._used = threading.local()
        self._token = ""

    def headers(self) -> Mapping[str, str]:
        """Return the headers of a call, with a session that is opened if there is none."""
        with self._lock:
            if not self._token:
                self._token = self._log_in()
            self._used.token = self._token
            return self._account.headers() | {"x-sirs-sessionToken": self._token}

    def forget(self) -> None:
        """Forget the session with which this thread called last, if nobody did it before."""
        with self._lock:
            if self._token == getattr(self._used, "token", ""):
                self._token = ""

    def _log_in(self) -> str:
        pair = {"login": self._account.login, "password": self._account.password}
        request = IlsRequest("symphony: login", "/user/staff/login", document=pair)
        return self._http.call(request, _token)


def judge_login(reply: IlsReply) -> None:
    """Raise for a session that is not opened; a server that is broken says so in messages too."""
    if reply.status in {400, 401, 403} or (reply.status == 200 and _has_messages(reply)):
        raise LoginRefusedError(
            f"{reply.what}: refused ({described(reply)}); check login and password of the staff "
            "account, and extra client_id"
        )
    judge_reply(reply)


def judge_symphony(reply: IlsReply) -> None:
    """Turn an error into the one that says what should happen next; messages hold codes only."""
    has_messages = _has_messages(reply)
    if reply.status == 200 and not has_messages:
        return
    if _TIMED_OUT in _codes(reply):
        raise SessionEndedError(f"{reply.what}: the session is refused ({described(reply)})")
    if reply.status == 404 and has_messages:
        raise NotThereError(f"{reply.what}: not there ({described(reply)})")
    if reply.status in {401, 403}:
        raise LoginRefusedError(
            f"{reply.what}: not allowed ({described(reply)}); check client_id and what the staff "
            "account may do"
        )
    if reply.status in {200, 400}:
        raise RefusedError(f"{reply.what}: refused ({described(reply)})")
    judge_reply(reply)


def described(reply: IlsReply) -> str:
    """Name status and codes; the text of a message may repeat what was asked."""
    return ", ".join([f"HTTP {reply.status}", *_codes(reply)])


def _has_messages(reply: IlsReply) -> bool:
    return b'"messageList"' in reply.body[:100]


def _codes(reply: IlsReply) -> list[str]:
    if not _has_messages(reply):
        return []
    return sorted({one.decode("ascii") for one in _CODE.findall(reply.body[:2000])})


def _token(reply: IlsReply) -> str:
    content = reply.content()
    token = content.get("sessionToken") if isinstance(content, dict) else None
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise MalformedAnswerError(f"{reply.what}: an answer without a session")
    return token
