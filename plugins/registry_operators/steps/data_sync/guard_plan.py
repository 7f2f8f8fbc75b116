"""Hold or stop what is more than a data sync may do, before the first write (spec X2, D1.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from registry_operators.domain.guards import Alarm, GuardKind, has_shrunk
from registry_operators.domain.sync.sync_decision import SyncDecision
from registry_operators.errors import RunFailedError, SupersededError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.settings.guards import Guards
from registry_operators.steps.data_sync.ports import decision, end_step, read_sync_run

_LEFT_ALONE = {"links", "updates"}


def guard_plan(ledger: Ledger, guards: Guards, *, run_id: UUID) -> list[str]:
    """
    Judge source, failures and plan of a run, and let through what is within the limits.

    A source that has shrunk, too many failing records, or one error where the definition says to
    stop at the first, end the run before anything is written. Creations and emptied fields beyond
    their limit are held; the rest goes on. One transaction; a dry run says the same and holds
    nothing.

    :raises RunFailedError: The run ends here; the message says which rule and which numbers.
    :raises SupersededError: A later run has written what is newer than what this one has read.
    """
    run = read_sync_run(ledger, run_id)
    if run.stage != "planned":
        return []
    _judge_age(ledger, run)
    _judge_source(ledger, guards, run)
    _judge_failures(ledger, guards, run)
    with ledger.transaction():
        held = [_hold(ledger, run, row) for row in _exceeding(ledger, guards, run)]
        decisions = held or [decision(run, "guard", {"held": 0})]
        return end_step(ledger, run, ("planned", "guarded"), decisions)


def _judge_age(ledger: Ledger, run: Any) -> None:
    if not run.is_dry_run and ledger.rows("data_sync/find_later_run", run_id=run.run_id):
        _note_stop(ledger, run, "SUPERSEDED_RUN", {"read": run.read_count})
        raise SupersededError(
            f"a later run of data sync {run.name} has read the same records since; what this one "
            "has read is out of date, and nothing of it was written"
        )


def _judge_source(ledger: Ledger, guards: Guards, run: Any) -> None:
    before = ledger.rows("data_sync/read_last_count", run_id=run.run_id)
    if before and has_shrunk(before[0].read_count, run.read_count, guards.source_shrink.limit):
        counts = {"before": before[0].read_count, "now": run.read_count}
        _note_stop(ledger, run, "SOURCE_SHRANK", counts)
        raise RunFailedError(
            f"the library system gave {run.read_count} records and {before[0].read_count} in the "
            "run before, more missing than guards.source_shrink allows; nothing was written; find "
            "out why, and if it is right, raise the limit for one run"
        )


def _judge_failures(ledger: Ledger, guards: Guards, run: Any) -> None:
    counted = ledger.rows("data_sync/count_outcomes", run_id=run.run_id)
    failing = sum(row.records for row in counted if row.outcome == "failed")
    problems = (
        sum(row.values for row in ledger.rows("data_sync/count_problems", run_id=run.run_id))
        if run.incorrect_values == "report"
        else 0
    )
    counts = {"read": run.read_count, "failing": failing}
    if run.errors == "stop" and failing + problems:
        _note_stop(ledger, run, "FIRST_ERROR", counts | {"problems": problems})
        raise RunFailedError(
            f"{failing} records and {problems} values have errors and the sync is to stop at the "
            "first; nothing was written; the error log names them"
        )
    if guards.failing_records.limits.judge(run.read_count, failing) is Alarm.STOP:
        _note_stop(ledger, run, "FAILING_RECORDS", counts)
        raise RunFailedError(
            f"{failing} of {run.read_count} records fail, more than guards.failing_records allows; "
            "nothing was written; the error log names the reasons"
        )


def _note_stop(ledger: Ledger, run: Any, rule: str, counts: dict[str, int]) -> None:
    """Write down why the run ends here; in a transaction of its own, as the step gives up."""
    stop = decision(run, "guard", counts, rule=rule, state="stopped")
    AuditTrail(ledger).append_decisions(run.run_id, [stop])


def _exceeding(ledger: Ledger, guards: Guards, run: Any) -> Iterator[Any]:
    for row in ledger.rows("data_sync/count_changes", run_id=run.run_id):
        if row.kind in _LEFT_ALONE or (row.kind == "creates" and not row.population):
            continue  # the first full run creates everybody
        is_create = row.kind == "creates"
        kind = GuardKind.CREATIONS if is_create else GuardKind.FIELD_CLEARS
        if row.changes > guards.limit(kind).allows(row.population):
            yield row


def _hold(ledger: Ledger, run: Any, row: Any) -> SyncDecision:
    if not run.is_dry_run:
        ledger.run(
            "data_sync/hold_plan",
            run_id=run.run_id,
            action="create" if row.kind == "creates" else None,
            field=row.field,
        )
    counts = {"changes": row.changes, "population": row.population}
    return decision(run, "guard", counts, rule=row.kind, field=row.field, state="held")
