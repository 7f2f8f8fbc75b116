"""
The resources and who may ask for them.

Everything lies under the name of the web application; some sites have `v1` or `ws` after it.
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
from stand_ins.symphony.describing import described, described_address
from stand_ins.symphony.include_fields import check_names, parse_include, projected
from stand_ins.symphony.messages import SymphonyError, error_of_status, not_found
from stand_ins.symphony.policies import Policies
from stand_ins.symphony.records import Records
from stand_ins.symphony.searching import Search
from stand_ins.symphony.sessions import Sessions
from stand_ins.symphony.subrecords import status_info

FIRST_KEY = 1001
_ROUTES = (
    ("POST", r"/user/staff/login", "login"),
    ("GET", r"/aboutIlsWs", "about"),
    ("GET", r"/user/patron/search", "search"),
    ("GET", r"/user/patron/describe", "describe"),
    ("GET", r"/user/patron/address1/describe", "describe_address"),
    ("GET", r"/user/patron/key/([^/]+)", "get"),
    ("GET", r"/user/patron/barcode/([^/]+)", "get_by_barcode"),
    ("GET", r"/user/patronStatusInfo/key/([^/]+)", "status"),
    ("POST", r"/user/patron/authenticate", "authenticate"),
    ("GET", r"/policy/(\w+)/key/([^/]+)", "policy"),
    ("GET", r"/policy/(\w+)/simpleQuery", "policies"),
)


class SymphonySystem:
    """One Symphony; the parts of `ils.calls.System`."""

    name = "symphony"
    operations = frozenset(operation for _, _, operation in _ROUTES)
    paged = frozenset({"search"})

    def __init__(
        self,
        population: Population,
        sessions: Sessions,
        search: Search,
        records: Records,
        policies: Policies,
        webapp: str,
    ) -> None:
        self.population = population
        self._sessions = sessions
        self._search = search
        self._records = records
        self._policies = policies
        self._prefix = re.compile(rf"/{re.escape(webapp)}(?:/v1|/ws)?(?=/)")

    def operation_of(self, call: Call) -> str:
        """Return which of the routes a call takes, "" for none."""
        return self._routed(call)[0]

    def refusal(self, call: Call) -> Reply | None:
        """Refuse calls without the headers, and without a living session where one is needed."""
        try:
            self._sessions.check_headers(call.headers)
            if call.operation not in ("login", "about"):
                self._sessions.check_session(call.headers)
        except SymphonyError as error:
            return error.reply()
        return None

    def answer(self, call: Call) -> Reply:
        """Carry the call out; a tracker that came with it goes back with the answer."""
        try:
            reply = self._answer(call)
        except SymphonyError as error:
            reply = error.reply()
        for name in ("sd-request-tracker", "sd-response-tracker"):
            if tracker := call.headers.get(name):
                reply.headers.append((name.encode(), tracker.encode("latin-1", "replace")))
        return reply

    def error(self, status: int) -> Reply:
        """Return Symphony's form of an error."""
        return error_of_status(status)

    def end_sessions(self) -> int:
        """Forget all sessions."""
        return self._sessions.end_all()

    def admin_fields(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        """Take any JSON for a field of the record."""
        if not isinstance(body, dict) or not set(body) <= set(self._records.names):
            msg = f"raw fields are {', '.join(self._records.names)}"
            raise AdminError(msg)
        return {name: json.dumps(value, ensure_ascii=False) for name, value in body.items()}

    def _routed(self, call: Call) -> tuple[str, tuple[str, ...]]:
        """Return the operation and what stands in its path."""
        prefix = self._prefix.match(call.path)
        rest = call.path[prefix.end() :].rstrip("/") if prefix else ""
        for method, pattern, operation in _ROUTES:
            if call.method == method and (found := re.fullmatch(pattern, rest)):
                return operation, found.groups()
        return "", ()

    def _answer(self, call: Call) -> Reply:
        operation, arguments = self._routed(call)
        match operation:
            case "login":
                return self._sessions.log_in(call)
            case "about":
                return json_reply({"product": [{"name": "Symphony", "version": "stand-in"}]})
            case "search":
                return self._search.answer(call)
            case "describe":
                return json_reply(described(self._records, self._search.indexes))
            case "describe_address":
                return json_reply(described_address())
            case "authenticate":
                return self._authenticated(call)
            case "policy" | "policies":
                return self._policy(call, *arguments)
            case _:
                return self._one(call, operation, arguments[0])

    def _one(self, call: Call, operation: str, key: str) -> Reply:
        """Answer with one patron, or its status; a deleted one is as if it had never been."""
        people = self.population
        if operation == "get_by_barcode":
            index = self._by_barcode(key)
        else:
            index = people.index_of(int(key)) if key.isascii() and key.isdigit() else None
        if index is None or people.deleted[index]:
            raise not_found("/user/patron", key)
        patron = people.patron(index)
        if operation == "status":
            return json_reply(status_info(patron))
        wanted = parse_include(call.query.get("includeFields", ""))
        check_names(wanted, self._records.names)
        return Reply(200, self._records.row(patron, wanted), JSON)

    def _policy(self, call: Call, name: str, key: str = "") -> Reply:
        policy = self._policies.one(name, key) if key else None
        policies = self._policies.listed(name, call.query.get("key", "*"))
        if (key and policy is None) or policies is None:
            raise not_found(f"/policy/{name}", key)
        wanted = parse_include(call.query.get("includeFields", ""))
        return json_reply(projected(policy or policies, wanted))

    def _by_barcode(self, barcode: str) -> int | None:
        people = self.population
        near = people.candidates(barcode)
        return next((i for i in near if barcode in people.patron(i).barcodes), None)

    def _authenticated(self, call: Call) -> Reply:
        """Answer whether barcode and PIN belong together."""
        try:
            body = json.loads(call.body)
            barcode, pin = str(body["barcode"]), str(body["password"])
        except (ValueError, KeyError, TypeError):
            raise SymphonyError(400, "badRequest", "barcode and password are required.") from None
        people = self.population
        index = self._by_barcode(barcode)
        if index is None or people.deleted[index] or invented.pin(index, people.seed) != pin:
            raise SymphonyError(401, "unableToAuthenticate", "Unable to authenticate.")
        patron = people.patron(index)
        name = f"{patron.last_name}, {patron.first_name}"
        return json_reply({"patronKey": str(patron.id), "name": name})
