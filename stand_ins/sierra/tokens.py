"""
Logging in: OAuth 2 with client credentials.

`POST token` with the key and secret as HTTP Basic gives a token that lives 3,600 seconds by the
system's clock; there is none to refresh it with. Source: techdocs.iii.com, zAuth/authClient.
"""

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs

from stand_ins.asgi import Reply, json_reply
from stand_ins.ils.calls import Call
from stand_ins.ils.clock import Clock
from stand_ins.sierra.errors import SierraError

DEMO_KEY = "demo-key"
DEMO_SECRET = "demo-secret"  # noqa: S105 - public by intention
LIFETIME_S = 3600


class Tokens:
    """The tokens that were given out and when they end."""

    def __init__(self, key: str, secret: str, clock: Clock, lifetime_s: int = LIFETIME_S) -> None:
        self._login = f"{key}:{secret}".encode()
        self._key = key
        self._clock = clock
        self._lifetime_s = lifetime_s
        self._ends_s: dict[str, int] = {}

    def issue(self, call: Call) -> Reply:
        """Answer a login; a body without `grant_type` is taken, as real clients send none."""
        scheme, _, login = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            raise SierraError(113, "Invalid or missing authorization header")
        if not hmac.compare_digest(_decoded(login), self._login):
            raise SierraError(123, "invalid_grant")
        if _grant_type(call) not in ("", "client_credentials"):
            raise SierraError(108, "grant_type is not supported")
        token = secrets.token_urlsafe(48)
        self._ends_s[token] = self._clock.now() + self._lifetime_s
        body = {"access_token": token, "token_type": "bearer", "expires_in": self._lifetime_s}
        return json_reply(body)

    def check(self, headers: Mapping[str, str]) -> str:
        """Return the token of a call; raises `SierraError` 113 without one, 120 for a stale one."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise SierraError(113, "Invalid or missing authorization header")
        if self._ends_s.get(token, 0) <= self._clock.now():
            raise SierraError(120, "invalid_token")
        return token

    def describe(self, token: str) -> Reply:
        """Answer `GET info/token`."""
        left_s = self._ends_s.get(token, 0) - self._clock.now()
        return json_reply(
            {
                "patronId": None,
                "keyId": self._key,
                "grantType": "client_credentials",
                "authorizationScheme": "Bearer",
                "expiresIn": left_s,
                "roles": [{"name": "Patrons Read", "tokenLifetime": self._lifetime_s}],
            }
        )

    def end_all(self) -> int:
        """Forget all tokens; return how many those were."""
        count = len(self._ends_s)
        self._ends_s.clear()
        return count


def _decoded(login: str) -> bytes:
    try:
        return base64.b64decode(login, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _grant_type(call: Call) -> str:
    """Read the kind of login from a form, JSON or the query."""
    text = call.body.decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        try:
            return str(json.loads(text).get("grant_type", ""))
        except ValueError:
            return ""
    return parse_qs(text).get("grant_type", [call.query.get("grant_type", "")])[0]
