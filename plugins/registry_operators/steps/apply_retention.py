"""Remove what the ledger has kept long enough (spec X10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.settings.cms_api import REMEMBER_FAILURES_HOURS
from registry_operators.settings.retention import Retention
from registry_operators.steps.data_sync.forget_syncs import forget_syncs

_BATCH_SIZE = 20_000
_ACTOR = "housekeeping"
_MONTHS = 12


def apply_retention(
    ledger: Ledger, retention: Retention, now: datetime, *, batch_size: int = _BATCH_SIZE
) -> dict[str, int]:
    """
    Remove staging, journal, ledger and audit trail that are older than the settings say.

    Sessions of the CMS API go when they have expired, failed log-ins after a day. Runs of data
    syncs lose their values first and their records later; ``forget_syncs`` says when. What people
    have asked of data syncs goes with the records of the run.

    Batch by batch, each in a transaction of its own, so that a nation's rows lock nobody out and a
    call that died is simply continued by the next. Never removed are base, pending, watermarks,
    sequences, held changes, open removals and differences of an undo.

    :param now: Aware; for the audit trail, whose events are trimmed by months.
    :return: Rows removed, by table; of ``sync_staging`` and ``sync_values`` their values alone.
    """
    removed = {
        table: _forget(ledger, statement, keep_days, batch_size)
        for table, statement, keep_days in (
            ("staged_patron", "housekeeping/forget_staging", retention.staging_days),
            ("journal", "housekeeping/forget_journal", retention.journal_days),
            ("plan", "housekeeping/forget_plans", retention.ledger_days),
            ("verdict", "housekeeping/forget_verdicts", retention.ledger_days),
            ("undo_change", "housekeeping/forget_undo_changes", retention.ledger_days),
            ("change", "housekeeping/forget_changes", retention.ledger_days),
            ("deleted_patron", "housekeeping/forget_deletions", retention.ledger_days),
        )
    }
    removed |= forget_syncs(ledger, retention)
    removed["run"] = ledger.run("housekeeping/forget_runs", keep_days=retention.ledger_days)
    removed["request"] = ledger.run("housekeeping/forget_requests", keep_days=retention.ledger_days)
    removed["session"] = ledger.run("cms/forget_sessions")
    removed["failed_log_in"] = ledger.run("cms/forget_failures", keep_hours=REMEMBER_FAILURES_HOURS)
    removed["audit_event"] = 0
    if retention.audit_months is not None:
        before = months_before(now, retention.audit_months)
        removed["audit_event"] = AuditTrail(ledger).trim(before, actor=_ACTOR)
    return removed


def _forget(ledger: Ledger, statement: str, keep_days: int, batch_size: int) -> int:
    total = 0
    scope: dict[str, Any] = {"keep_days": keep_days, "batch_size": batch_size}
    while (count := ledger.run(statement, **scope)) > 0:
        total += count
    return total


def months_before(now: datetime, months: int) -> datetime:
    """
    Return the same day so many months ago, or the first of the next month where there is none.

    >>> months_before(datetime(2026, 3, 31), 1)
    datetime.datetime(2026, 3, 1, 0, 0)
    """
    year, month = divmod(now.year * _MONTHS + now.month - 1 - months, _MONTHS)
    try:
        return now.replace(year=year, month=month + 1)
    except ValueError:
        return months_before(now.replace(day=1), months - 1)
