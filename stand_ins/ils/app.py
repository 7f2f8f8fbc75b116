"""
The ASGI application of a library system's stand-in: the protocol, and the admin API beside it.

The order of a call: what it asks for, who asks, the fault dials, the answer. Every answer has the
system's own clock in its `Date` header.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from stand_ins.asgi import (
    HangUpError,
    Receive,
    Reply,
    Scope,
    Send,
    TooLargeError,
    send_reply,
    text_reply,
)
from stand_ins.ils.admin import AdminApi
from stand_ins.ils.calls import Call, System, read_call
from stand_ins.ils.faults import Dial, FaultDials


@dataclass(slots=True)
class Tally:
    """Calls since the start: by operation, and by the status of the answer (0 is a reset)."""

    calls: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)


class IlsApp:
    """Serves one system, and the admin API under `/admin/`."""

    def __init__(self, system: System, dials: list[Dial] | None = None) -> None:
        self.hang_up: Callable[[Scope], None] = _cannot_hang_up
        self._system = system
        self._tally = Tally()
        self._dials = FaultDials(system, dials or [])
        self._admin = AdminApi(system, self._dials, self._tally.calls, self._tally.statuses)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        try:
            reply = await self._reply(scope, receive)
            reply.headers.append((b"date", self._system.population.clock.http_date()))
            await send_reply(send, reply)
        except TooLargeError:
            await send_reply(send, text_reply(413, "request is too large"))
        except HangUpError:
            self._tally.statuses[0] += 1
            self.hang_up(scope)
            while (await receive())["type"] != "http.disconnect":
                pass

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        if scope["path"].startswith("/admin/"):
            return await self._admin(scope, receive)
        call = await read_call(scope, receive)
        call.operation = self._system.operation_of(call)
        if call.operation:
            self._tally.calls[call.operation] += 1
            reply = await self._allowed(call)
        else:
            reply = self._system.error(404)
        self._tally.statuses[reply.status] += 1
        return reply

    async def _allowed(self, call: Call) -> Reply:
        refusal = self._system.refusal(call)
        return refusal or await self._dials.around_call(call, self._answer)

    async def _answer(self, call: Call) -> Reply:
        return self._system.answer(call)


def _cannot_hang_up(_: Scope) -> None:
    msg = "the server did not say how a connection is cut off"
    raise NotImplementedError(msg)
