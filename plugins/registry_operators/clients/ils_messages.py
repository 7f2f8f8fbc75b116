"""What is said to and by a library system, as values that all of them share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from registry_operators.domain.sync.catalogue import SourceField
from registry_operators.domain.sync.conditions import Condition


class IlsPage(NamedTuple):
    """
    Some records of patrons, and how to go on behind them.

    :param records: As the system sends them, without the keys that the catalogue drops.
    :param cursor: Opaque, and without anything personal; reading goes on behind it.
    """

    records: list[dict[str, Any]]
    cursor: str
    is_last: bool

    def __repr__(self) -> str:
        """Mask the records."""
        return f"IlsPage({len(self.records)} records)"


@dataclass(frozen=True, slots=True)
class IlsQuery:
    """
    Which patrons are wanted.

    :param keys: Keys of a record that are needed besides those of its identity.
    :param conditions: The whole filter; a client sends those that its system can evaluate without
        losing anybody who meets them, and the rest is evaluated later.
    :param push_down: Send none of them.
    :param changed_since: Aware; ``None`` reads everybody.
    """

    keys: frozenset[str]
    conditions: tuple[Condition, ...] = ()
    push_down: bool = True
    changed_since: datetime | None = None


class IlsClient(Protocol):
    """A library system; each has a client of its own."""

    def check(self) -> None:
        """
        Log in and make one cheap call.

        :raises LoginRefusedError: The account is refused.
        :raises UnavailableError: The system does not answer.
        """

    def pages(self, query: IlsQuery, after: str | None = None) -> Iterator[IlsPage]:
        """Read the patrons, each once; behind a cursor where one is given."""

    def count(self, query: IlsQuery) -> int | None:
        """Return how many meet what is pushed down; ``None`` if the system cannot tell."""

    def extra_fields(self) -> list[SourceField]:
        """Return fields of this installation that the catalogue does not know."""
