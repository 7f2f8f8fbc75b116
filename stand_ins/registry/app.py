"""
The ASGI application: which path does what, and who may call.

`CallHooks` is the seam for faults: it stands around every call. When the answer has been made, all
that the call changed is stored.
"""

import sqlite3
from collections.abc import Awaitable, Callable

from stand_ins.asgi import (
    XML,
    HangUpError,
    Receive,
    Reply,
    Scope,
    Send,
    TooLargeError,
    header,
    read_body,
    send_reply,
    text_reply,
)
from stand_ins.registry import changes, lookups, wire
from stand_ins.registry.auth import Doorkeeper
from stand_ins.registry.books import Books, RefusedError
from stand_ins.registry.lookups import FeedAnswer
from stand_ins.registry.wire import Call, SoapError, parse_call
from stand_ins.registry.wsdl import ENCODING_EXTRACT, wsdl

ENDPOINT = "/laanekort/fl.php"
WSDL_PATH = "/api/rest/wsdlv2"
ENCODING_PATH = "/api/rest/soap-encoding.xsd"
OPERATIONS: dict[str, Callable[[Books, str, Call], bytes | FeedAnswer]] = {
    "hent": lookups.hent,
    "soekEndret": lookups.soek_endret,
    "verifyLnr": lookups.verify_lnr,
    "nyPost": changes.ny_post,
    "nyLaaner": changes.ny_post,
    "endre": changes.endre,
    "slett": changes.slett,
}
Admin = Callable[[Scope, Receive], Awaitable[Reply]]
Answer = Callable[[Call], Awaitable[Reply]]


class CallHooks:
    """Lets every call pass untouched; `faults.FaultDials` delays, refuses, cuts and replaces."""

    async def around_call(self, library: str, call: Call, answer: Answer) -> Reply:
        """Return the reply to send; `answer` carries a call out. May raise `HangUpError`."""
        return await answer(call)


class RegistryApp:
    """Serves the registry's protocol, and the admin API under `/admin/`."""

    def __init__(self, books: Books, doorkeeper: Doorkeeper, admin: Admin) -> None:
        self.hooks = CallHooks()
        self.hang_up: Callable[[Scope], None] = _cannot_hang_up
        self._books = books
        self._doorkeeper = doorkeeper
        self._admin = admin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        try:
            reply = await self._route(scope, receive)
            await send_reply(send, reply)
        except TooLargeError:
            await send_reply(send, text_reply(413, "request is too large"))
        except HangUpError:
            self.hang_up(scope)
            while (await receive())["type"] != "http.disconnect":
                pass

    async def _route(self, scope: Scope, receive: Receive) -> Reply:
        path, method = scope["path"], scope["method"]
        if path.startswith("/admin/"):
            return await self._admin(scope, receive)
        if path == ENDPOINT and method == "POST":
            return await self._soap(scope, receive)
        if path not in (ENDPOINT, WSDL_PATH, ENCODING_PATH):
            return text_reply(404, "no such path")
        if method == "GET" and (path != ENDPOINT or scope["query_string"].lower() == b"wsdl"):
            return _description(scope)
        reply = text_reply(405, "method not allowed")
        reply.headers.append((b"allow", b"POST" if path == ENDPOINT else b"GET"))
        return reply

    async def _soap(self, scope: Scope, receive: Receive) -> Reply:
        library = self._doorkeeper.library_of(header(scope, b"authorization"))
        if library is None:
            reply = text_reply(401, "unknown user or wrong password")
            reply.headers.append((b"www-authenticate", b'Basic realm="laanekort"'))
            return reply
        try:
            call = parse_call(await read_body(receive))
            if call.operation not in OPERATIONS:
                msg = "Unknown operation"
                raise SoapError(msg)
        except SoapError as error:
            return Reply(500, wire.fault(error), XML)
        self._books.tally.calls[call.operation, library] += 1

        async def answer(call: Call) -> Reply:
            return self._answer(library, call)

        return await self.hooks.around_call(library, call, answer)

    def _answer(self, library: str, call: Call) -> Reply:
        """Carry out a call; what is written is committed when this returns."""
        try:
            return Reply(200, OPERATIONS[call.operation](self._books, library, call), XML)
        except RefusedError as refusal:
            now = self._books.clock.now()
            return Reply(200, wire.svar(call.operation, False, str(refusal), "", now), XML)
        except sqlite3.Error:
            return Reply(500, wire.fault(SoapError("The registry's store failed", "Server")), XML)


def _cannot_hang_up(_: Scope) -> None:
    msg = "the server did not say how a connection is cut off"
    raise NotImplementedError(msg)


def _description(scope: Scope) -> Reply:
    """Answer with the WSDL, or the schema it refers to, as seen from the caller's host name."""
    if scope["path"] == ENCODING_PATH:
        return Reply(200, ENCODING_EXTRACT, XML)
    here = "http://" + (header(scope, b"host") or b"localhost").decode("latin-1")
    return Reply(200, wsdl(here + ENDPOINT, here + ENCODING_PATH), XML)
