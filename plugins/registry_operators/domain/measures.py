"""Numbers for monitoring: names, units and the forms in which they are handed over (spec X4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Gauge(StrEnum):
    """
    What is measured, each under the name that monitoring sees.

    All are numbers that hold at a moment and none is a count of events, so that measuring again,
    or repeating a task, changes nothing.
    """

    WAITING = "patron_sync.waiting"
    """Patrons and removals that the next run takes up again."""
    WAITING_SECONDS = "patron_sync.waiting_seconds"
    """Age of the oldest of them."""
    SINCE_COMPLETED = "patron_sync.since_completed_seconds"
    """Time since the last completed run."""
    HELD_CHANGES = "patron_sync.held_changes"
    """Changes that wait for a person's decision."""
    SEQUENCE_LEFT = "patron_sync.sequence_left"
    """Card numbers that a library can still give."""
    RUN_READ = "patron_sync.run_read"
    """Records that the last run read."""
    RUN_WRITTEN = "patron_sync.run_written"
    """Changes that the last run wrote."""
    RUN_HELD = "patron_sync.run_held"
    """Records that the last run held."""
    RUN_FAILED = "patron_sync.run_failed"
    """Records that failed in the last run."""
    RUN_SECONDS = "patron_sync.run_seconds"
    """How long the last run took, all libraries together."""
    ALERTS = "patron_sync.alerts"
    """Things that are wrong, by level."""

    @property
    def unit(self) -> str:
        """Return ``s`` for seconds, nothing for a number of things."""
        return "s" if self.endswith("_seconds") else ""


@dataclass(frozen=True, slots=True)
class Measure:
    """
    A number of this moment; what does not apply to it is empty.

    :param library: Agency code.
    :param flow: ``pull`` or ``push``.
    :param level: Of alerts, how bad they are.
    """

    gauge: Gauge
    value: int
    library: str = ""
    flow: str = ""
    level: str = ""

    @property
    def tags(self) -> dict[str, str]:
        """Return what tells this one from others of its name."""
        tags = {"library": self.library, "flow": self.flow, "level": self.level}
        return {name: text for name, text in tags.items() if text}


def perfdata(measures: Iterable[Measure]) -> str:
    """
    Write measures as performance data of Nagios: one number for all libraries.

    It is that of the library that is worst off, because many libraries do not fit into a line.

    >>> waits = [Measure(Gauge.WAITING_SECONDS, age, code, "push") for age, code in
    ...          ((60, "2030000"), (90, "2040000"))]
    >>> perfdata(waits)
    'push_waiting_seconds=90s;;;0'
    """
    worst: dict[str, tuple[int, str]] = {}
    for one in measures:
        name = "_".join(filter(None, [one.flow, one.level, one.gauge.removeprefix("patron_sync.")]))
        known, _ = worst.get(name, (one.value, ""))
        pick = min if one.gauge is Gauge.SEQUENCE_LEFT else max
        worst[name] = pick(known, one.value), one.gauge.unit
    return " ".join(f"{name}={value}{unit};;;0" for name, (value, unit) in worst.items())
