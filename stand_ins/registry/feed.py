"""One answer of the change feed: counted, positioned and read in batches from one snapshot."""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterator

BATCH = 256
_KEEP = 256
_COUNT = "select count(*) from person where changed >= ?"
_FROM_KEY = (
    "select record, changed, id from person where (changed, id) > (?, ?)"
    " order by changed, id limit ?"
)
_FROM_OFFSET = (
    "select record, changed, id from person where changed >= ?"
    " order by changed, id limit ? offset ?"
)


class FeedMemory:
    """
    Totals and page ends, valid until the next write.

    `version` counts writes, so that a feed opened before a write cannot leave its page end behind
    after it.
    """

    def __init__(self) -> None:
        self.version = 0
        self.totals: dict[int, int] = {}
        self._ends: OrderedDict[tuple[int, int], tuple[int, int]] = OrderedDict()

    def forget(self) -> None:
        """Drop everything, because something was written."""
        self.version += 1
        self.totals.clear()
        self._ends.clear()

    def end_before(self, since: int, index: int) -> tuple[int, int] | None:
        """Return the key of the record just before this index, if a page ended there."""
        return self._ends.get((since, index))

    def remember(self, version: int, since: int, index: int, key: tuple[int, int]) -> None:
        """Keep the key of the last record before `index`, unless something was written since."""
        if version == self.version:
            self._ends[since, index] = key
            if len(self._ends) > _KEEP:
                self._ends.popitem(last=False)


class Feed:
    """
    The header of one answer and, by iteration, batches of packed records in feed order.

    `total` counts all records since the time asked for, `returned` those of this answer;
    `next_index` is where the next answer starts, 0 at the end. `close()` must be called.
    """

    def __init__(self, total: int, returned: int, next_index: int) -> None:
        self.total = total
        self.returned = returned
        self.next_index = next_index
        self._rows: sqlite3.Cursor | None = None
        self._release: Callable[[], None] = _nothing
        self._at_end: Callable[[tuple[int, int]], None] = _ignore

    def attach(
        self,
        rows: sqlite3.Cursor,
        release: Callable[[], None],
        at_end: Callable[[tuple[int, int]], None],
    ) -> None:
        """Give the feed its rows, what frees them, and who wants to know the last key."""
        self._rows, self._release, self._at_end = rows, release, at_end

    def __iter__(self) -> Iterator[list[bytes]]:
        key = None
        while self._rows is not None and (batch := self._rows.fetchmany(BATCH)):
            key = batch[-1][1], batch[-1][2]
            yield [row[0] for row in batch]
        if key is not None:
            self._at_end(key)

    def close(self) -> None:
        """End the snapshot; harmless when repeated."""
        release, self._release, self._rows = self._release, _nothing, None
        release()


def open_feed(
    reader: sqlite3.Connection,
    give_back: Callable[[sqlite3.Connection], None],
    memory: FeedMemory,
    since: int,
    start: int,
    limit: int,
) -> Feed:
    """Begin a snapshot on `reader` and position it; the reader is given back on `close()`."""
    reader.execute("begin")
    total = memory.totals.get(since)
    if total is None:
        total = memory.totals[since] = reader.execute(_COUNT, (since,)).fetchone()[0]
    first = max(start, 1)
    available = max(total - first + 1, 0)
    returned = min(limit, available) if limit else available
    next_index = first + returned if returned < available else 0
    if (key := memory.end_before(since, first)) is not None:
        rows = reader.execute(_FROM_KEY, (*key, returned))
    else:
        rows = reader.execute(_FROM_OFFSET, (since, returned, first - 1))
    version = memory.version

    def release() -> None:
        rows.close()
        reader.execute("rollback")
        give_back(reader)

    def at_end(last: tuple[int, int]) -> None:
        if next_index:
            memory.remember(version, since, next_index, last)

    feed = Feed(total, returned, next_index)
    feed.attach(rows, release, at_end)
    return feed


def _nothing() -> None:
    return None


def _ignore(_key: tuple[int, int]) -> None:
    return None
