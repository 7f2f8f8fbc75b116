"""One process at a time works for a data sync, whatever has started it (spec D4.3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from registry_operators.errors import WriterBusyError
from registry_operators.ledger.database import Ledger


@contextmanager
def running_alone(ledger: Ledger, name: str) -> Iterator[None]:
    """
    Keep other processes from taking a step of the same data sync.

    It ends with the block, or with the process: the database lets go of what a process held that
    died.

    :param name: Name of the definition.
    :raises WriterBusyError: Another process is at work for it; nothing was read or written.
    """
    (row,) = ledger.rows("data_sync/take_sync", name=name)
    if not row.is_taken:
        raise WriterBusyError(
            f"another process is running data sync {name}; wait until it has ended "
            "(patron-sync sync list shows where it stands)"
        )
    try:
        yield
    finally:
        ledger.leave("data_sync/leave_sync", name=name)
