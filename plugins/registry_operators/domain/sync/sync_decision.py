"""What a step of a data sync decided: one line in the task log and one event, from one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SyncDecision:
    """
    A batch of equal decisions, counted; line and event cannot disagree (spec N4.3, X9).

    >>> print(SyncDecision("readers", 2, "filter", {"out": 3}, {"reason": "FILTERED"}).line)
    AUDIT flow=data step=filter sync=readers version=2 out=3 reason=FILTERED

    :param counts: In records, or in changes for plan and guard.
    :param labels: ``field``, ``rule``, ``state`` or ``reason``, as far as they have a value.
    """

    sync: str
    version: int
    step: str
    counts: Mapping[str, int]
    labels: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The AUDIT line of the task log."""
        pairs = {
            "flow": "data", "step": self.step, "sync": self.sync, "version": self.version,
            **self.counts, **self._known,
        }  # fmt: skip
        return "AUDIT " + " ".join(f"{name}={value}" for name, value in pairs.items())

    @property
    def event(self) -> dict[str, object]:
        """The event's columns."""
        return {
            "kind": "decision",
            "flow": "data",
            "step": self.step,
            **self._known,
            "detail": {"sync": self.sync, "version": self.version, **self.counts},
        }

    @property
    def _known(self) -> dict[str, str]:
        return {name: value for name, value in self.labels.items() if value is not None}
