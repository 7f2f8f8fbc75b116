"""Numbers for monitoring: names, units and the forms in which they are handed over (spec X4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Gauge(StrEnum):
    """What is measured now, each under the name that monitoring sees."""

    WAITING = "patron_sync.waiting"
    """Patrons and removals that the next run takes up again."""
    WAITING_S = "patron_sync.waiting_seconds"
    """Age of the oldest of them."""
    COMPLETED_S = "patron_sync.since_completed_seconds"
    """Time since the last completed run."""
    HELD = "patron_sync.held_changes"
    """Changes that wait for a person's decision."""
    SEQUENCE_LEFT = "patron_sync.sequence_left"
    """Card numbers that a library can still give."""


@dataclass(frozen=True, slots=True)
class Measure:
    """
    A number of this moment.

    :param flow: ``pull`` or ``push``; empty for what belongs to both.
    """

    gauge: Gauge
    library: str
    value: int
    flow: str = ""

    @property
    def tags(self) -> dict[str, str]:
        """Return what tells this one from others of its name."""
        tags = {"library": self.library}
        return tags | {"flow": self.flow} if self.flow else tags


def perfdata(measures: Iterable[Measure]) -> str:
    """
    Write measures as performance data of Nagios.

    >>> perfdata([Measure(Gauge.WAITING_S, "2030000", 60, "push")])
    '2030000_push_waiting_seconds=60s;;;0'
    """
    return " ".join(
        f"{'_'.join([*one.tags.values(), one.gauge.removeprefix('patron_sync.')])}={one.value}"
        f"{'s' if one.gauge.endswith('_seconds') else ''};;;0"
        for one in measures
    )
