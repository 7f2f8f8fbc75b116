"""Play the demo: push and pull through Airflow, both again, and the account of all four."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry_operators.demo.environment import AIRFLOW_HOME, DEMO_DIR, WRONG_PASSWORD_LIBRARY
from registry_operators.demo.stage import Stage, demo_stage
from registry_operators.domain.tally import LibraryTally
from registry_operators.errors import RunFailedError
from registry_operators.ledger.database import Ledger
from registry_operators.steps.report_run import report_run

# The broken library makes the report red; nothing is held, so nobody is asked.
_EXPECTED = {"report_run": "failed", "ask_for_decisions": "skipped"}
FLOWS = ("push", "pull", "push", "pull")
LOG = DEMO_DIR / "airflow.log"


@dataclass(frozen=True, slots=True)
class Account:
    """
    What the demo showed.

    :param rounds: The tallies of each of the four DAG runs, in order.
    :param unexpected: Tasks that failed and should not have; empty when all is well.
    """

    rounds: list[list[LibraryTally]]
    unexpected: list[str]
    seconds: float

    @property
    def second_round_writes(self) -> int:
        """Changes written in the second push and pull; nothing had changed, so there are none."""
        return sum(tally.writes for tallies in self.rounds[2:] for tally in tallies)

    @property
    def problems(self) -> list[str]:
        """What is not as it should be; the library with the wrong password is expected to fail."""
        found = list(self.unexpected)
        for number, tally in ((n, t) for n, tallies in enumerate(self.rounds) for t in tallies):
            where = f"{FLOWS[number]}, round {number // 2 + 1}, library {tally.library}"
            expected = "LOGIN_REFUSED" if tally.library == WRONG_PASSWORD_LIBRARY else None
            if tally.failure_code != expected:
                found.append(f"{where}: {tally.failure_code or 'no failure'}")
            found += [f"{where}: {mismatch.text}" for mismatch in tally.mismatches]
        if self.second_round_writes:
            found.append(f"the second round wrote {self.second_round_writes} changes")
        return found


def play(patrons: int, tell: Callable[[str], None]) -> Account:
    """
    Run the demo from an empty stage and return its account.

    :raises RunFailedError: Airflow could not be started or a DAG could not be loaded.
    """
    began = time.monotonic()
    DEMO_DIR.mkdir(parents=True, exist_ok=True)
    with demo_stage(patrons, tell) as stage:
        tell("Airflow: preparing its metadata database")
        prepare_airflow(stage.environment)
        rounds, unexpected = [], []
        with Ledger.connect(stage.conninfo) as ledger:
            for event in _dag_runs(stage):
                if event["event"] == "begins":
                    tell(f"Airflow: DAG {event['dag_id']}")
                elif event["event"] == "ends":
                    unexpected += _unexpected(event)
                    rounds.append(report_run(ledger, run_id=UUID(event["run_id"])))
    return Account(rounds, unexpected, time.monotonic() - began)


def prepare_airflow(environment: Mapping[str, str]) -> None:
    """Bring Airflow's own database below ``.local`` to its schema; quick when it is there."""
    AIRFLOW_HOME.mkdir(parents=True, exist_ok=True)
    with LOG.open("a", encoding="utf-8") as log:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env=dict(environment), stdout=log, stderr=log, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RunFailedError(f"airflow db migrate failed; see {LOG}")


def _dag_runs(stage: Stage) -> Iterator[dict[str, Any]]:
    """Run the DAGs in a process of their own and yield what it tells through a pipe."""
    reading, writing = os.pipe()
    with LOG.open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "registry_operators.demo.airflow_runs", str(writing), *FLOWS],
            env=stage.environment, stdout=log, stderr=log, pass_fds=[writing],
        )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading, encoding="utf-8") as lines:
            yield from map(json.loads, lines)
        process.wait()
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise RunFailedError(f"Airflow ended with code {process.returncode}; see {LOG}")


def _unexpected(event: Mapping[str, Any]) -> list[str]:
    """Name the tasks that did not end as they should: only the report may be red."""
    return [
        f"{event['flow']}: task {task} is {state}"
        for task, state in event["tasks"].items()
        if state != _EXPECTED.get(task.partition("[")[0], "success")
    ]
