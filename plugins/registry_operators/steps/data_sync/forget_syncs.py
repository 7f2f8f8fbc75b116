"""Remove what the runs of data syncs have kept long enough (spec X8, X10)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.settings.retention import Retention
from registry_operators.steps.data_sync.report_sync import count_sync

_ACTOR = "housekeeping"
_BLANK = {
    "staging": ("sync_staging", "housekeeping/blank_staging"),
    "values": ("sync_values", "housekeeping/blank_values"),
}


def forget_syncs(ledger: Ledger, retention: Retention) -> dict[str, int]:
    """
    Remove values and records of runs of data syncs that are older than the settings say.

    Counted from the end of a run: after ``staging_days`` the values that it staged go, after
    ``journal_days`` those that it wrote and replaced, so that it cannot be taken back any more, and
    after ``ledger_days`` its records. Its account stays. A run that goes on or holds changes is
    left alone; one that has not ended for ``staging_days`` is ended first, because its process must
    have died.

    Run by run, each in a transaction of its own; a call that died is continued by the next.

    :return: Rows whose values, or which themselves, were removed, by place.
    """
    _end_lost(ledger, retention.staging_days)
    removed = Counter(dict.fromkeys(("sync_record", "sync_staging", "sync_values"), 0))
    whole = None
    for row in ledger.rows(
        "housekeeping/list_old_syncs",
        staging_days=retention.staging_days,
        journal_days=retention.journal_days,
        ledger_days=retention.ledger_days,
    ):
        if row.part == "records":
            removed["sync_record"] += _forget(ledger, row)
            whole = row.run_id
        elif row.run_id != whole:
            place, statement = _BLANK[row.part]
            removed[place] += ledger.run(statement, run_id=row.run_id)
    return dict(removed)


def _end_lost(ledger: Ledger, keep_days: int) -> None:
    detail = (
        f"the run did not end in {keep_days} days, so its process must have died; start a new one"
    )
    with ledger.transaction():
        for row in ledger.rows("housekeeping/end_lost_syncs", keep_days=keep_days, detail=detail):
            _note(ledger, row, "end_lost_sync", {})


def _forget(ledger: Ledger, row: Any) -> int:
    """Remove all records of a run, and say so in the audit trail, which seals them."""
    with ledger.transaction():
        account = json.dumps(count_sync(ledger, row.run_id).as_dict())
        (gone,) = ledger.rows("housekeeping/forget_sync", run_id=row.run_id, account=account)
        if gone.is_gone:
            _note(ledger, row, "forget_sync", {"rows": gone.rows})
    return int(gone.rows)


def _note(ledger: Ledger, row: Any, action: str, counts: dict[str, int]) -> None:
    AuditTrail(ledger).append(
        action,
        actor=_ACTOR,
        run_id=row.run_id,
        subject=f"{row.name} version {row.version}",
        counts=counts,
    )
