"""Spoiling an answer's records and totals while it streams, so that memory stays flat."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from stand_ins.asgi import HangUpError, Parts, Reply
from stand_ins.registry.app import Answer
from stand_ins.registry.wire import Call

PAGES = frozenset({"soekEndret"})


@dataclass(frozen=True, slots=True)
class _Spoilt:
    """A body whose parts pass through a generator; it goes out in chunks."""

    body: bytes | Parts
    spoil: Callable[[Iterator[bytes]], Iterator[bytes]]

    def __iter__(self) -> Iterator[bytes]:
        return self.spoil(iter((self.body,) if isinstance(self.body, bytes) else self.body))

    def close(self) -> None:
        if not isinstance(self.body, bytes):
            self.body.close()


def cut(reply: Reply, *, in_silence: bool) -> Reply:
    """
    Send half of the records or less, then hang up.

    In silence the HTTP answer ends in good order instead: only the XML tells that it was cut.
    """

    def spoil(parts: Iterator[bytes]) -> Iterator[bytes]:
        part = next(parts)
        if following := next(parts, b""):
            yield part
            part = following
        yield part[: len(part) // 2]
        if not in_silence:
            raise HangUpError

    return replace(reply, body=_Spoilt(reply.body, spoil))


def with_text(reply: Reply, change: Callable[[str], str]) -> Reply:
    """Change the text; parts end between records, so each can be changed alone."""
    return replace(
        reply,
        body=_Spoilt(reply.body, lambda parts: (change(part.decode()).encode() for part in parts)),
    )


def with_totals(reply: Reply, *, hits: int, returned: int) -> Reply:
    """Add to the totals that a page tells of itself, which come before its records."""
    reply = _with_number(reply, "antall_treff", lambda _, old: old + hits)
    return _with_number(reply, "antall_poster_returnert", lambda _, old: old + returned)


async def page_before(answer: Answer, call: Call) -> Reply:
    """Answer with the page before the one asked for, as it was: its end leads back here."""
    start, limit = _place(call)
    return await answer(_from(call, max(1, start - limit)))


async def neighbour_page(answer: Answer, call: Call) -> Reply:
    """Swap each page with its neighbour: the records are the other's, the next index is ours."""
    start, limit = _place(call)
    if not limit:
        return await answer(call)
    is_first = (start - 1) // limit % 2 == 0
    reply = await answer(_from(call, start + limit if is_first else max(1, start - limit)))
    if isinstance(reply.body, bytes) and b"<item " not in reply.body:
        return await answer(call)  # there is no page after the last

    def our_next(head: bytes, _: int) -> int:
        found = re.search(rb"<antall_treff [^>]*>(\d+)<", head)
        total = int(found[1]) if found else 0
        return start + limit if start + limit <= total else 0

    return _with_number(reply, "neste_indeks", our_next)


def _with_number(reply: Reply, name: str, change: Callable[[bytes, int], int]) -> Reply:
    element = re.compile(rf"(<{name} [^>]*>)(\d+)<".encode())

    def spoil(parts: Iterator[bytes]) -> Iterator[bytes]:
        head = next(parts)
        yield element.sub(lambda old: b"%b%d<" % (old[1], change(head, int(old[2]))), head, 1)
        yield from parts

    return replace(reply, body=_Spoilt(reply.body, spoil))


def _place(call: Call) -> tuple[int, int]:
    """Return start and size of the page asked for; a size of 0 is no limit, or no number."""
    start, limit = (
        int(text) if (text := call.text(name)).isdecimal() else 0
        for name in ("start_indeks", "max_antall")
    )
    return max(1, start), limit


def _from(call: Call, start: int) -> Call:
    return replace(call, arguments=call.arguments | {"start_indeks": str(start)})
