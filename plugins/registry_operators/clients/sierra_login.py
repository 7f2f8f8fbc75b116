"""Who calls Sierra: OAuth 2 client credentials, with a token that is renewed before it ends."""

from __future__ import annotations

import base64
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from registry_operators.clients.ils_http import IlsHttp, IlsReply, IlsRequest, judge_reply
from registry_operators.errors import LoginRefusedError, MalformedAnswerError, RefusedError

_SPARE_S = 60.0
_USUAL_LIFE_S = 3600.0
_CODE = re.compile(rb'"code"\s*:\s*"?(\d{1,5})\b')
NO_RECORD = 107
_NO_RIGHT = 116


@dataclass(frozen=True, slots=True)
class SierraAccount:
    """
    One library's access to its Sierra.

    :param url: Up to and with the version, such as ``/iii/sierra-api/v6``.
    :param ca_bundle: File of certificates to trust; ``None`` for those that ``requests`` brings.
    """

    url: str
    key: str
    secret: str = field(repr=False)
    ca_bundle: str | None = None


class StaleTokenError(LoginRefusedError):
    """The token is no longer good (HTTP 401, code 120 of Sierra); a new one may be."""


class SierraDoor:
    """
    Says who calls; a token is renewed some time before it ends. There are no refresh tokens.

    :param http: For fetching tokens; it must not ask this door itself, and judge by
        :func:`judge_token`.
    :param clock: Seconds that only go forward.
    """

    def __init__(
        self, account: SierraAccount, http: IlsHttp, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._account = account
        self._http = http
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._ends_at = 0.0

    def headers(self) -> Mapping[str, str]:
        """Return the header of a call, with a fresh token where one is needed."""
        with self._lock:
            if not self._token or self._clock() >= self._ends_at:
                self._fetch()
            return {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> None:
        """Forget a token that was refused."""
        with self._lock:
            self._token = ""

    def _fetch(self) -> None:
        asked_at = self._clock()
        pair = f"{self._account.key}:{self._account.secret}".encode()
        basic = {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}
        form = {"grant_type": "client_credentials"}
        request = IlsRequest("sierra: token", "/token", headers=basic, form=form)
        self._token, life_s = self._http.call(request, _token)
        self._ends_at = asked_at + life_s - min(_SPARE_S, life_s / 10)


def judge_token(reply: IlsReply) -> None:
    """Raise for a token that is not given; a wrong pair is told of in several ways."""
    if reply.status in {400, 401, 403}:
        raise LoginRefusedError(
            f"{reply.what}: refused ({described(reply)}); check key and secret of the connection, "
            "and that the key is not expired"
        )
    judge_reply(reply)


def judge_sierra(reply: IlsReply) -> None:
    """Turn an error into the one that says what should happen next; nobody found is none."""
    code = error_code(reply)
    if reply.status == 200 or (reply.status == 404 and code == NO_RECORD):
        return
    if reply.status == 401:
        raise StaleTokenError(f"{reply.what}: the token is refused ({described(reply)})")
    if reply.status == 403 and code == _NO_RIGHT:
        raise LoginRefusedError(
            f"{reply.what}: not allowed ({described(reply)}); the key needs the role Patrons Read"
        )
    if reply.status in {400, 409}:
        raise RefusedError(
            f"{reply.what}: refused ({described(reply)}); a field that is asked for may be unknown "
            "to this release of Sierra"
        )
    judge_reply(reply)


def error_code(reply: IlsReply) -> int | None:
    """Return the number of Sierra's own table of errors, ``None`` if the answer has none."""
    found = _CODE.search(reply.body[:2000]) if reply.status >= 400 else None
    return int(found[1]) if found else None


def described(reply: IlsReply) -> str:
    """Name status and code; the text of an error may repeat what was asked."""
    code = error_code(reply)
    return f"HTTP {reply.status}" + (f", code {code}" if code is not None else "")


def _token(reply: IlsReply) -> tuple[str, float]:
    content = reply.content()
    token = content.get("access_token") if isinstance(content, dict) else None
    if not isinstance(token, str) or not token:
        raise MalformedAnswerError(f"{reply.what}: an answer without a token")
    life_s = content.get("expires_in")
    return token, float(life_s) if isinstance(life_s, int | float) else _USUAL_LIFE_S
