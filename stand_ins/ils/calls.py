"""One call of a stand-in's protocol, and what a system must say of itself to be served."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

from stand_ins.asgi import Receive, Reply, Scope, header, read_body
from stand_ins.ils.population import Population

HTML = b"text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Tweaks:
    """
    What a fault does to the page that answers a call.

    `drop` rows are missing at its end, `is_empty` says it has none though it should, `total_by` is
    added to the total that it tells.
    """

    drop: int = 0
    is_empty: bool = False
    total_by: int = 0


@dataclass(slots=True)
class Call:
    """
    A request: `operation` is the system's own name for what is asked, "" if nothing fits.

    `query` has the last value of each parameter, `pairs` every one; `raw_path` is as it was sent,
    so that a quoted slash can be told from a real one.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    operation: str = ""
    tweaks: Tweaks = field(default_factory=Tweaks)
    pairs: Sequence[tuple[str, str]] = ()
    raw_path: str = ""

    @property
    def host(self) -> str:
        """The name by which the caller reached us, for links."""
        return self.headers.get("host", "localhost")


Answer = Callable[[Call], Awaitable[Reply]]


class System(Protocol):
    """One library system: its protocol, its patrons and who is logged in."""

    name: str
    operations: frozenset[str]
    paged: frozenset[str]
    """The operations that answer with a page of rows."""
    population: Population

    def operation_of(self, call: Call) -> str:
        """Return the operation of a path and method, or "" if there is none."""

    def refusal(self, call: Call) -> Reply | None:
        """Return what to say to a caller who may not make the call, or None if he may."""

    def answer(self, call: Call) -> Reply:
        """Carry the call out."""

    def error(self, status: int) -> Reply:
        """Return the system's own form of an error that has nothing to do with the call."""

    def end_sessions(self) -> int:
        """Forget everybody who is logged in; return how many those were."""

    def admin_fields(self, body: Mapping[str, Any]) -> Mapping[str, str]:
        """Check names of fields of the served record, and return them with their JSON text."""


async def read_call(scope: Scope, receive: Receive) -> Call:
    """Read a request with its body; names of headers are in lower case."""
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return Call(
        scope["method"],
        scope["path"],
        dict(pairs),
        {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
        await read_body(receive) if header(scope, b"content-length") else b"",
        pairs=pairs,
        raw_path=scope.get("raw_path", b"").decode("latin-1") or scope["path"],
    )
