"""Page through the registry's change feed without losing records that move meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from registry_operators.clients.registry_messages import PageHead, RegistryPatron
from registry_operators.clients.registry_page import Page
from registry_operators.errors import MalformedAnswerError, RefusedError

_MOST_MOVES = 20


class ChangeFeed:
    """
    The records of ``soekEndret``, page after page to the feed's end.

    A record that changes while pages are read moves to the end of the list, and every later one
    up by one place: the next page would start too late and leave one out. So each page is asked
    for from the last record of the page before it. If that record no longer stands there, the
    feed has moved, and the page is read again from one page earlier. Records may therefore come
    twice; none is lost.

    :param fetch: Gives the page that starts at a 1-based index with at most so many records.
    :param begin: Like ``fetch``, but gives a function that ends the work. It is called in a thread
        of its own, which should only wait for the network: parsing there would keep the consumer
        from the interpreter. By default everything is done by ``fetch`` in that thread.
    """

    def __init__(
        self,
        fetch: Callable[[int, int], Page],
        page_size: int,
        begin: Callable[[int, int], Callable[[], Page]] | None = None,
    ) -> None:
        self._fetch = fetch
        self._begin = begin or self._begin_with_all
        self._page_size = page_size
        self._server_time: datetime | None = None

    @property
    def server_time(self) -> datetime | None:
        """Registry's clock when the first page was made, naive local; the next watermark."""
        return self._server_time

    def __iter__(self) -> Iterator[RegistryPatron]:
        """
        Yield every record that the registry tells of.

        :raises UnavailableError: The registry did not answer, even after retries.
        :raises MalformedAnswerError: A page stayed broken, or fewer records came than claimed.
        :raises RefusedError: The registry did not accept the question.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="registry-feed") as ahead:
            yield from self._pages(ahead)

    def _pages(self, ahead: ThreadPoolExecutor) -> Iterator[RegistryPatron]:
        records, head = self._checked(1, self._page_size)
        if head.server_time is None:
            raise MalformedAnswerError("the first page of soekEndret has no server time")
        self._server_time = head.server_time
        hits = count = moves = 0
        while True:
            overlap = _overlap(records)
            following = self._ask(ahead, head, overlap)
            yield from records
            count += len(records)
            hits = max(hits, head.hits)
            if following is None:
                break
            page, start = records, head.next_index - overlap
            records, head = _accepted(following.result()())
            if records[:overlap] == page[-overlap:]:
                records = records[overlap:]
                continue
            moves += 1
            if moves > _MOST_MOVES:
                raise MalformedAnswerError(
                    f"the change feed moved {moves} times while it was read; run again"
                )
            records, head = self._read_again(start, frozenset(page))
        if count < hits:
            raise MalformedAnswerError(f"the change feed claims {hits} records and {count} came")

    def _ask(
        self, ahead: ThreadPoolExecutor, head: PageHead, overlap: int
    ) -> Future[Callable[[], Page]] | None:
        """Fetch the next page while this one is used, starting with this one's last records."""
        if head.next_index == 0:
            return None
        if overlap == 0 or head.next_index <= overlap:
            raise MalformedAnswerError("a page of soekEndret without records says that more follow")
        return ahead.submit(self._begin, head.next_index - overlap, self._page_size + overlap)

    def _read_again(self, start: int, seen: frozenset[RegistryPatron]) -> Page:
        """Go back until a page starts with a record that came before, or to the beginning."""
        step = self._page_size
        while True:
            start = max(1, start - step)
            records, head = self._checked(start, self._page_size)
            if start == 1 or (records and not records[0].is_tombstone and records[0] in seen):
                return records, head
            step *= 2

    def _checked(self, start: int, size: int) -> Page:
        return _accepted(self._fetch(start, size))

    def _begin_with_all(self, start: int, size: int) -> Callable[[], Page]:
        page = self._fetch(start, size)
        return lambda: page


def _accepted(page: Page) -> Page:
    """Return a page unless it is a refusal; "no hits" is an empty, complete page."""
    records, head = page
    if head.is_ok and not records:
        # Whoever may not see anything is told so as well; it must not pass for a quiet night.
        raise MalformedAnswerError(
            'the registry told of success and sent no record, where no hits are "ingen treff"; '
            "ask its operator whether this library may still see its patrons"
        )
    if not head.is_ok and not ("ingen treff" in head.message.lower() and not records):
        raise RefusedError("the registry refused soekEndret; it takes a time and two numbers")
    return page


def _overlap(records: list[RegistryPatron]) -> int:
    """
    Return with how many of a page's last records the next page is to begin.

    The first of them must be one that cannot be mistaken for another; deletions look alike, so
    the overlap reaches back to the last record that has a key.
    """
    if not records:
        return 0
    backwards = enumerate(reversed(records), 1)
    return next((count for count, one in backwards if not one.is_tombstone), 1)
