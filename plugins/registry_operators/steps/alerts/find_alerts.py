"""Look for everything that somebody should be told of (spec N4.2, X2, X5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from registry_operators.domain.alerts import Alert, AlertCode, Level
from registry_operators.domain.due import BEGINS, last_due
from registry_operators.ledger.database import Ledger
from registry_operators.settings.libraries import LibrariesConfig, outside_their_series


def find_alerts(ledger: Ledger, config: LibrariesConfig, now: datetime) -> list[Alert]:
    """
    Return what is wrong, ordered by code and place; nothing is written.

    :param now: Aware. What waits is measured by the clock of the database.
    """
    enabled = [code for code, library in config.libraries.items() if library.enabled]
    found = [
        *_unfinished(ledger, config, enabled, now),
        *_failed(ledger, enabled),
        *_waiting(ledger, config.retention.outbox_alarm_days),
        *_quiet(ledger, enabled, config.alerts.quiet_runs),
        *_numbers(ledger, config, enabled),
        *_data_syncs(ledger),
    ]
    return sorted(found, key=lambda one: (one.code, one.flow, one.library, one.item))


def wrong_configuration(problems: int) -> Alert:
    """Return the alert of a configuration with which no run can begin."""
    return Alert(AlertCode.CONFIGURATION, Level.CRITICAL, facts={"problems": problems})


def _unfinished(
    ledger: Ledger, config: LibrariesConfig, enabled: list[str], now: datetime
) -> Iterator[Alert]:
    zone = ZoneInfo(config.timezone)
    for flow, begins in BEGINS.items():
        done_by = config.alerts.done_by(flow)
        missing = ledger.rows(
            "alerts/list_unfinished",
            flow=flow,
            libraries=enabled,
            due_at=last_due(now, zone, begins, done_by),
        )
        if missing:
            facts: dict[str, int | str] = {"by": f"{done_by:%H:%M}", "libraries": len(missing)}
            yield Alert(AlertCode.NOT_DONE, Level.CRITICAL, flow, facts=facts)


def _failed(ledger: Ledger, enabled: list[str]) -> Iterator[Alert]:
    for row in ledger.rows("alerts/list_failures", libraries=enabled):
        if row.library:
            code, cause = AlertCode.LIBRARY_FAILED, row.cause
        else:
            code, cause = AlertCode.RUN_FAILED, ""
        yield Alert(code, Level.CRITICAL, row.flow, row.library, cause=cause)


def _waiting(ledger: Ledger, older_days: int) -> Iterator[Alert]:
    for row in ledger.rows("alerts/list_held"):
        yield Alert(
            AlertCode.HELD_CHANGES, Level.WARNING, library=row.library, item=row.kind,
            facts={"changes": int(row.changes), "hours": row.hours},
        )  # fmt: skip
    overdue: dict[tuple[str, str], tuple[int, int]] = {}
    for row in ledger.rows("outbox/count_overdue", older_days=older_days):
        entries, days = overdue.get((row.flow, row.library), (0, 0))
        overdue[row.flow, row.library] = entries + row.entries, max(days, row.oldest_days)
    for (flow, library), (entries, days) in overdue.items():
        facts = {"entries": entries, "days": days}
        yield Alert(AlertCode.WAITING_TOO_LONG, Level.WARNING, flow, library, facts=facts)


def _quiet(ledger: Ledger, enabled: list[str], quiet_runs: int) -> Iterator[Alert]:
    for row in ledger.rows("alerts/list_quiet", libraries=enabled, quiet_runs=quiet_runs):
        facts = {"runs": row.runs}
        yield Alert(AlertCode.READ_NOTHING, Level.WARNING, row.flow, row.library, facts=facts)


def _numbers(ledger: Ledger, config: LibrariesConfig, enabled: list[str]) -> Iterator[Alert]:
    for row in ledger.rows("alerts/list_sequences", libraries=enabled):
        if row.percent_left <= config.alerts.sequence_percent:
            level = Level.WARNING if row.numbers_left else Level.CRITICAL
            facts = {"numbers": row.numbers_left, "percent": row.percent_left}
            yield Alert(AlertCode.SEQUENCE_ENDS, level, library=row.library, facts=facts)
    refused = {
        row.library: row.patrons
        for row in ledger.rows("alerts/list_refused_numbers", libraries=enabled)
    }
    outside = outside_their_series(config)
    for library in enabled:
        if library in refused:
            yield Alert(
                AlertCode.SERIES_MISMATCH, Level.WARNING, library=library,
                cause="NUMBER_NOT_RESERVED", facts={"patrons": refused[library]},
            )  # fmt: skip
        elif library in outside:
            yield Alert(
                AlertCode.SERIES_MISMATCH, Level.WARNING, library=library, cause="OUTSIDE_SERIES"
            )


def _data_syncs(ledger: Ledger) -> Iterator[Alert]:
    for row in ledger.rows("alerts/list_sync_troubles"):
        if row.state == "held":
            yield Alert(AlertCode.SYNC_HELD, Level.WARNING, item=row.name)
        else:
            cause = row.cause or "TASK_FAILED"
            yield Alert(AlertCode.SYNC_FAILED, Level.CRITICAL, item=row.name, cause=cause)
