"""The routes of Koha's REST API that are about patrons, and who may call them."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from stand_ins.asgi import Reply
from stand_ins.ils.calls import Call
from stand_ins.ils.errors import AdminError
from stand_ins.ils.population import Population
from stand_ins.koha import replies, tables, writing
from stand_ins.koha.auth import FAILED, Doorkeeper, forbidden
from stand_ins.koha.fields import COLUMNS
from stand_ins.koha.listing import Listing
from stand_ins.koha.options import KohaOptions
from stand_ins.koha.parameters import BadCallError, read_embeds
from stand_ins.koha.rows import KohaRows

BASE = "/api/v1"
_ONE = re.compile(r"/api/v1/patrons/([^/]+)")
_ATTRIBUTES = re.compile(r"/api/v1/patrons/([^/]+)/extended_attributes")
_ROUTES = {
    ("POST", "/oauth/token"): "token",
    ("GET", "/patrons"): "patrons",
    ("POST", "/patrons"): "create",
    ("GET", "/deleted/patrons"): "deleted_patrons",
    ("GET", "/libraries"): "libraries",
    ("GET", "/patron_categories"): "patron_categories",
}
_ON_ONE = {"GET": "patron", "PUT": "update", "DELETE": "delete"}


class KohaSystem:
    """One Koha; the parts of `ils.calls.System`."""

    name = "koha"
    operations = frozenset({*_ROUTES.values(), *_ON_ONE.values(), "attributes"})
    paged = frozenset({"patrons", "deleted_patrons"})

    def __init__(self, population: Population, options: KohaOptions) -> None:
        self.population = population
        self._options = options
        self._doorkeeper = Doorkeeper(options, population.clock)
        self._rows = KohaRows(population, options)
        self._listing = Listing(population, self._rows, options)
        self._writer = writing.Writer(population, self._rows, self._listing.search)
        self._answers: dict[str, Callable[[Call], Reply]] = {
            "token": self._doorkeeper.token,
            "patrons": self._listing.living,
            "deleted_patrons": self._listing.deleted,
            "libraries": lambda _: _all([tables.library(code) for code, _ in tables.LIBRARIES]),
            "patron_categories": lambda _: _all(
                [tables.category(code) for code, _, _ in tables.CATEGORIES]
            ),
            "patron": self._one,
            "attributes": self._attributes,
            "create": self._writer.create,
            "update": lambda call: self._writer.update(call, self._index(call)),
            "delete": lambda call: self._writer.delete(self._index(call)),
        }

    def operation_of(self, call: Call) -> str:
        """Return which of the routes a call takes, "" for none."""
        if _ONE.fullmatch(call.path):
            return _ON_ONE.get(call.method, "")
        if call.method == "GET" and _ATTRIBUTES.fullmatch(call.path):
            return "attributes"
        operation = _ROUTES.get((call.method, call.path.removeprefix(BASE).rstrip("/")), "")
        if operation == "deleted_patrons" and not self._options.serves_deleted:
            return ""
        return operation

    def refusal(self, call: Call) -> Reply | None:
        """Refuse everybody who is not let in, but for those who come to fetch a token."""
        if self._options.is_under_maintenance:
            return self.error(503)
        return None if call.operation == "token" else self._doorkeeper.refusal(call)

    def answer(self, call: Call) -> Reply:
        """Carry the call out; an integer in `x-koha-request-id` comes back with the answer."""
        request_id = call.headers.get("x-koha-request-id")
        if request_id is not None and not request_id.isdecimal():
            return replies.invalid("Expected integer - got string.", "/x-koha-request-id")
        try:
            reply = self._answers[call.operation](call)
        except BadCallError as bad:
            reply = bad.reply
        if request_id is not None:
            reply.headers.append((b"x-koha-request-id", request_id.encode()))
        return reply

    def error(self, status: int) -> Reply:
        """Return Koha's form of an error."""
        match status:
            case 401:
                return replies.error(401, FAILED)
            case 403:
                return forbidden()
            case 404:
                return replies.no_route()
            case 500:
                return replies.server_error()
            case 503:
                return replies.error(503, "System is under maintenance.")
            case _:
                return replies.error(status, "Something went wrong.")

    def end_sessions(self) -> int:
        """Forget all tokens."""
        return self._doorkeeper.end_sessions()

    def admin_fields(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        """Take any JSON for a column of the row."""
        if not isinstance(body, dict) or not set(body) <= set(COLUMNS):
            msg = f"raw fields are {', '.join(COLUMNS)}"
            raise AdminError(msg)
        return {name: json.dumps(value, ensure_ascii=False) for name, value in body.items()}

    def _one(self, call: Call) -> Reply:
        patron = self.population.patron(self._index(call))
        row = self._rows.served(patron)
        return replies.json_reply(row | self._rows.embeds(patron, row, read_embeds(call)))

    def _attributes(self, call: Call) -> Reply:
        return _all(self._rows.attributes(self.population.patron(self._index(call))))

    def _index(self, call: Call) -> int:
        """Find the living patron of a path; raises `BadCallError`."""
        text = call.path.split("/")[4]
        if not text.isdecimal():
            raise BadCallError(replies.invalid("Expected integer - got string.", "/patron_id"))
        index = self.population.index_of(int(text))
        if index is None or self.population.deleted[index]:
            raise BadCallError(replies.error(404, "Patron not found", "not_found"))
        return index


def _all(rows: list[dict[str, Any]]) -> Reply:
    """Answer with a short list on one page."""
    reply = replies.json_reply(rows)
    count = b"%d" % len(rows)
    reply.headers += [(b"x-total-count", count), (b"x-base-total-count", count)]
    return reply
