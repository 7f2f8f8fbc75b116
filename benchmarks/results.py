"""What was measured against what was promised: a table for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Pair, Run

_MOST_MB, _MOST_GROWTH = 300.0, 1.1


@dataclass(frozen=True, slots=True)
class Result:
    """
    One line of the table; what does not apply is ``None``.

    :param ours_s: Median seconds of our side.
    :param ratio: Of times for a pull, of rates for a push, of peak memories for memory.
    :param target: How large the ratio may be; for a push, how small.
    :param rss_mb: Highest peak of our process; for memory, at twice the size.
    :param ours_rate: Registry calls a second.
    """

    name: str
    ours_s: float
    bare_s: float | None
    ratio: float
    target: float
    met: bool
    rss_mb: float
    ours_rate: float | None = None
    bare_rate: float | None = None


def judge(pull: Pair, push: Pair) -> list[Result]:
    """Hold the measurements against the targets."""
    lines = [_pull(pull), _push(push), _memory("pull", pull), _memory("push", push)]
    return [*lines, _usual(pull, pull.usual)] if pull.usual else lines


def write(results: Sequence[Result], file: Path) -> None:
    """Write the results as a JSON list."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")


def show(results: Sequence[Result]) -> None:
    """Print the results as a table."""
    table = Table("name", title="ours against the least that must be done")
    for heading in ("ours", "bare", "ratio", "target", "met", "peak MB"):
        table.add_column(heading, justify="right")
    for one in results:
        sign = "≥" if one.ours_rate else "≤"
        table.add_row(
            one.name, _shown(one.ours_s, one.ours_rate), _shown(one.bare_s, one.bare_rate),
            f"{one.ratio:.2f}", f"{sign} {one.target:g}", "yes" if one.met else "no",
            f"{one.rss_mb:.0f}",
        )  # fmt: skip
    Console(width=100).print(table)


def _shown(seconds: float | None, rate: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if rate is None else f"{seconds:.1f} s, {rate:.0f}/s"


def _pull(pair: Pair) -> Result:
    ratio, target = pair.ours_s / pair.bare_s, 2.0
    return Result("pull", pair.ours_s, pair.bare_s, ratio, target, ratio <= target, _peak_mb(pair))


def _push(pair: Pair) -> Result:
    ours_rate = median(run.rate for run in pair.ours)
    bare_rate = median(run.rate for run in pair.bare)
    ratio, target = ours_rate / bare_rate, 0.6
    return Result(
        "push", pair.ours_s, pair.bare_s, ratio, target, ratio >= target, _peak_mb(pair),
        ours_rate, bare_rate,
    )  # fmt: skip


def _usual(pair: Pair, usual: Run) -> Result:
    ratio, target = pair.ours_s / usual.seconds, 1 / 20
    return Result(
        "pull against zeep, pandas and to_sql", pair.ours_s, usual.seconds, ratio, target,
        ratio <= target, usual.rss_mb,
    )  # fmt: skip


def _memory(flow: str, pair: Pair) -> Result:
    doubled = pair.ours_doubled
    ratio = doubled.rss_mb / _peak_mb(pair)
    met = max(_peak_mb(pair), doubled.rss_mb) < _MOST_MB and ratio <= _MOST_GROWTH
    return Result(
        f"memory of the {flow} at twice the size", doubled.seconds, None, ratio, _MOST_GROWTH,
        met, doubled.rss_mb,
    )  # fmt: skip


def _peak_mb(pair: Pair) -> float:
    return max(run.rss_mb for run in pair.ours)
