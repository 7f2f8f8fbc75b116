"""
The routes of the API and who may call them.

`/iii/sierra-api/v6/...`, and the same with another version, since v4 and v5 are still about; the
token may also be fetched without a version.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from stand_ins import people as invented
from stand_ins.asgi import JSON, Reply, json_reply
from stand_ins.ils.calls import Call
from stand_ins.ils.errors import AdminError
from stand_ins.ils.population import Population
from stand_ins.ils.rows import Rows
from stand_ins.sierra.codes import metadata
from stand_ins.sierra.errors import SierraError, error_of_status
from stand_ins.sierra.fields import FIELDS, parse_fields, row_of
from stand_ins.sierra.finding import found, got, with_content
from stand_ins.sierra.listing import listed
from stand_ins.sierra.querying import queried
from stand_ins.sierra.tokens import Tokens

FIRST_ID = 1_000_001
BASE = "/iii/sierra-api/v6"
_PREFIX = re.compile(r"/iii/sierra-api(?:/v\d+)?/")
_ROUTES = {
    ("POST", "token"): "token",
    ("GET", "info/token"): "token_info",
    ("GET", "patrons"): "list",
    ("GET", "patrons/find"): "find",
    ("GET", "patrons/metadata"): "metadata",
    ("POST", "patrons/query"): "query",
    ("POST", "patrons/validate"): "validate",
    ("POST", "patrons/auth"): "auth",
}


class SierraSystem:
    """One Sierra; the parts of `ils.calls.System`."""

    name = "sierra"
    operations = frozenset({*_ROUTES.values(), "get"})
    paged = frozenset({"list", "query"})

    def __init__(self, population: Population, tokens: Tokens) -> None:
        self.population = population
        self._tokens = tokens
        self._rows = Rows(population)

    def warm(self, fields: str) -> None:
        """Render all records with these `fields` beforehand."""
        names = parse_fields(fields)
        self._rows.warm(",".join(names), lambda patron: row_of(patron, names))

    def operation_of(self, call: Call) -> str:
        """Return which of the routes a call takes, "" for none."""
        rest = _rest(call)
        if call.method == "GET" and re.fullmatch(r"patrons/\w+", rest):
            return _ROUTES.get(("GET", rest), "get")
        return _ROUTES.get((call.method, rest), "")

    def refusal(self, call: Call) -> Reply | None:
        """Refuse everybody without a living token, but for those who come to fetch one."""
        if call.operation == "token":
            return None
        try:
            self._tokens.check(call.headers)
        except SierraError as error:
            return error.reply()
        return None

    def answer(self, call: Call) -> Reply:
        """Carry the call out."""
        try:
            return self._answer(call)
        except SierraError as error:
            return error.reply()

    def error(self, status: int) -> Reply:
        """Return Sierra's form of an error."""
        return error_of_status(status)

    def end_sessions(self) -> int:
        """Forget all tokens."""
        return self._tokens.end_all()

    def admin_fields(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        """Take any JSON for a field of the record; null becomes `null`."""
        if not isinstance(body, dict) or not set(body) <= set(FIELDS):
            msg = f"raw fields are {', '.join(FIELDS)}"
            raise AdminError(msg)
        return {name: json.dumps(value, ensure_ascii=False) for name, value in body.items()}

    def _answer(self, call: Call) -> Reply:
        people = self.population
        match call.operation:
            case "token":
                return self._tokens.issue(call)
            case "token_info":
                return self._tokens.describe(self._tokens.check(call.headers))
            case "list":
                return listed(call, people, self._rows)
            case "find":
                return found(call, people)
            case "query":
                return queried(call, people)
            case "metadata":
                names = [name for name in call.query.get("fields", "").split(",") if name]
                return json_reply(metadata(names))
            case "get":
                return got(call, people, _rest(call).removeprefix("patrons/"))
            case _:
                return self._pin_checked(call)

    def _pin_checked(self, call: Call) -> Reply:
        """
        Answer `patrons/validate` (204) and `patrons/auth` (200): whether this is the PIN.

        `caseSensitivity` makes no difference here, since barcodes are digits only.
        """
        try:
            body = json.loads(call.body)
            barcode = str(body["barcode"] if call.operation == "validate" else body["patronId"])
            pin = str(body["pin"] if call.operation == "validate" else body["patronSecret"])
        except (ValueError, KeyError, TypeError):
            raise SierraError(130, "Please check the JSON syntax") from None
        indexes = with_content(self.population, "b", barcode)
        seed = self.population.seed
        if len(indexes) != 1 or invented.pin(indexes[0], seed) != pin[:8]:
            raise SierraError(108, "Invalid barcode or PIN")
        if call.operation == "validate":
            return Reply(204, b"")
        return Reply(200, b"%d" % self.population.id_of(indexes[0]), JSON)


def _rest(call: Call) -> str:
    """Return the path after the version, without a slash at the end."""
    found = _PREFIX.match(call.path)
    return call.path[found.end() :].rstrip("/") if found else ""
