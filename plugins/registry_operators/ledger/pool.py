"""Connections for many callers at once: a server's requests share a few of them."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool, PoolTimeout

from registry_operators.errors import UnavailableError
from registry_operators.ledger.database import Ledger

_SILENT_AFTER_S = 3.0


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
            check=_check,
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


def _check(connection: Connection[Any]) -> None:
    """Ask a connection for a sign of life, and hang up on a database that has fallen silent."""
    timer = threading.Timer(_SILENT_AFTER_S, _hang_up, [connection.pgconn.socket])
    timer.daemon = True
    timer.start()
    try:
        ConnectionPool.check_connection(connection)
    finally:
        timer.cancel()


def _hang_up(descriptor: int) -> None:
    # A copy, because closing the socket itself is for the driver, which then sees its end.
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as copy:
        copy.shutdown(socket.SHUT_RDWR)
