"""Measures as they arrive at a real StatsD listener and a real OpenTelemetry collector."""

from __future__ import annotations

import atexit
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk._shared.observability.metrics import stats as _stats
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics.stats_utils import get_stats_factory
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from registry_operators.domain.measures import Gauge, Measure
from registry_operators.operators.send_measures import send_measures
from tests.factories import LIBRARY
from tests.unit.clients.otlp_stub import otlp_collector

SENT = [
    Measure(Gauge.WAITING_SECONDS, 90, LIBRARY, "push"),
    Measure(Gauge.ALERTS, 2, level="critical"),
]


@pytest.fixture
def listener(monkeypatch) -> Iterator[Any]:
    """A UDP port; give the lines that have come so far."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_DATADOG_ENABLED", "True")
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_HOST", "127.0.0.1")
        monkeypatch.setenv("AIRFLOW__METRICS__STATSD_PORT", str(udp.getsockname()[1]))

        def lines() -> set[str]:
            found: set[str] = set()
            udp.setblocking(False)
            try:
                while True:
                    found |= set(udp.recv(65536).decode().splitlines())
            except BlockingIOError:
                return found

        yield lines


@pytest.fixture
def as_in_a_task() -> Iterator[Any]:
    """Start metrics as the process of a task does; without a backend again afterwards."""

    def start() -> None:
        stats.initialize(factory=get_stats_factory(), export_legacy_names=True)

    yield start
    client = getattr(_stats._backend, "dogstatsd", None)
    if client is not None:
        client.close_socket()
    start()


def test_statsd_gets_gauges_with_their_tags(listener, as_in_a_task) -> None:
    as_in_a_task()

    send_measures(SENT)

    assert listener() == {
        f"airflow.patron_sync.waiting_seconds:90|g|#library:{LIBRARY},flow:push",
        "airflow.patron_sync.alerts:2|g|#level:critical",
    }


def test_a_look_sends_all_that_is_measured(dag_bag, patron_db, listener, as_in_a_task) -> None:
    as_in_a_task()

    dag_bag.dags["watch"].test()

    names = {line.partition(":")[0] for line in listener()}
    assert "airflow.patron_sync.alerts" in names


def test_opentelemetry_gets_gauges_with_their_attributes(monkeypatch, as_in_a_task) -> None:
    with otlp_collector() as (url, bodies):
        monkeypatch.setenv("AIRFLOW__METRICS__OTEL_ON", "True")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        as_in_a_task()
        send_measures(SENT)
        _flush()

    found = {}
    for body in bodies:
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.gauge.data_points:
                        tags = {one.key: one.value.string_value for one in point.attributes}
                        found[metric.name] = (point.as_double or point.as_int, tags)
    assert found == {
        "airflow.patron_sync.waiting_seconds": (90, {"library": LIBRARY, "flow": "push"}),
        "airflow.patron_sync.alerts": (2, {"level": "critical"}),
    }


def _flush() -> None:
    """What Airflow registers to be done at the end of the process of a task."""
    from airflow.sdk._shared.observability.metrics.otel_logger import flush_otel_metrics
    from opentelemetry import metrics

    flush_otel_metrics()
    atexit.unregister(flush_otel_metrics)
    metrics.get_meter_provider().shutdown()  # type: ignore[attr-defined]
