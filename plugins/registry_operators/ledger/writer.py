"""One writer at a time: pull, push, held changes and undo never write beside each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from registry_operators.errors import StaleWriterError, WriterBusyError
from registry_operators.ledger.database import Ledger

WAIT_S = 60.0
_STEP_S = 0.5


@dataclass(frozen=True, slots=True)
class Fence:
    """
    A run's right to write, named in each transaction and before each call that writes.

    :param token: Rises each time another run takes over.
    """

    ledger: Ledger
    run_id: UUID
    token: int

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """
        Write together or not at all, and keep others from taking over until then.

        :raises StaleWriterError: Another run has taken over; nothing was written.
        """
        with self.ledger.transaction():
            self.check()
            yield

    def check(self) -> None:
        """
        Make sure that this run may still write.

        :raises StaleWriterError: Another run has taken over.
        :raises UnavailableError: The database does not answer, so that nobody can tell.
        """
        found = self.ledger.rows("writer/check_writer", run_id=self.run_id, token=self.token)
        if not found:
            raise StaleWriterError(
                "another run has begun to write since; what this one planned is out of date and "
                "nothing more of it is written; the next run takes it up"
            )

    def on(self, ledger: Ledger) -> Fence:
        """Return the same right for a second connection."""
        return Fence(ledger, self.run_id, self.token)


@contextmanager
def writing(
    ledger: Ledger,
    run_id: UUID,
    library: str,
    *,
    wait_s: float = WAIT_S,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Fence]:
    """
    Hold the right to write for one library of a run; waits while another run writes.

    The right ends with the block, or with the process: the database lets go of what a process
    held that died. Libraries of one run may be written side by side (spec N4.1, X2).

    :param wait_s: Seconds after which waiting ends; the step may be repeated later.
    :raises WriterBusyError: Somebody else was still writing then.
    """
    deadline = time.monotonic() + wait_s
    while (token := _take(ledger, run_id, library)) is None:
        if time.monotonic() >= deadline:
            raise WriterBusyError(
                f"another run or process is writing and did not end within {wait_s:.0f} s; "
                "repeat the step when it has ended (patron-sync status shows running ones)"
            )
        pause(_STEP_S)
    try:
        yield Fence(ledger, run_id, token)
    finally:
        ledger.leave("writer/leave_writer", run_id=run_id, library=library)


def _take(ledger: Ledger, run_id: UUID, library: str) -> int | None:
    (row,) = ledger.rows("writer/take_writer", run_id=run_id, library=library)
    token: int | None = row.token
    return token
