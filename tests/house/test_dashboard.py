"""The Grafana dashboard shows every measure that is sent, and no other."""

from __future__ import annotations

import json
import re

from registry_operators.domain.measures import Gauge
from registry_operators.paths import PROJECT_DIR

TEXT = (PROJECT_DIR / "docker" / "grafana" / "patron_sync.json").read_text(encoding="utf-8")
DASHBOARD = json.loads(TEXT)
SENT = {f"airflow_{gauge.replace('.', '_')}": gauge for gauge in Gauge}
"""As Prometheus has them: below Airflow's prefix, with underscores."""


def metrics_of(expression: str) -> set[str]:
    return set(re.findall(r"\bairflow_[a-z_]+", expression))


def test_every_metric_is_one_that_we_send_and_each_of_ours_is_shown() -> None:
    shown = {
        name
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
        for name in metrics_of(target["expr"])
    }

    assert shown == SENT.keys()
    assert metrics_of(TEXT) == SENT.keys()


def test_seconds_are_shown_as_seconds_and_numbers_as_numbers() -> None:
    for panel in DASHBOARD["panels"]:
        names = {name for target in panel["targets"] for name in metrics_of(target["expr"])}
        units = {SENT[name].unit or "short" for name in names}

        assert units == {panel["fieldConfig"]["defaults"]["unit"]}, panel["title"]


def test_panels_have_a_place_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        box = panel["gridPos"]
        cells = {(box["x"] + x, box["y"] + y) for x in range(box["w"]) for y in range(box["h"])}
        assert not taken & cells, panel["title"]
        assert box["x"] + box["w"] <= 24
        taken |= cells


def test_the_measures_are_told_in_the_documents() -> None:
    page = (PROJECT_DIR / "docs" / "monitoring.md").read_text(encoding="utf-8")

    assert [gauge for gauge in Gauge if f"`{gauge}`" not in page] == []
