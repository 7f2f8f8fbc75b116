"""Write down what is wrong, so that it is told once (spec N4.2)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from registry_operators.domain.alerts import Alert, AlertCode, Level
from registry_operators.ledger.database import Ledger


def keep_alerts(
    ledger: Ledger, found: Iterable[Alert], *, looked_for: Collection[AlertCode]
) -> None:
    """
    Write down what was found, and remove what was looked for and is not there any more.

    One transaction. Repeated with the same, it changes nothing: what was wrong before keeps its
    beginning.
    """
    rows = json.dumps([_row(alert) for alert in found])
    with ledger.transaction():
        ledger.rows("alerts/lock_alerts")
        ledger.run("alerts/keep_alerts", alerts=rows)
        ledger.run("alerts/end_alerts", codes=list(looked_for), alerts=rows)


def end_alert(ledger: Ledger, code: AlertCode, item: str) -> None:
    """Remove one alert if it is there."""
    with ledger.transaction():
        ledger.rows("alerts/lock_alerts")
        ledger.run("alerts/end_alert", code=code, item=item)


def kept_alerts(ledger: Ledger) -> list[Alert]:
    """Return what is written down, ordered by code and place."""
    return [read_alert(row) for row in ledger.rows("alerts/list_alerts")]


def read_alert(row: Any) -> Alert:
    """Make an alert of a row of the ledger."""
    return Alert(
        AlertCode(row.code), Level(row.level), row.flow, row.library, row.item, row.cause,
        row.facts, row.since,
    )  # fmt: skip


def _row(alert: Alert) -> dict[str, object]:
    return {
        "code": alert.code,
        "flow": alert.flow,
        "library": alert.library,
        "item": alert.item,
        "level": alert.level,
        "cause": alert.cause,
        "facts": dict(alert.facts),
    }
