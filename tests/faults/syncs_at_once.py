"""Data syncs beside each other: stopped at a statement or a page, and let go together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from registry_operators.clients.ils_messages import IlsClient, IlsPage, IlsQuery
from registry_operators.ledger.database import Ledger

LONGEST_S = 20.0


@dataclass(slots=True)
class PausingClient:
    """A client that stops behind its first page until it is told to go on."""

    client: IlsClient
    has_stopped: threading.Event = field(default_factory=threading.Event)
    goes_on: threading.Event = field(default_factory=threading.Event)

    def pages(self, query: IlsQuery, after: str | None = None) -> Iterator[IlsPage]:
        """Read as the client does, with one pause."""
        for number, page in enumerate(self.client.pages(query, after)):
            if number == 1:
                self.has_stopped.set()
                assert self.goes_on.wait(LONGEST_S)
            yield page


@contextmanager
def stopped_in(run: Callable[[PausingClient], Any], client: IlsClient) -> Iterator[Future[Any]]:
    """Run something in a thread up to its second page; it goes on when the block ends."""
    pausing = PausingClient(client)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, pausing)
        try:
            assert pausing.has_stopped.wait(LONGEST_S)
            yield running
        finally:
            pausing.goes_on.set()


def together(patch: Any, statement: str, *runs: Callable[[], Any]) -> list[Any]:
    """Let all runs come to a statement before any of them goes on; return what they return."""
    barrier, met = threading.Barrier(len(runs)), set[int]()
    honest = Ledger.rows

    def wait_first(ledger: Ledger, called: str, **parameters: Any) -> list[Any]:
        if called == statement and id(ledger) not in met:
            met.add(id(ledger))
            barrier.wait(LONGEST_S)
        return honest(ledger, called, **parameters)

    with patch.context() as patched, ThreadPoolExecutor(len(runs)) as pool:
        patched.setattr(Ledger, "rows", wait_first)
        return [one.result() for one in [pool.submit(run) for run in runs]]
