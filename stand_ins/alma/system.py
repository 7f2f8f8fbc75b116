"""The routes of Alma's API that are about users, and who may call them."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from stand_ins.alma.gateway import Gateway, forbidden
from stand_ins.alma.listing import Listing
from stand_ins.alma.options import AlmaOptions
from stand_ins.alma.replies import (
    JSON,
    NO_USER,
    NO_USER_OF_TYPE,
    XML,
    RefusedError,
    encoded,
    error_reply,
    wants_json,
)
from stand_ins.alma.users import FIELDS, User, identifiers, user_of
from stand_ins.alma.xml import user_xml
from stand_ins.asgi import Reply
from stand_ins.ils.calls import Call
from stand_ins.ils.errors import AdminError
from stand_ins.ils.patrons import Patron
from stand_ins.ils.population import Population

BASE = "/almaws/v1"
_PARTS = {"personal-data": "personal_data", "loans": "part", "requests": "part", "fees": "part"}
_EXPANDS = ("loans", "requests", "fees")
_BRIEF_OUT = ("user_role", "user_block", "user_note", "proxy_for_user", "rs_library",
              "library_notice")  # fmt: skip


class AlmaSystem:
    """One Alma; the parts of `ils.calls.System`."""

    name = "alma"
    operations = frozenset({"users", "user", "test", *_PARTS.values()})
    paged = frozenset({"users"})

    def __init__(self, population: Population, options: AlmaOptions) -> None:
        self.population = population
        self._options = options
        self._zone = ZoneInfo(options.zone)
        self._gateway = Gateway(options, population.clock)
        self._listing = Listing(population, options)

    def operation_of(self, call: Call) -> str:
        """Return which of the routes a call takes, "" for none."""
        rest = _rest(call)
        if call.method != "GET" or rest is None:
            return ""
        match rest:
            case []:
                return "users"
            case ["operation", "test"]:
                return "test"
            case [_]:
                return "user"
            case [_, part]:
                return _PARTS.get(part, "")
            case _:
                return ""

    def refusal(self, call: Call) -> Reply | None:
        """Let the gateway look at the call first."""
        try:
            self._gateway.check(call)
        except RefusedError as error:
            asked = Call("", "", {}, {}, b"") if self._options.is_gateway_xml else call
            return self._signed(error_reply(self._options, error, asked))
        return None

    def answer(self, call: Call) -> Reply:
        """Carry the call out."""
        try:
            reply = self._answer(call)
        except RefusedError as error:
            reply = error_reply(self._options, error, call)
        return self._signed(reply)

    def error(self, status: int) -> Reply:
        """Return Alma's form of an error; what a key may not do is a 400."""
        match status:
            case 403:
                error = forbidden()
            case 429:
                message = "HTTP requests are more than allowed per second"
                error = RefusedError("PER_SECOND_THRESHOLD", message, 429)
            case 404:
                error = RefusedError("ROUTING_ERROR", "The resource could not be found.", 404)
            case _:
                error = RefusedError("INTERNAL_SERVER_ERROR", "Internal server error.", status)
        return self._signed(error_reply(self._options, error, None))

    def end_sessions(self) -> int:
        """Revoke the key: there are no sessions that could be ended, only that."""
        self._gateway.revoke()
        return 1

    def admin_fields(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        """Take any JSON for a field of the user object."""
        if not isinstance(body, dict) or not set(body) <= FIELDS:
            msg = f"raw fields are {', '.join(sorted(FIELDS))}"
            raise AdminError(msg)
        return {name: json.dumps(value, ensure_ascii=False) for name, value in body.items()}

    def _signed(self, reply: Reply) -> Reply:
        """Add what the gateway adds."""
        reply.headers.append((b"x-exl-api-remaining", b"%d" % self._gateway.remaining))
        if reply.status >= 400:
            reply.headers.append((b"server", b"Layer7-API-Gateway"))
            reply.headers.append((b"x-request-id", b"%016x" % id(reply)))
        return reply

    def _answer(self, call: Call) -> Reply:
        match call.operation:
            case "users":
                return self._listing.page(call)
            case "test":
                return _shown(call, {})
            case "part":
                self._patron(call)
                return _shown(call, {"total_record_count": 0})
            case "personal_data":
                return _shown(call, {"user": user_of(self._patron(call), self._zone)})
            case _:
                return self._one(call)

    def _one(self, call: Call) -> Reply:
        """Answer with one user: `view=brief` leaves out lists, `expand` counts what he has."""
        patron = self._patron(call)
        user = user_of(patron, self._zone)
        if call.query.get("view") == "brief":
            user = {name: value for name, value in user.items() if name not in _BRIEF_OUT}
        for name in call.query.get("expand", "").split(","):
            if name in _EXPANDS:
                link = f"http://{call.host}{call.path}/{name}"
                value = patron.owed_cents / 100 if name == "fees" else patron.bits % 7
                user[name] = {"value": value, "link": link}
        return _shown(call, user)

    def _patron(self, call: Call) -> Patron:
        """Find the user of a path by any of his ids; raises `RefusedError`."""
        [text, *_] = _rest(call) or [""]
        kind = call.query.get("user_id_type", "all_unique")
        wanted = text.lower()
        for index in self._listing.search.owners(text):
            patron = self.population.patron(index)
            if _is_called(user_of(patron, self._zone), wanted, kind):
                return patron
        if kind == "all_unique":
            message = f"User with identifier {text} was not found."
            raise RefusedError(NO_USER, message)
        message = f"User with identifier {text} of type {kind} was not found."
        raise RefusedError(NO_USER_OF_TYPE, message)


def _is_called(user: User, wanted: str, kind: str) -> bool:
    if kind == "all_unique" and str(user["primary_id"]).lower() == wanted:
        return True
    return any(
        value.lower() == wanted for one, value in identifiers(user) if kind in ("all_unique", one)
    )


def _rest(call: Call) -> list[str] | None:
    """Return what stands after `/users` in a path, unquoted; None if it is another path."""
    prefix = f"{BASE}/users"
    path = call.raw_path or call.path
    if path != prefix and not path.startswith(f"{prefix}/"):
        return None
    rest = path.removeprefix(prefix).strip("/")
    return [unquote(part) for part in rest.split("/")] if rest else []


def _shown(call: Call, value: dict[str, Any]) -> Reply:
    if wants_json(call):
        return Reply(200, encoded(value), JSON)
    return Reply(200, user_xml(value), XML)
