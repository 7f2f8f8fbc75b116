"""
Sierra's patrons in the order of their ids, each page asked for behind the last id before it.

What an answer says of its total is not believed, nor that a short page is the last one: a server
may give less than is asked for. The end is reached when nobody comes, and when the same server,
asked again from a few patrons before, still shows one of those and nobody behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from registry_operators.clients.ils_http import IlsReply
from registry_operators.clients.ils_messages import IlsPage
from registry_operators.errors import MalformedAnswerError

ID = "id"
_KNOWN_AT_MOST = 20
_Entries = list[dict[str, Any]]
Check = Callable[[_Entries], None]
Fetch = Callable[[int, Check], _Entries]
"""Fetch entries from an id on; check them, and call again if they contradict."""


def read_entries(reply: IlsReply) -> _Entries:
    """
    Read a page; where nobody is found, Sierra answers 404 with code 107, or an empty list.

    :raises MalformedAnswerError: It is no page of patrons.
    """
    content = reply.content()
    if reply.status == 404:
        return []
    entries = content.get("entries") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise MalformedAnswerError(f"{reply.what}: no page of patrons came")
    return entries


@dataclass(slots=True)
class SierraReading:
    """
    One reading from the first patron to the last.

    :param is_whole: Nothing is filtered, so that there must be somebody.
    :param last: Id behind which it goes on.
    :param known: Ids of the last living patrons who came.
    """

    fetch: Fetch
    is_whole: bool
    last: int = 0
    known: list[int] = field(default_factory=list)

    @classmethod
    def behind(cls, cursor: str | None, fetch: Fetch, is_whole: bool) -> SierraReading:
        """Begin behind a cursor."""
        last, _, known = (cursor or "0").partition(":")
        return cls(fetch, is_whole, int(last), [int(one) for one in known.split(",") if one])

    @property
    def cursor(self) -> str:
        """The place up to which all were handed out, and ids that stand before it."""
        return f"{self.last}:{','.join(map(str, self.known))}"

    def pages(self) -> Iterator[IlsPage]:
        """Hand out all living patrons, each once."""
        while entries := self._next() or self._proven_end():
            self.last = id_of(entries[-1])
            living = [one for one in entries if not is_deleted(one)]
            self.known = [*self.known, *map(id_of, living[-_KNOWN_AT_MOST:])][-_KNOWN_AT_MOST:]
            yield IlsPage(living, self.cursor, is_last=False)
        yield IlsPage([], self.cursor, is_last=True)

    def _next(self) -> _Entries:
        return self.fetch(self.last + 1, self._check_order)

    def _proven_end(self) -> _Entries:
        """
        Ask once more where nobody came; return those who come after all.

        :raises MalformedAnswerError: The answer shows nobody of those who must be there.
        """
        if not self.known:
            return self.fetch(self.last + 1, self._check_somebody)
        entries = self.fetch(self.known[0], self._check_known)
        return [one for one in entries if id_of(one) > self.last]

    def _check_order(self, entries: _Entries) -> None:
        """See that ids ascend from where it was asked, so that nobody comes twice or is missed."""
        ids = [id_of(one) for one in entries]
        if ids and (ids[0] <= self.last or ids != sorted(set(ids))):
            raise MalformedAnswerError("sierra: the patrons do not come in the order of their ids")

    def _check_somebody(self, entries: _Entries) -> None:
        if not entries and self.is_whole:
            raise MalformedAnswerError(
                "sierra: nobody came; either the key may see no patrons, or the answer is wrong"
            )
        self._check_order(entries)

    def _check_known(self, entries: _Entries) -> None:
        ids = [id_of(one) for one in entries]
        if ids != sorted(set(ids)) or set(ids).isdisjoint(self.known):
            raise MalformedAnswerError(
                "sierra: nobody came any more, and those who came last are not there either; the "
                "end of the list is not proven"
            )


def id_of(entry: dict[str, Any]) -> int:
    """
    Return the id of an entry; some releases write it as text.

    :raises MalformedAnswerError: It has none.
    """
    value = entry.get(ID)
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    raise MalformedAnswerError("sierra: a patron came without a number as id")


def is_deleted(entry: dict[str, Any]) -> bool:
    """Say whether only the stub of a deleted patron came."""
    return entry.get("deleted") is True or entry.get("deletedDate") is not None
