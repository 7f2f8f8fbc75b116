"""
One measured run in a process of its own: ``python -m benchmarks.child JOB DATABASE ENDPOINT FILE``.

Prints ``{"seconds": …, "done": …, "rss_mb": …}``. The clock runs while the work is done, not while
modules are loaded; memory counts everything.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path


def main(job: str, database_url: str, endpoint: str, uploads: str) -> None:
    """Run a job and print what it took."""
    work = _work(job, database_url, endpoint, Path(uploads))
    start = time.perf_counter()
    done = work()
    seconds = time.perf_counter() - start
    sys.stdout.write(json.dumps({"seconds": seconds, "done": done, "rss_mb": peak_mb()}))


def _work(job: str, database_url: str, endpoint: str, uploads: Path) -> Callable[[], int]:
    """Load what the job needs, and nothing that only another job needs."""
    match job:
        case "ours-pull" | "ours-push":
            from benchmarks import ours

            return lambda: ours.run(job.removeprefix("ours-"), database_url, endpoint)
        case "bare-pull":
            from benchmarks import bare_pull

            return lambda: bare_pull.run(database_url, endpoint)
        case "usual-pull":
            from benchmarks import usual_pull

            return lambda: usual_pull.run(database_url, endpoint)
        case "bare-push":
            from benchmarks import bare_push

            calls = bare_push.load(uploads)
            return lambda: bare_push.run(calls, endpoint)
    raise ValueError(f"no job {job}")


def peak_mb() -> float:
    """
    Return the largest resident size of this process.

    On Linux ``ru_maxrss`` also counts the parent's memory at the moment of the fork, so the
    kernel's own high-water mark of this program is read where there is one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024**2 if sys.platform == "darwin" else peak / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
