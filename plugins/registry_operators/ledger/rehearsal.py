"""Let the steps of a run be tried on one patron, in a transaction that is undone (spec X6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from registry_operators.ledger.database import Ledger

# Of use for a whole night only, or seen by others before the transaction ends.
LEFT_OUT = frozenset(
    {
        "run/analyze_staged",
        "run/analyze_plan",
        "audit/lock_chain",
        "audit/append_events",
    }
)


class Rehearsal(Ledger):
    """
    A ledger whose writes are undone: nobody sees them, and nothing is left.

    Statistics and the audit trail are left out, because they would keep a running night waiting.
    Made by :func:`rehearsal` only.
    """

    def run(self, statement: str, **parameters: Any) -> int:
        """Run a statement, or leave it out, and return how many rows it wrote."""
        return 0 if statement in LEFT_OUT else super().run(statement, **parameters)


@contextmanager
def rehearsal(ledger: Ledger) -> Iterator[Rehearsal]:
    """Give a ledger on the same connection for as long as its writes last."""
    trial = Rehearsal.__new__(Rehearsal)
    trial._connection = ledger._connection
    with ledger.rolled_back():
        yield trial
