"""Who calls: OAuth 2 client credentials and HTTP Basic (`OAuth.pm` and `Auth.pm`)."""

import base64
import binascii
from urllib.parse import parse_qsl

from stand_ins.asgi import Reply
from stand_ins.hashing import mix
from stand_ins.ils.calls import Call
from stand_ins.ils.clock import Clock
from stand_ins.koha.options import KohaOptions
from stand_ins.koha.replies import error, invalid, json_reply

REQUIRED = {"borrowers": "list_borrowers"}
FAILED = "Authentication failure."


class Doorkeeper:
    """Gives out tokens, and knows who may come in."""

    def __init__(self, options: KohaOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._given = 0
        self._ends_at: dict[str, int] = {}

    def token(self, call: Call) -> Reply:
        """Answer a request for a token; the pair comes in the form or as Basic."""
        form = dict(parse_qsl(call.body.decode("latin-1"), keep_blank_values=True))
        if "grant_type" not in form:
            return invalid("Missing property.", "/grant_type")
        if form["grant_type"] != "client_credentials" or self._options.no_oauth:
            return error(400, "Unimplemented grant type")
        pair = _basic(call.headers.get("authorization", ""))
        pair = pair or (form.get("client_id", ""), form.get("client_secret", ""))
        if pair != (self._options.client_id, self._options.client_secret):
            return error(403, "unauthorized_client")
        lives_s = self._options.token_ttl_s
        token = self._new_token()
        self._ends_at[token] = self._clock.now() + lives_s
        return json_reply({"access_token": token, "token_type": "Bearer", "expires_in": lives_s})

    def refusal(self, call: Call) -> Reply | None:
        """Return what to say to a caller who is not let in, or None; no second way is tried."""
        header = call.headers.get("authorization", "")
        if header.startswith("Bearer "):
            ends_at = self._ends_at.get(header[7:].strip(), 0)
            if ends_at <= self._clock.now():
                return error(401, FAILED)
        elif header.startswith("Basic "):
            if self._options.no_basic:
                return error(401, "Basic authentication disabled")
            if _basic(header) != (self._options.user, self._options.password):
                return error(401, FAILED)
        else:
            return error(401, FAILED)
        return forbidden() if self._options.no_permission else None

    def end_sessions(self) -> int:
        """Forget all tokens; return how many there were."""
        count = len(self._ends_at)
        self._ends_at.clear()
        return count

    def _new_token(self) -> str:
        self._given += 1
        bits = mix(self._given, self._clock.now(), 61) << 64 | mix(self._given, 1, 62)
        return base64.urlsafe_b64encode(bits.to_bytes(16, "big")).decode().rstrip("=")


def forbidden() -> Reply:
    """Return what a user without the permission is told."""
    message = "Authorization failure. Missing required permission(s)."
    return json_reply({"error": message, "required_permissions": REQUIRED}, 403)


def _basic(header: str) -> tuple[str, str] | None:
    """Read user and password of HTTP Basic."""
    if not header.startswith("Basic "):
        return None
    try:
        text = base64.b64decode(header[6:].strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ("", "")
    user, _, password = text.partition(":")
    return user, password
