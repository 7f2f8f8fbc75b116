"""
Alma's users, page by page by their place in the list, although places move.

Alma knows no cursor. So every page begins some places before the end of the one before and must
show somebody again who was on that one; if it does not, too many were deleted in between, and the
reading steps back until it does. Who is seen again is not handed out again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson

from registry_operators.clients.alma_answers import AlmaBatch
from registry_operators.clients.ils_messages import IlsPage
from registry_operators.errors import MalformedAnswerError

LIMIT = 100
"""The most that Alma gives at once."""
OVERLAP = 10
STEP = LIMIT - OVERLAP
_MOST_STEPS_BACK = 20
_User = dict[str, Any]


@dataclass(slots=True)
class AlmaReading:
    """
    One reading from the first user to the last.

    Several pages are fetched at once, and handed out in order. It ends with a page on which nobody
    is new, and fails if fewer came than there are, but for those that Alma counts and does not
    show.

    :param fetch: Fetches the page at a place; is told how many there were before, and called from
        several threads.
    :param secret: Key of the digests by which users are known again, so that they tell nothing.
    :param threads: Calls at once.
    """

    fetch: Callable[[int, int], AlmaBatch]
    secret: bytes
    threads: int = 12
    place: int = 0
    total: int = 0
    count: int = 0
    is_resumed: bool = False
    before: list[bytes] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)

    def go_on(self, cursor: str) -> None:
        """Begin behind a cursor."""
        place, marks, total, count, *_ = [*cursor.split(":"), "", "", ""]
        self.before = [bytes.fromhex(mark) for mark in marks.split(",") if mark]
        self.place = int(place)
        self.total, self.count = int(total or 0), int(count or 0)
        self.seen = set(self.before)
        self.is_resumed = bool(self.before)

    @property
    def cursor(self) -> str:
        """The next place, digests of the last users, how many there are and how many came."""
        marks = ",".join(mark.hex() for mark in self.before[-OVERLAP:])
        return f"{self.place}:{marks}:{self.total}:{self.count}"

    def pages(self) -> Iterator[IlsPage]:
        """Hand out all users, each once."""
        first = self.fetch(self.place, self.total)
        self.total = first_total = first.total
        yield self._page(self.place, first)
        for place, batch in self._others():
            self.total = batch.total
            yield self._page(place, batch)
        while (page := self._page(self.place, self.fetch(self.place, self.total))).records:
            yield page  # there are more than the total says
        if self.total != first_total or self.count < self.total:
            place = max(0, self.total - LIMIT)  # who came meanwhile pushed others behind the end
            yield self._page(place, self.fetch(place, self.total))
        self._check_end()
        yield IlsPage([], self.cursor, is_last=True)

    def _others(self) -> Iterator[tuple[int, AlmaBatch]]:
        """Fetch the pages behind the first one ahead, as far as the newest total reaches."""
        pool = ThreadPoolExecutor(self.threads, "alma")
        coming: deque[tuple[int, Future[AlmaBatch]]] = deque()
        place = self.place
        try:
            while True:
                while place + OVERLAP < self.total and len(coming) < self.threads:
                    coming.append((place, pool.submit(self.fetch, place, self.total)))
                    place += STEP
                if not coming:
                    return
                next_place, future = coming.popleft()
                yield next_place, future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _page(self, place: int, batch: AlmaBatch) -> IlsPage:
        records = []
        for users in self._joined(place, batch.users):
            records += self._new(users)
        self.place = max(self.place, place + STEP)
        self.count += len(records)  # of all attempts, so that none can pass over somebody
        return IlsPage(records, self.cursor, is_last=False)

    def _joined(self, place: int, users: list[_User]) -> list[list[_User]]:
        """
        Return the page with those before it that join it to what was read, if it does not.

        Each must show somebody of the one before. One that does not, although nothing stands
        between them, may be another page than was asked for, and is asked for again; if the same
        users come, those who would join them are counted and not shown.
        """
        waiting, pages = [(place, users)], list[list[_User]]()
        known, joined_at = set(self.before), -1
        for _ in range(2 * _MOST_STEPS_BACK):
            place, users = waiting[-1]
            marks = set(map(self._mark, users))
            if not marks or not known or not place or not known.isdisjoint(marks):
                pages.append(users)
                known, joined_at = marks or known, place
                waiting.pop()
                if not waiting:
                    return pages
            elif joined_at < 0 or place - STEP > joined_at:
                place = max(0, place - STEP)
                waiting.append((place, self.fetch(place, self.total).users))
            else:
                waiting[-1] = place, (again := self.fetch(place, self.total).users)
                known = set() if marks == set(map(self._mark, again)) else known
        raise MalformedAnswerError(
            "alma: the list of users changes faster than it can be read; try again later"
        )

    def _new(self, users: Sequence[_User]) -> list[_User]:
        """Return who was not seen yet; after a restart, nobody who stands before those who were."""
        marks = [self._mark(user) for user in users]
        if self.is_resumed:
            first = next((n for n, mark in enumerate(marks) if mark in self.seen), 0)
            users, marks = users[first:], marks[first:]
        if marks:
            self.before = marks
        fresh = []
        for user, mark in zip(users, marks, strict=True):
            if mark not in self.seen:
                self.seen.add(mark)
                fresh.append(user)
        return fresh

    def _mark(self, user: _User) -> bytes:
        name = user.get("primary_id")
        text = str(name).lower().encode() if name else orjson.dumps(user)
        return blake2b(text, key=self.secret, digest_size=16).digest()

    def _check_end(self) -> None:
        if self.count < self.total - allowed(self.total):
            raise MalformedAnswerError(
                f"alma: {self.total} users are told of, and only {self.count} came"
            )


def allowed(total: int) -> int:
    """Return how many may be counted and not shown, or go meanwhile: 2 of 100, 20 of a few."""
    return max(20, total // 50)
