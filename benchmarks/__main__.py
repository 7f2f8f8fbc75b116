"""Measure pull, push and memory, print a table, and write ``.local/bench/results.json``."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from rich.console import Console

from benchmarks import results
from benchmarks.measure import Measuring
from benchmarks.situation import Situation
from benchmarks.sizes import ROOT, Sizes
from registry_operators.settings.embedded_postgres import embedded_postgres


def main() -> None:
    """
    Measure everything; a missed target is shown, not an error.

    Servers and their files live as long as this call; ended by a signal, it stops them too.
    """
    signal.signal(signal.SIGTERM, _stop)
    sizes = Sizes.from_environment()
    tell = Console(stderr=True).print
    with (
        tempfile.TemporaryDirectory(prefix="patron-sync-bench-") as temporary,
        embedded_postgres(Path(temporary) / "pg") as server_url,
    ):
        folder = Path(temporary)
        situation = Situation(server_url, folder, sizes)
        tell(f"Preparing {sizes.people} people on both sides")
        situation.prepare()
        measuring = Measuring(situation, sizes, folder)
        tell(f"Measuring pulls of {sizes.changes} changes, {sizes.runs} of each side")
        pull = measuring.pulls()
        tell(f"Measuring pushes of {sizes.changes // 10} changes, {sizes.runs} of each side")
        push = measuring.pushes()
    found = results.judge(pull, push)
    file = ROOT / ".local" / "bench" / "results.json"
    results.write(found, file)
    results.show(found)
    tell(f"Written to {file.relative_to(ROOT)}")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit("stopped")


if __name__ == "__main__":
    main()
