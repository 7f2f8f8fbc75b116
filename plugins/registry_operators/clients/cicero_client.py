"""Cicero's own patrons as a library system like the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from registry_operators.clients.ils_messages import IlsPage, IlsQuery
from registry_operators.domain.sync.catalogue import SourceField


class Statements(Protocol):
    """Runs named statements, as the ledger does; this client knows no database."""

    def rows(self, statement: str, **parameters: Any) -> list[Any]:
        """Run a query and return its rows."""


class CiceroClient:
    """
    Reads the patrons of one library; PINs and national ids are not among what is read.

    Everybody is read each time: what a patron has set in self-service is not in Cicero's record of
    changes.

    :param connect: Opens the patron database; it may be an account that only reads.
    :param library: Agency code.
    :param page_size: Patrons a page.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractContextManager[Statements]],
        library: str,
        *,
        page_size: int = 2000,
    ) -> None:
        self._connect = connect
        self._library = library
        self._page_size = page_size

    def check(self) -> None:
        """
        Read one patron.

        :raises UnavailableError: The database does not answer.
        """
        with self._connect() as statements:
            self._rows(statements, 0, 1)

    def pages(self, query: IlsQuery, after: str | None = None) -> Iterator[IlsPage]:
        """
        Read the patrons, ordered by id, each once.

        :raises UnavailableError: The database does not answer.
        """
        last, is_last = int(after or 0), False
        with self._connect() as statements:
            while not is_last:
                rows = self._rows(statements, last, self._page_size)
                last = rows[-1].patron_id if rows else last
                is_last = len(rows) < self._page_size
                yield IlsPage([row.record for row in rows], str(last), is_last)

    def count(self, query: IlsQuery) -> int | None:
        """Tell nothing; to read everybody takes hardly longer than to count them."""
        return None

    def extra_fields(self) -> list[SourceField]:
        """Return nothing: Cicero is the same at every library."""
        return []

    def _rows(self, statements: Statements, after: int, most: int) -> list[Any]:
        return statements.rows(
            "data_sync/list_cicero_patrons", library=self._library, after_id=after, page_size=most
        )
