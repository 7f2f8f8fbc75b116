"""
Symphony's patrons by searches that find each of them once, such as one for every library.

Rows are asked for by their number, and move when somebody comes or goes before them. So every page
begins some rows before the end of the one before and must show the same patrons there; where it
does not, or where the total has changed, the whole search is looked at a second time. Who was
handed out is not handed out again. Deleted patrons are counted and come as null.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from registry_operators.clients.ils_messages import IlsPage
from registry_operators.clients.symphony_answers import KEY, SearchRows
from registry_operators.errors import MalformedAnswerError, UnavailableError

OVERLAP = 5
_MOST_LOOKS = 4
_Record = dict[str, Any]
_Keys = list[int | None]
Check = Callable[[SearchRows], None]
Fetch = Callable[[str, int, Check], SearchRows]
"""Fetch the rows of a search from a number on; check, and call again if they contradict."""


@dataclass(slots=True)
class SearchReading:
    """
    One reading of all searches, one after the other.

    :param searches: In the words of ``q``.
    :param size: Rows that are asked for at once.
    :param totals: Of the searches that are done.
    :param done: Total of those that were done before the run broke off.
    :param row: Number of the next row of the search that is being read.
    :param before: Keys of the rows before that one, ``None`` for deleted patrons.
    """

    fetch: Fetch
    searches: Sequence[str]
    size: int = 1000
    totals: dict[str, int] = field(default_factory=dict)
    done: int = 0
    search: str = ""
    row: int = 1
    before: _Keys = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    is_doubted: bool = False

    def go_on(self, cursor: str) -> None:
        """
        Begin behind a cursor.

        Who came before it is not known any more: if a second look is needed at that search, some
        of them come a second time.

        :raises UnavailableError: The search in which it stands is none any more.
        """
        self.search, row, keys, done = cursor.rsplit(":", 3)
        if not self.search and not self.searches:
            return
        if self.search not in self.searches:
            raise UnavailableError("symphony: the policies have changed meanwhile; begin a new run")
        self.row, self.done = int(row), int(done)
        self.before = [int(one) if one else None for one in keys.split(",")] if keys else []
        self.seen = {key for key in self.before if key is not None}
        self.searches = self.searches[self.searches.index(self.search) :]

    @property
    def cursor(self) -> str:
        """Search, number of the next row, the keys before it, and how many were found before."""
        keys = ",".join("" if key is None else str(key) for key in self.before)
        found = self.found - self.totals.get(self.search, 0)
        return f"{self.search}:{self.row}:{keys}:{found}"

    @property
    def found(self) -> int:
        """How many rows the searches have that are done."""
        return self.done + sum(self.totals.values())

    def pages(self) -> Iterator[IlsPage]:
        """
        Hand out all patrons, each once; where a search finds nobody, there is no page.

        So a run that breaks off asks those searches again that were the last to find nobody.

        :raises UnavailableError: They move faster than they can be read.
        """
        for search in self.searches:
            if search != self.search:
                self.search, self.row, self.before = search, 1, []
            for _ in range(_MOST_LOOKS):
                has_moved = yield from self._look()
                if not has_moved:
                    break
                self.row, self.before = 1, []
            else:
                raise UnavailableError(
                    "symphony: the patrons of a search change faster than they can be read; try "
                    "again when fewer people work there"
                )

    def _look(self) -> Generator[IlsPage, None, bool]:
        """Read a search to its end, and say whether anybody has moved meanwhile."""
        total, has_moved, self.is_doubted = -1, False, False
        while total < 0 or self.row <= total:
            first = self.row - len(self.before)
            answer = self.fetch(self.search, first, partial(self._check, first))
            keys: _Keys = [None if one is None else int(one[KEY]) for one in answer.rows]
            has_moved |= not _is_joined(self.before, keys) or total not in {-1, answer.total}
            total, self.row = answer.total, first + len(keys)
            if not keys:
                break
            self.before = keys[-OVERLAP:]
            yield IlsPage(self._fresh(answer.rows), self.cursor, is_last=False)
        self.totals[self.search] = total
        return has_moved

    def _fresh(self, rows: list[_Record | None]) -> list[_Record]:
        fresh = []
        for record in rows:
            if record is not None and (key := int(record[KEY])) not in self.seen:
                self.seen.add(key)
                fresh.append(record)
        return fresh

    def _check(self, first: int, answer: SearchRows) -> None:
        """See that those rows came that were asked for; the call is repeated if not."""
        is_another = answer.search != self.search and answer.search in self.searches
        if is_another or (answer.rows and answer.first not in {None, first}):
            raise MalformedAnswerError("symphony: other rows came than were asked for")
        count = len(answer.rows)
        promised = max(0, answer.total - first + 1)
        if count != min(promised, self.size, answer.most or self.size):
            raise MalformedAnswerError(
                f"symphony: a search has {answer.total} rows, and from {first} on {count} came"
            )
        if not count and not self.is_doubted:
            self.is_doubted = True
            raise MalformedAnswerError("symphony: nobody came, and nothing proves it")


def check_totals(ours: int, others: int) -> None:
    """
    Compare how many one index has with how many another one has; a few may come or go meanwhile.

    :raises MalformedAnswerError: They cannot both be everybody.
    """
    if not ours and not others:
        raise MalformedAnswerError("symphony: nobody was found in any search")
    if abs(ours - others) > max(20, ours // 500):
        raise MalformedAnswerError(
            f"symphony: {ours} patrons were found by one index and {others} by another, so neither "
            "is proven to have everybody; use strategy keys if this stays so"
        )


def _is_joined(before: _Keys, keys: _Keys) -> bool:
    """Say whether a page begins with the rows that it was asked from; one may be deleted since."""
    pairs = zip(before, keys, strict=False)
    return len(keys) >= len(before) and all(new in {old, None} for old, new in pairs)
