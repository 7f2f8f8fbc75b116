"""
Symphony's patrons one by one: every key is tried, from the first to the last.

Nothing says which key is the last one. So all keys up to the highest that is known are tried, and
on from there until so many in a row had no patron that there can be no more. Keys without a patron
are believed only as long as one who was found is found again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from registry_operators.clients.ils_messages import IlsPage
from registry_operators.clients.symphony_answers import KEY
from registry_operators.errors import ConfigurationError, MalformedAnswerError

_KNOWN_AT_MOST = 10
_Record = dict[str, Any]


@dataclass(slots=True)
class KeySweep:
    """
    One reading from the lowest key to the last.

    :param fetch: Fetches the patron with a key, ``None`` if there is none; called from several
        threads.
    :param threads: Calls at once.
    :param size: Keys in a batch.
    :param place: The next key.
    :param known: Keys of the last patrons who came.
    """

    fetch: Callable[[int], _Record | None]
    lowest: int
    highest: int
    largest_gap: int
    threads: int
    size: int = 200
    place: int = 0
    known: list[int] = field(default_factory=list)

    def go_on(self, cursor: str | None) -> None:
        """Begin behind a cursor, or at the lowest key."""
        place, _, known = (cursor or str(self.lowest)).partition(":")
        self.place = int(place)
        self.known = [int(one) for one in known.split(",") if one]

    @property
    def cursor(self) -> str:
        """The next key, and some keys of patrons that stand before it."""
        return f"{self.place}:{','.join(map(str, self.known))}"

    def pages(self) -> Iterator[IlsPage]:
        """
        Hand out all patrons, each once.

        :raises ConfigurationError: Nobody has any of the keys that are to be tried.
        :raises MalformedAnswerError: Who was there before is not there now.
        """
        with ThreadPoolExecutor(self.threads, "symphony") as pool:
            while not self._is_over:
                keys = range(self.place, self.place + self.size)
                found = [one for one in pool.map(self.fetch, keys) if one is not None]
                if not found:
                    self._check_known()
                self.place = keys.stop
                self.known = [*self.known, *(int(one[KEY]) for one in found)][-_KNOWN_AT_MOST:]
                if found:
                    yield IlsPage(found, self.cursor, is_last=False)
        if not self.known:
            raise ConfigurationError(
                f"symphony: no patron has a key from {self.lowest} to {self.place - 1}; set extra "
                "lowest_key and highest_key to keys that there are"
            )
        self._check_known()
        yield IlsPage([], self.cursor, is_last=True)

    @property
    def _is_over(self) -> bool:
        last_found = self.known[-1] if self.known else self.lowest - 1
        return self.place > max(self.highest, last_found + self.largest_gap)

    def _check_known(self) -> None:
        if self.known and not any(self.fetch(key) for key in reversed(self.known)):
            raise MalformedAnswerError(
                f"symphony: nobody came before key {self.place}, and those who came last are not "
                "there any more either; the end is not proven"
            )
