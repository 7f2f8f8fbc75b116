"""What each fault dial does to a call; `KINDS` lists them all with their own keys."""

import asyncio
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stand_ins.asgi import XML, HangUpError, Reply, dropped, text_reply
from stand_ins.registry import fault_pages, wire
from stand_ins.registry.app import OPERATIONS, Answer
from stand_ins.registry.auth import Doorkeeper
from stand_ins.registry.books import Books
from stand_ins.registry.fault_pages import PAGES
from stand_ins.registry.touch import bury_many, touch
from stand_ins.registry.wire import Call

_ALL = frozenset(OPERATIONS)
_RECORDS = frozenset({"hent", *PAGES})


@dataclass(frozen=True, slots=True)
class Occasion:
    """One firing: whose call, the dial's own keys, and a seed that differs with each firing."""

    books: Books
    doorkeeper: Doorkeeper
    library: str
    own: Mapping[str, Any]
    seed: int


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A fault: what happens, the calls it is possible for, its own keys with their defaults.

    `times` is how often it fires unless the dial says otherwise; 0 is no limit.
    """

    happen: Callable[[Occasion, Answer, Call], Awaitable[Reply]]
    own: Mapping[str, Any] = field(default_factory=dict)
    operations: frozenset[str] = _ALL
    times: int = 0


async def _latency(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    """Wait first; a caller who goes away meanwhile does not stop the call."""
    await asyncio.sleep(occasion.own["seconds"])
    return await answer(call)


async def _too_many_requests(occasion: Occasion, _: Answer, _call: Call) -> Reply:
    reply = text_reply(429, "too many requests")
    reply.headers.append((b"retry-after", occasion.own["retry_after"].encode("latin-1", "replace")))
    return reply


async def _server_error(occasion: Occasion, _: Answer, _call: Call) -> Reply:
    return text_reply(occasion.own["status"], "something broke")


async def _reset_before_commit(_: Occasion, _answer: Answer, _call: Call) -> Reply:
    raise HangUpError


async def _reset_after_commit(_: Occasion, answer: Answer, call: Call) -> Reply:
    """Carry the call out and never tell: to the caller it looks like the dial before."""
    dropped(await answer(call))
    raise HangUpError


async def _truncated_page(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    return fault_pages.cut(await answer(call), in_silence=occasion.own["in_silence"])


async def _duplicated_page(_: Occasion, answer: Answer, call: Call) -> Reply:
    return await fault_pages.page_before(answer, call)


async def _reordered_pages(_: Occasion, answer: Answer, call: Call) -> Reply:
    return await fault_pages.neighbour_page(answer, call)


async def _drifting_pages(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    """Let some people change, who thereby move to the end of the list that is being paged."""
    touch(occasion.books, {"count": occasion.own["count"], "seed": occasion.seed})
    return await answer(call)


async def _empty_success(occasion: Occasion, _: Answer, call: Call) -> Reply:
    """Say "OK" and give nothing; who really finds nothing says "ingen treff"."""
    head = wire.resultat_head(call.operation, True, "OK", total=0, returned=0, next_index=0)
    return Reply(200, head + wire.resultat_tail(call.operation, occasion.books.clock.now()), XML)


async def _permission_lost(occasion: Occasion, _: Answer, _call: Call) -> Reply:
    return text_reply(occasion.own["status"], "no access")


async def _wrong_totals(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    hits, returned = occasion.own["hits"], occasion.own["returned"]
    return fault_pages.with_totals(await answer(call), hits=hits, returned=returned)


async def _clock_skew(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    """Put the registry's clock so far from ours; records that change get its time."""
    occasion.books.clock.offset_s = occasion.own["seconds"]
    return await answer(call)


async def _same_second(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    touch(occasion.books, dict(occasion.own) | {"seed": occasion.seed})
    return await answer(call)


async def _denormalised_unicode(_: Occasion, answer: Answer, call: Call) -> Reply:
    """Write å as a and a ring, and so on: the same text in other characters."""
    return fault_pages.with_text(
        await answer(call), lambda text: unicodedata.normalize("NFD", text)
    )


async def _rotated_credentials(occasion: Occasion, _: Answer, _call: Call) -> Reply:
    """Change the calling library's password, so that this call and all after it are refused."""
    occasion.doorkeeper.change_password(occasion.library, occasion.own["password"])
    return text_reply(401, "unknown user or wrong password")


async def _tombstone_burst(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    bury_many(occasion.books, occasion.own["count"], occasion.seed)
    return await answer(call)


KINDS: Mapping[str, Kind] = {
    "latency": Kind(_latency, {"seconds": 0.2}),
    "too_many_requests": Kind(_too_many_requests, {"retry_after": "30"}),
    "server_error": Kind(_server_error, {"status": 500}),
    "reset_before_commit": Kind(_reset_before_commit),
    "reset_after_commit": Kind(_reset_after_commit),
    "truncated_page": Kind(_truncated_page, {"in_silence": False}, _RECORDS),
    "duplicated_page": Kind(_duplicated_page, operations=PAGES),
    "reordered_pages": Kind(_reordered_pages, operations=PAGES),
    "drifting_pages": Kind(_drifting_pages, {"count": 5}, PAGES),
    "empty_success": Kind(_empty_success, operations=_RECORDS),
    "permission_lost": Kind(_permission_lost, {"status": 403}),
    "wrong_totals": Kind(_wrong_totals, {"hits": 5, "returned": 0}, _RECORDS),
    "denormalised_unicode": Kind(_denormalised_unicode, operations=_RECORDS),
    # From here on the registry itself is changed, once, and stays so when the dials are off.
    "clock_skew": Kind(_clock_skew, {"seconds": 3600}, times=1),
    "same_second": Kind(_same_second, {"count": 10_000, "fields": []}, times=1),
    "rotated_credentials": Kind(_rotated_credentials, {"password": "rotated"}, times=1),
    "tombstone_burst": Kind(_tombstone_burst, {"count": 100}, times=1),
}
