"""Measure what monitoring should see at any moment (spec X4, X5)."""

from __future__ import annotations

from registry_operators.domain.measures import Gauge, Measure
from registry_operators.ledger.database import Ledger


def measures(ledger: Ledger) -> list[Measure]:
    """Return the numbers of this moment by library and flow; nothing is written."""
    found: list[Measure] = []
    for row in ledger.rows("alerts/measure_flows"):
        found.append(Measure(Gauge.WAITING, row.library, row.waiting, row.flow))
        found.append(Measure(Gauge.WAITING_S, row.library, row.waiting_s, row.flow))
        if row.completed_s is not None:
            found.append(Measure(Gauge.COMPLETED_S, row.library, row.completed_s, row.flow))
    for row in ledger.rows("alerts/measure_libraries"):
        found.append(Measure(Gauge.HELD, row.library, row.held))
        found.append(Measure(Gauge.SEQUENCE_LEFT, row.library, row.sequence_left))
    return found
