"""What a step decided for a library: one line in the task log and one event, from one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from registry_operators.domain.audit_line import audit_line


@dataclass(frozen=True, slots=True)
class Decision:
    """
    A batch of equal decisions, counted; line and event cannot disagree (spec N4.3, X9).

    :param counts: In records or fields, as ``docs/architecture.md`` says for each step.
    :param labels: ``target``, ``field``, ``action``, ``rule``, ``state``, ``reason`` or
        ``failure``, as far as they have a value.
    """

    flow: str
    step: str
    library: str
    counts: Mapping[str, int]
    labels: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The AUDIT line of the task log."""
        return audit_line(self.flow, self.step, self.library, self.counts, **self.labels)

    @property
    def event(self) -> dict[str, object]:
        """The event's columns; a failure of the library is its state and reason."""
        labels = dict(self.labels)
        if (failure := labels.pop("failure", None)) is not None:
            labels |= {"state": "failed", "reason": failure}
        return {
            "kind": "decision",
            "flow": self.flow,
            "step": self.step,
            "library": self.library,
            **{name: str(value) for name, value in labels.items() if value is not None},
            **({"detail": dict(self.counts)} if self.counts else {}),
        }
