"""
Koha's patrons in the order of their ids, each page asked for behind the last id of the one before.

That order is the only one that holds while people come and go. A record that the API's user may not
see comes without its id: such ones at the end of a page are left for the next answer, which begins
with them, and where a whole page has no id, the next page of the same question is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from registry_operators.clients.ils_http import IlsReply
from registry_operators.clients.ils_messages import IlsPage
from registry_operators.errors import MalformedAnswerError

ID = "patron_id"
_Records = list[dict[str, Any]]


class KohaBatch(NamedTuple):
    """
    One answer.

    :param left: How many there are from here on, by ``X-Total-Count``; ``None`` if it is not said.
    :param visible: How many the API's user can see at all, whatever is asked.
    """

    records: _Records
    left: int | None
    visible: int | None


Check = Callable[[KohaBatch], None]
Fetch = Callable[[int, int, Check], KohaBatch]
"""Fetch of those behind an id the page of a number; check it, and call again if it contradicts."""


def read_batch(reply: IlsReply) -> KohaBatch:
    """
    Read an answer.

    :raises MalformedAnswerError: It is no list of patrons.
    """
    content = reply.content()
    if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
        raise MalformedAnswerError(f"{reply.what}: no list of patrons came")
    return KohaBatch(content, reply.number("X-Total-Count"), reply.number("X-Base-Total-Count"))


@dataclass(slots=True)
class KohaReading:
    """
    One reading from the first patron to the last.

    It ends only with an answer that is short or empty and says itself that there are no more, and
    if as many came as were promised first, but for those who can be deleted meanwhile.

    :param size: Patrons on a page.
    :param is_whole: Nothing is filtered, so that nobody is less than can be.
    :param last: Id behind which it goes on.
    :param passed: Patrons without id behind that one who were handed out.
    :param left: How many there are behind that one, by the answer before; also of one in a run that
        broke off.
    """

    fetch: Fetch
    size: int
    is_whole: bool
    last: int = 0
    passed: int = 0
    promised: int | None = None
    left: int | None = None
    count: int = 0
    is_doubted: bool = False

    @classmethod
    def behind(cls, cursor: str | None, fetch: Fetch, size: int, is_whole: bool) -> KohaReading:
        """Begin behind a cursor."""
        last, passed, left, *_ = [*(cursor or "0").split(":"), "", ""]
        place = int(passed or 0) // size * size
        return cls(fetch, size, is_whole, int(last), place, left=int(left) if left else None)

    @property
    def cursor(self) -> str:
        """The place up to which all were handed out, and how many are left behind it."""
        return f"{self.last}:{self.passed}:{'' if self.left is None else self.left}"

    def pages(self) -> Iterator[IlsPage]:
        """Hand out all patrons, each once."""
        is_last = False
        while not is_last:
            records, is_last = self._next()
            self.count += len(records)
            yield IlsPage(records, self.cursor, is_last)

    def _next(self) -> tuple[_Records, bool]:
        """Return what comes next, and whether it is the end."""
        batch = self.fetch(self.last, self.passed // self.size + 1, self._check)
        records, left = batch.records, batch.left
        place, last = _last_known(records, self.last)
        if place:
            self.left = None if left is None else left - self.passed - place
            self.last, self.passed = last, 0
            is_end = len(records) == place == left and place < self.size
            if is_end:
                self._check_end(place)
            return records[:place], is_end
        self.passed, self.left = self.passed + len(records), left
        if len(records) == self.size and (left is None or self.passed < left):
            return records, False
        self._check_end(len(records))
        return records, True

    def _check(self, batch: KohaBatch) -> None:
        """Compare an answer with itself and the one before; the call is repeated if it lies."""
        _check_order(batch.records, self.last)
        left, count = batch.left, len(batch.records)
        is_awaited = self.left == 0 and left == 0
        is_proven = is_awaited or not (left is None or self.promised is None)
        if not count and not is_proven and not self.is_doubted:
            self.is_doubted = True
            raise MalformedAnswerError("koha: nobody came, and nothing proves that there is nobody")
        if left is None:
            return
        is_first = self.promised is None and not self.last
        if not left and is_first and self.is_whole and batch.visible:
            raise MalformedAnswerError("koha: nobody came, and yet there are patrons")
        if self.left is not None and left < self.left - allowed(self.promised or 0):
            raise MalformedAnswerError(
                f"koha: {self.left} patrons were left, and of them only {left} are there now"
            )
        is_short = count < min(self.size, left - self.passed)
        if is_short and not any(ID in one and one[ID] is not None for one in batch.records):
            raise MalformedAnswerError(f"koha: {left} patrons are left, and only {count} came")
        if self.promised is None:
            self.promised = left - self.passed

    def _check_end(self, count: int) -> None:
        total = self.count + count
        if self.promised is not None and total < self.promised - allowed(self.promised):
            raise MalformedAnswerError(
                f"koha: {self.promised} patrons were promised, and only {total} came"
            )


def allowed(promised: int) -> int:
    """Return how many may be deleted while they are read: 2 of 1,000, and 20 of a few."""
    return max(20, promised // 500)


def _last_known(records: _Records, last: int) -> tuple[int, int]:
    """Return how many records there are up to the last one with an id, and that id."""
    for place in range(len(records), 0, -1):
        if (known := records[place - 1].get(ID)) is not None:
            return place, int(known)
    return 0, last


def _check_order(records: _Records, last: int) -> None:
    """See that ids ascend behind the last one, so that nobody can come twice or be passed over."""
    ids = [one for record in records if (one := record.get(ID)) is not None]
    try:
        is_ordered = not ids or (ids[0] > last and ids == sorted(set(ids)))
    except TypeError:
        is_ordered = False
    if not is_ordered:
        raise MalformedAnswerError("koha: the patrons do not come in the order of their ids")
