"""Connections for many callers at once: a server's requests share a few of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool, PoolTimeout

from registry_operators.errors import UnavailableError
from registry_operators.ledger.database import Ledger


class LedgerPool:
    """
    Lends connections to the patron database; safe to use from several threads.

    :param size: Connections at most.
    :param wait_s: Longest wait for one that is free.
    """

    def __init__(self, database_url: str, *, size: int = 16, wait_s: float = 5.0) -> None:
        self._pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            database_url,
            min_size=1,
            max_size=size,
            timeout=wait_s,
            kwargs={"application_name": "patron-sync", "autocommit": True},
            check=ConnectionPool.check_connection,
            open=True,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """
        Lend one connection for the length of a ``with`` block.

        :raises UnavailableError: None is free in time, or the database does not answer.
        """
        try:
            connection = self._pool.getconn()
        except (PoolTimeout, OperationalError) as error:
            raise UnavailableError(
                f"the patron database gives no connection ({type(error).__name__}); try again later"
            ) from None
        try:
            yield Ledger(connection)
        finally:
            self._pool.putconn(connection)
