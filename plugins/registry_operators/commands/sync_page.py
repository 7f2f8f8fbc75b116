"""How runs of data syncs look at a terminal."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from rich.table import Table

from registry_operators.errors import ConfigurationError
from registry_operators.steps.data_sync.report_sync import SyncAccount
from registry_operators.steps.data_sync.sync_status import SyncStatus
from registry_operators.terminal import out


def run_id_of(text: str) -> UUID:
    """
    Return the id of a run as somebody typed it.

    :raises ConfigurationError: It is none.
    """
    try:
        return UUID(text)
    except ValueError:
        raise ConfigurationError(f"{text!r} is no id of a run; sync list shows them") from None


def tell_json(content: object) -> None:
    """Print what is to be read by a program."""
    out.print_json(json.dumps(content, default=str))


def tell_account(name: str, run_id: UUID, account: SyncAccount) -> None:
    """Print the totals of a run, the reasons, and the values that did not fit."""
    table = Table(title=f"{name}, run {run_id}", title_justify="left", box=None)
    for column in ("read", *account.totals, "adds up"):
        table.add_column(column.replace("_", " "), justify="right")
    counts = [f"{number:,}" for number in (account.read, *account.totals.values())]
    table.add_row(*counts, "yes" if account.adds_up else "NO")
    out.print(table)
    for outcome, reasons in account.reasons.items():
        for reason, records in reasons.items():
            out.print(f"  {outcome.replace('_', ' ')} because {reason}: {records:,}", markup=False)
    for problem, values in account.problems.items():
        out.print(f"  incorrect value {problem}: {values:,}", markup=False)


def tell_removed(run: Any) -> None:
    """Say what of a run was removed for its age."""
    if run.records_gone_at is not None:
        out.print("  its records were removed for their age; the totals stay")
    elif run.values_gone_at is not None:
        out.print("  its values were removed for their age; it cannot be taken back any more")


def tell_statuses(rows: list[SyncStatus], zone: ZoneInfo) -> None:
    """Print a row for each data sync."""
    table = Table("name", "status", "version", "next run", "last run", "result", box=None)
    for row in rows:
        version = "–" if row.version is None else f"{row.version}{'+' if row.has_changes else ''}"
        status = f"{row.status}, cancelled" if row.is_cancelled else row.status
        table.add_row(
            row.name, status, version, local(row.next_run, zone),
            local(row.last_started_at, zone), _result(row, zone),
        )  # fmt: skip
    out.print(table)


def local(moment: datetime | None, zone: ZoneInfo) -> str:
    """Write a time in the zone of the schedules, to the minute."""
    return "–" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def _result(row: SyncStatus, zone: ZoneInfo) -> str:
    if row.last_state is None:
        return "–"
    counts = ", ".join(
        f"{row.totals[name]:,} {name.replace('_', ' ')}"
        for name in ("created", "updated", "unchanged", "left_out", "held", "failed")
        if row.totals.get(name)
    )
    told = f"{row.last_state}: {counts}" if counts else row.last_state
    if row.held_until is not None:
        told += f"; until {local(row.held_until, zone)}"
    return f"{told}; {row.expired:,} expired" if row.expired else told
