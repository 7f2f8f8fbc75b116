"""Measure what monitoring should see at any moment (spec X4, X5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from registry_operators.domain.alerts import Alert, Level
from registry_operators.domain.measures import Gauge, Measure
from registry_operators.ledger.database import Ledger

_OF_FLOWS = {
    "waiting": Gauge.WAITING,
    "waiting_s": Gauge.WAITING_SECONDS,
    "completed_s": Gauge.SINCE_COMPLETED,
}
_OF_LIBRARIES = {"held": Gauge.HELD_CHANGES, "sequence_left": Gauge.SEQUENCE_LEFT}
_OF_RUNS = {
    "read": Gauge.RUN_READ,
    "written": Gauge.RUN_WRITTEN,
    "held": Gauge.RUN_HELD,
    "failed": Gauge.RUN_FAILED,
    "seconds": Gauge.RUN_SECONDS,
}


def measures(ledger: Ledger) -> list[Measure]:
    """Return the numbers of this moment by library and flow; nothing is written."""
    return [
        *_measured(ledger, "alerts/measure_flows", _OF_FLOWS),
        *_measured(ledger, "alerts/measure_libraries", _OF_LIBRARIES),
        *_measured(ledger, "alerts/measure_runs", _OF_RUNS),
    ]


def counted_alerts(alerts: Iterable[Alert]) -> list[Measure]:
    """Return how many things are wrong, by level."""
    counts = Counter(alert.level for alert in alerts)
    return [Measure(Gauge.ALERTS, counts[level], level=level) for level in Level]


def _measured(ledger: Ledger, statement: str, gauges: Mapping[str, Gauge]) -> list[Measure]:
    return [
        Measure(gauge, value, row.library, getattr(row, "flow", ""))
        for row in ledger.rows(statement)
        for column, gauge in gauges.items()
        if (value := getattr(row, column)) is not None
    ]
