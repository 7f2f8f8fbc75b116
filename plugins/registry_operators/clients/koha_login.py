"""Who calls Koha: OAuth 2 client credentials with a token that is renewed, or HTTP Basic."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from registry_operators.clients.ils_http import (
    IlsHttp,
    IlsReply,
    IlsRequest,
    judge_reply,
)
from registry_operators.errors import LoginRefusedError, MalformedAnswerError

_SPARE_S = 60.0
_USUAL_LIFE_S = 3600


class KohaLogin(StrEnum):
    """How a library's Koha lets programs in."""

    OAUTH2 = "oauth2"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class KohaAccount:
    """
    One library's access to its Koha.

    :param url: Up to and with ``/api/v1``.
    :param user: Client id, or user name.
    :param password: Client secret, or password.
    :param zone: IANA name of the server's time zone; empty if it is not known.
    :param ca_bundle: File of certificates to trust; ``None`` for those that ``requests`` brings.
    """

    url: str
    user: str
    password: str = field(repr=False)
    login: KohaLogin = KohaLogin.OAUTH2
    zone: str = ""
    ca_bundle: str | None = None


class KohaDoor:
    """
    Says who calls; a token is renewed some time before it ends.

    :param http: For fetching tokens; it must not ask this door itself, and judge by
        :func:`judge_token`.
    :param clock: Seconds that only go forward.
    """

    def __init__(
        self, account: KohaAccount, http: IlsHttp, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._account = account
        self._http = http
        self._clock = clock
        self._token = ""
        self._ends_at = 0.0

    def headers(self) -> Mapping[str, str]:
        """Return the header of a call, with a fresh token where one is needed."""
        if self._account.login is KohaLogin.BASIC:
            return self._basic()
        if not self._token or self._clock() >= self._ends_at:
            self._fetch()
        return {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> bool:
        """Forget a token that was refused; say whether there was one."""
        had, self._token = bool(self._token), ""
        return had

    def _fetch(self) -> None:
        asked_at = self._clock()
        pair = {"client_id": self._account.user, "client_secret": self._account.password}
        grant = {"grant_type": "client_credentials"}
        try:
            token, life_s = self._ask(IlsRequest("koha: token", "/oauth/token", form=grant | pair))
        except LoginRefusedError:  # newer releases want the pair as HTTP Basic
            token, life_s = self._ask_by_basic(grant)
        self._token = token
        self._ends_at = asked_at + life_s - min(_SPARE_S, life_s / 10)

    def _ask_by_basic(self, grant: Mapping[str, str]) -> tuple[str, float]:
        try:
            return self._ask(
                IlsRequest("koha: token", "/oauth/token", headers=self._basic(), form=grant)
            )
        except LoginRefusedError:
            raise LoginRefusedError(
                "koha: no token for this client id and secret; check them, and that the system "
                "preference RESTOAuth2ClientCredentials is on (or set extra login to basic)"
            ) from None

    def _ask(self, request: IlsRequest) -> tuple[str, float]:
        return self._http.call(request, _token)

    def _basic(self) -> dict[str, str]:
        pair = f"{self._account.user}:{self._account.password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


def judge_token(reply: IlsReply) -> None:
    """Raise for a token that is not given; a wrong pair may be told of as HTTP 400 too."""
    if reply.status == 400:
        raise LoginRefusedError(f"{reply.what}: refused (HTTP 400)")
    judge_reply(reply)


def _token(reply: IlsReply) -> tuple[str, float]:
    content = reply.content()
    token = content.get("access_token") if isinstance(content, dict) else None
    if not isinstance(token, str) or not token:
        raise MalformedAnswerError(f"{reply.what}: an answer without a token")
    life_s = content.get("expires_in", _USUAL_LIFE_S)
    return token, float(life_s) if isinstance(life_s, int | float) else float(_USUAL_LIFE_S)
