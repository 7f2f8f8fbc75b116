"""Hand measures to whatever Airflow's metrics are sent to: OpenTelemetry, StatsD, or nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry_operators.domain.measures import Measure


def send_measures(measures: Iterable[Measure]) -> None:
    """Send each measure as a gauge with its tags, where section ``metrics`` of Airflow says."""
    from airflow.sdk.observability import stats

    for one in measures:
        stats.gauge(str(one.gauge), one.value, tags=one.tags)
