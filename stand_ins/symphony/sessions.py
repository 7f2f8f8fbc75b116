"""
Logging in as staff, and the headers that every call must have.

A session token has 36 characters and ends when it was idle for a time that each site sets; it is
good only together with the client id of its login. Sources: multnomah-county-it/libilsws,
src/Libilsws.php; ThePalaceProject/circulation, sirsidynix_authentication_provider.py.
"""

import hmac
import json
import uuid
from collections.abc import Mapping

from stand_ins.asgi import Reply, json_reply
from stand_ins.ils.calls import Call
from stand_ins.ils.clock import Clock
from stand_ins.symphony.messages import SymphonyError, timed_out

DEMO_CLIENT = "DemoClient"
DEMO_LOGIN = "DEMOSTAFF"
DEMO_PASSWORD = "demo-password"  # noqa: S105 - public by intention
IDLE_S = 1800


class Sessions:
    """Who is logged in: by token, the client id and when it was last heard of."""

    def __init__(
        self, client: str, login: str, password: str, clock: Clock, idle_s: int = IDLE_S
    ) -> None:
        self._client = client
        self._login = login.encode()
        self._password = password.encode()
        self._clock = clock
        self._idle_s = idle_s
        self._open: dict[str, tuple[str, int]] = {}

    def log_in(self, call: Call) -> Reply:
        """Answer `POST /user/staff/login`."""
        try:
            body = json.loads(call.body)
            login, password = str(body["login"]).encode(), str(body["password"]).encode()
        except (ValueError, KeyError, TypeError):
            raise SymphonyError(400, "badRequest", "login and password are required.") from None
        is_right = hmac.compare_digest(login, self._login)
        if not (hmac.compare_digest(password, self._password) and is_right):
            raise SymphonyError(401, "unableToLogin", "Unable to log in.")
        token = str(uuid.uuid4())
        self._open[token] = call.headers["x-sirs-clientid"], self._clock.now()
        return json_reply({"sessionToken": token, "staffKey": "1", "name": "Demo Staff"})

    def check_headers(self, headers: Mapping[str, str]) -> None:
        """Raise `SymphonyError` for a call without a known client id or without its program."""
        if headers.get("x-sirs-clientid") != self._client:
            raise SymphonyError(401, "invalidClientID", "The client ID is missing or unknown.")
        if not headers.get("sd-originating-app-id"):
            raise SymphonyError(400, "missingAppId", "SD-Originating-App-Id is missing.")

    def check_session(self, headers: Mapping[str, str]) -> None:
        """Raise `SymphonyError` without a token or for a stale one; the idle time begins anew."""
        token, now = headers.get("x-sirs-sessiontoken", ""), self._clock.now()
        if not token:
            raise SymphonyError(401, "sessionTokenRequired", "A session token is required.")
        client, heard_s = self._open.get(token, ("", 0))
        if client != headers.get("x-sirs-clientid") or now - heard_s > self._idle_s:
            self._open.pop(token, None)
            raise timed_out()
        self._open[token] = client, now

    def end_all(self) -> int:
        """Forget all sessions; return how many those were."""
        count = len(self._open)
        self._open.clear()
        return count
