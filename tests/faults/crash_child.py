"""
A program that runs flows and dies where it is told to.

Reads one job per line from standard input, forks for each, and says how the child ended. A child
that is told a point kills itself there with SIGKILL, so that nothing of its own cleans up: it is
as if the machine had been switched off. Points are before and after each commit and each call of
the registry; a job without a point runs through and lists all that it met.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

from psycopg.pq import TransactionStatus

from registry_operators.clients.registry_client import RegistryClient
from registry_operators.domain.registry_time import registry_now
from registry_operators.ledger.database import Ledger
from registry_operators.steps import run_flow as flows
from registry_operators.steps.apply_held_changes import apply_held_changes
from registry_operators.steps.open_run import RunRequest
from stand_ins.registry.admin_client import AdminClient
from stand_ins.registry.process import RegistryProcess
from tests.factories import SECRETS, a_config, a_run_id
from tests.faults.fault_world import LiveRegistry

# Asked outside a transaction, and yet they change what others may do.
_WRITING_QUERIES = {"writer/take_writer", "writer/leave_writer"}
_OPERATION = re.compile(rb"<(?:\w+:)?(hent|endre|nyPost|slett|soekEndret)\b")


class Points:
    """Counts the points that a run meets, by name, and dies at one of them."""

    def __init__(self, die_at: tuple[str, int] | None) -> None:
        self.met: list[tuple[str, int]] = []
        self._die_at = die_at
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def meet(self, name: str) -> None:
        """Note a point, or end here."""
        with self._lock:
            self._counts[name] += 1
            point = (name, self._counts[name])
            self.met.append(point)
            if point == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def write(self, file: Path) -> None:
        """Write down all points that were met."""
        file.write_text(json.dumps(self.met), encoding="utf-8")

    @contextmanager
    def around(self, what: str) -> Iterator[None]:
        """Meet a point before and one after something that takes effect elsewhere."""
        self.meet(f"before {what}")
        yield
        self.meet(f"after {what}")


def watch(points: Points) -> None:
    """Put points around each commit and each call of the registry."""
    watch_commits(points)
    _watch_calls(points)


def watch_commits(points: Points) -> None:
    """Put points around each commit."""
    transaction, run, rows = Ledger.transaction, Ledger.run, Ledger.rows

    @contextmanager
    def watched_transaction(self: Ledger) -> Iterator[None]:
        is_outermost, who = _is_idle(self), f"commit of {_caller()}"
        with transaction(self):
            yield
            if is_outermost:
                points.meet(f"before {who}")
        if is_outermost:
            points.meet(f"after {who}")

    def watched_run(self: Ledger, statement: str, **parameters: Any) -> int:
        if not _is_idle(self):
            return run(self, statement, **parameters)
        with points.around(statement):
            return run(self, statement, **parameters)

    def watched_rows(self: Ledger, statement: str, **parameters: Any) -> list[Any]:
        if statement not in _WRITING_QUERIES:
            return rows(self, statement, **parameters)
        with points.around(statement):
            return rows(self, statement, **parameters)

    Ledger.transaction = watched_transaction  # type: ignore[method-assign]
    Ledger.run = watched_run  # type: ignore[method-assign]
    Ledger.rows = watched_rows  # type: ignore[method-assign]


def _watch_calls(points: Points) -> None:
    opened = RegistryClient._open

    @contextmanager
    def watched_open(self: RegistryClient, body: bytes) -> Iterator[Any]:
        found = _OPERATION.search(body)
        call = f"call {found[1].decode() if found else 'unknown'}"
        points.meet(f"before {call}")
        with opened(self, body) as response:
            points.meet(f"after {call}")
            yield response

    RegistryClient._open = watched_open  # type: ignore[method-assign]


def _is_idle(ledger: Ledger) -> bool:
    return ledger._connection.info.transaction_status is TransactionStatus.IDLE


def _caller() -> str:
    """The function of the engine that began the transaction."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and "/registry_operators/steps/" not in frame.f_code.co_filename:
        frame = frame.f_back
    return frame.f_code.co_name if frame else "nobody"


def run_job(job: dict[str, Any]) -> None:
    """Run what a job asks for; one call at a time, so that points come in the same order."""
    points = Points(tuple(job["die_at"]) if job["die_at"] else None)
    watch(points)
    process = RegistryProcess(job["registry"], AdminClient(job["registry"]), 0)
    live = LiveRegistry(process, page_size=job["page_size"])
    config = a_config(job["guards"])
    with Ledger.connect(job["database"]) as ledger:
        if job["flow"] == "held":
            apply_held_changes(ledger, live.connect, SECRETS, held_set_id=UUID(job["set_id"]),
                               concurrency=1)  # fmt: skip
        else:
            for step in ("look_up_persons", "apply_to_registry"):
                setattr(flows, step, partial(getattr(flows, step), concurrency=1))
            flows.run_flow(ledger, config, live.connect, SECRETS, RunRequest(job["flow"]),
                           a_run_id(job["run"]), clock=registry_now)  # fmt: skip
    points.write(Path(job["points"]))
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    Path(job["points"]).with_suffix(".peak").write_text(str(peak_kb), encoding="utf-8")


def serve_jobs(run: Callable[[dict[str, Any]], None]) -> None:
    """Read jobs from standard input, fork for each, and say how the child ended."""
    for line in sys.stdin:
        print(_in_a_child(run, json.loads(line)), flush=True)  # noqa: T201  the answer


def _in_a_child(run: Callable[[dict[str, Any]], None], job: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        try:
            run(job)
        except BaseException:  # noqa: BLE001  a child must not return into the loop
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    serve_jobs(run_job)
