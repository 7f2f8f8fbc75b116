"""What the operations and the admin API share: the registry as one object, and its tally."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from stand_ins.registry.clock import Clock
from stand_ins.registry.pins import PinCipher
from stand_ins.registry.series import NumberSeries
from stand_ins.registry.store import Store


class RefusedError(Exception):
    """A rule forbids the call; the message is the `melding` that goes back with status false."""


@dataclass(slots=True)
class Tally:
    """
    Counts since the process started.

    `calls` counts every authenticated call by operation and library, `writes` those that really
    changed something, by operation.
    """

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """Return `calls`, `calls_by_library` and `writes`."""
        by_operation: Counter[str] = Counter()
        by_library: dict[str, Counter[str]] = {}
        for (operation, library), count in self.calls.items():
            by_operation[operation] += count
            by_library.setdefault(library, Counter())[operation] += count
        writes = {name: self.writes[name] for name in ("nyPost", "endre", "slett")}
        return {
            "calls": dict(by_operation),
            "calls_by_library": {name: dict(counts) for name, counts in by_library.items()},
            "writes": writes,
        }


@dataclass(frozen=True, slots=True)
class Books:
    """Everything an operation may look at or write to."""

    store: Store
    clock: Clock
    cipher: PinCipher
    series: NumberSeries
    tally: Tally = field(default_factory=Tally)
