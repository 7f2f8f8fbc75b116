"""Run both sides in turn from the same state, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.changes import change_cicero, change_registry, tell_of_changes
from benchmarks.situation import Situation
from benchmarks.sizes import LIBRARY, ROOT, Sizes


class Run(NamedTuple):
    """
    What one run took.

    :param done: Records of a pull, calls of a push.
    """

    seconds: float
    done: int
    rss_mb: float

    @property
    def rate(self) -> float:
        """Records or calls a second."""
        return self.done / self.seconds


class Pair(NamedTuple):
    """
    Both sides of a comparison, and our side at twice the size.

    :param usual: The work as it is often written, once; only of a pull.
    """

    ours: list[Run]
    bare: list[Run]
    ours_doubled: Run
    usual: Run | None = None

    @property
    def ours_s(self) -> float:
        """Median of our seconds."""
        return median(run.seconds for run in self.ours)

    @property
    def bare_s(self) -> float:
        """Median of the bare program's seconds."""
        return median(run.seconds for run in self.bare)


@dataclass(frozen=True, slots=True)
class Measuring:
    """Measures the two flows in one situation."""

    situation: Situation
    sizes: Sizes
    folder: Path

    def pulls(self) -> Pair:
        """Measure pulls of ``BENCH_N`` records, and one of everybody."""
        sides: dict[str, list[Run]] = {"ours": [], "bare": []}
        with self.situation.registry() as registry:
            change_registry(registry.admin, self.sizes)
            expected = tell_of_changes(registry.admin, self.sizes.changes)
            for side in self._turns():
                sides[side].append(self._pull(side, registry.endpoint, expected))
            usual = self._pull("usual", registry.endpoint, expected)
            expected = tell_of_changes(registry.admin, self.sizes.people)
            doubled = self._pull("ours", registry.endpoint, expected)
        return Pair(sides["ours"], sides["bare"], doubled, usual)

    def pushes(self) -> Pair:
        """Measure pushes of a tenth of ``BENCH_N`` patrons, and one of twice as many."""
        sides: dict[str, list[Run]] = {"ours": [], "bare": []}
        for side in self._turns():
            sides[side].append(self._push(side, 1))
        return Pair(sides["ours"], sides["bare"], self._push("ours", 2))

    def _turns(self) -> list[str]:
        """Let the sides begin in turn, so that neither always finds the caches warm."""
        orders = (("ours", "bare"), ("bare", "ours"))
        return [side for number in range(self.sizes.runs) for side in orders[number % 2]]

    def _pull(self, side: str, endpoint: str, expected: int) -> Run:
        with self.situation.database() as url:
            run = _child(f"{side}-pull", url, endpoint, self.folder)
        _expect(side, run.done, expected)
        return run

    def _push(self, side: str, twentieths: int) -> Run:
        uploads = self.folder / "uploads.csv"
        with self.situation.database() as url, self.situation.registry() as registry:
            expected = change_cicero(url, self.sizes, twentieths, uploads)
            run = _child(f"{side}-push", url, registry.endpoint, uploads)
            _expect(side, run.done, expected)
            tally = registry.admin.summary()["tally"]
        _expect(side, tally["writes"]["endre"], expected)
        return run._replace(done=sum(tally["calls_by_library"][LIBRARY].values()))


def _child(job: str, database_url: str, endpoint: str, uploads: Path) -> Run:
    """Run a job; its error, which holds no personal data, goes to the terminal."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "plugins")])
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", job, database_url, endpoint, str(uploads)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, check=False,
    )  # fmt: skip
    if finished.returncode:
        sys.exit(f"the run {job} broke; what it said stands above")
    return Run(**json.loads(finished.stdout))


def _expect(side: str, found: int, expected: int) -> None:
    if found != expected:
        raise RuntimeError(f"{side}: {expected} records were to be done, and {found} were")
