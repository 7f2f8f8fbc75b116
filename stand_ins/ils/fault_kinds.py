"""What each fault dial does to a call; `KINDS` lists them all with their own keys."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stand_ins.asgi import HangUpError, Reply, dropped
from stand_ins.ils import changing
from stand_ins.ils.calls import HTML, Answer, Call, System, Tweaks

_PAGE_OF_503 = b"""<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head><title>503 Service Unavailable</title></head><body>
<h1>Service Unavailable</h1>
<p>The server is temporarily unable to service your request. Please try again later.</p>
</body></html>
"""


@dataclass(slots=True)
class Memory:
    """The last call that asked for a page, whoever made it."""

    page: Call | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """One firing: the dial's own keys, a seed that differs with each, the page asked for before."""

    system: System
    own: Mapping[str, Any]
    seed: int
    page_before: Call | None


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A fault: what happens, its own keys with their defaults, whether it is possible for pages only.

    `times` is how often it fires unless the dial says otherwise; 0 is no limit.
    """

    happen: Callable[[Occasion, Answer, Call], Awaitable[Reply]]
    own: Mapping[str, Any] = field(default_factory=dict)
    only_pages: bool = False
    times: int = 0


@dataclass(frozen=True, slots=True)
class _Cut:
    """The first half of a body, and then the connection is gone."""

    body: bytes

    def __iter__(self) -> Iterator[bytes]:
        yield self.body
        raise HangUpError

    def close(self) -> None:
        """Nothing is held."""


async def _latency(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    """Wait first; a caller who goes away meanwhile does not stop the call."""
    await asyncio.sleep(occasion.own["seconds"])
    return await answer(call)


async def _too_many_requests(occasion: Occasion, _: Answer, _call: Call) -> Reply:
    """Refuse with 429; an empty `retry_after` sends no such header."""
    reply = occasion.system.error(429)
    if wait := occasion.own["retry_after"]:
        reply.headers.append((b"retry-after", wait.encode("latin-1", "replace")))
    return reply


async def _server_error(occasion: Occasion, _: Answer, _call: Call) -> Reply:
    return occasion.system.error(occasion.own["status"])


async def _html_503(_: Occasion, _answer: Answer, _call: Call) -> Reply:
    """Answer as the web server in front does when the system behind it is down."""
    return Reply(503, _PAGE_OF_503, HTML)


async def _reset_before_answer(_: Occasion, _answer: Answer, _call: Call) -> Reply:
    raise HangUpError


async def _reset_after_answer(_: Occasion, answer: Answer, call: Call) -> Reply:
    """Carry the call out and never tell: a login is spent, a page is not seen."""
    dropped(await answer(call))
    raise HangUpError


async def _truncated_body(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    """Send half the body; in silence the HTTP answer ends in good order, only the JSON is cut."""
    reply = await answer(call)
    whole = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
    half = whole[: len(whole) // 2]
    return replace(reply, body=half if occasion.own["in_silence"] else _Cut(half))


async def _empty_success(_: Occasion, answer: Answer, call: Call) -> Reply:
    return await answer(replace(call, tweaks=replace(call.tweaks, is_empty=True)))


async def _shortened_page(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    """Leave out the last rows of the page, as if there were no more."""
    return await answer(replace(call, tweaks=replace(call.tweaks, drop=occasion.own["rows"])))


async def _wrong_totals(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    return await answer(replace(call, tweaks=replace(call.tweaks, total_by=occasion.own["by"])))


async def _duplicated_page(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    """Answer with the page that was asked for before this one."""
    return await answer(replace(occasion.page_before or call, tweaks=Tweaks()))


async def _drifting_pages(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    """Let patrons come, go and change just before the page is made."""
    people, own = occasion.system.population, occasion.own
    people.delete(people.picked(own["deleted"], occasion.seed))
    changing.change(people, people.picked(own["changed"], ~occasion.seed), changing.FIELDS)
    people.insert(own["inserted"])
    return await answer(call)


async def _permission_lost(occasion: Occasion, _: Answer, _call: Call) -> Reply:
    return occasion.system.error(occasion.own["status"])


async def _session_expired(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    """Forget all tokens: this call is refused, and so is every one until the next login."""
    occasion.system.end_sessions()
    return occasion.system.refusal(call) or await answer(call)


async def _clock_skew(occasion: Occasion, answer: Answer, call: Call) -> Reply:
    """Put the system's clock so far from ours; what changes gets its time."""
    occasion.system.population.clock.offset_s = int(occasion.own["seconds"])
    return await answer(call)


KINDS: Mapping[str, Kind] = {
    "latency": Kind(_latency, {"seconds": 0.2}),
    "too_many_requests": Kind(_too_many_requests, {"retry_after": "30"}),
    "server_error": Kind(_server_error, {"status": 500}),
    "html_503": Kind(_html_503),
    "reset_before_answer": Kind(_reset_before_answer),
    "reset_after_answer": Kind(_reset_after_answer),
    "truncated_body": Kind(_truncated_body, {"in_silence": False}),
    "empty_success": Kind(_empty_success, only_pages=True),
    "shortened_page": Kind(_shortened_page, {"rows": 1}, only_pages=True),
    "duplicated_page": Kind(_duplicated_page, only_pages=True),
    "wrong_totals": Kind(_wrong_totals, {"by": 5}, only_pages=True),
    "permission_lost": Kind(_permission_lost, {"status": 403}),
    # From here on the system itself is changed, and stays so when the dials are off.
    "drifting_pages": Kind(
        _drifting_pages, {"inserted": 5, "deleted": 5, "changed": 0}, only_pages=True
    ),
    "session_expired": Kind(_session_expired, times=1),
    "clock_skew": Kind(_clock_skew, {"seconds": 600}, times=1),
}
