"""Announce that a data sync is complete: no run of its schedule follows (spec D4.2, D6.1)."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from registry_operators.domain.sync.sync_schedule import next_run
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.settings.data_sync import parse_definition
from registry_operators.settings.profile_fields import ProfileFields
from registry_operators.steps.data_sync.definitions import read_published
from registry_operators.steps.data_sync.ports import read_sync_run, sync_line


def end_series(ledger: Ledger, fields: ProfileFields, *, run_id: UUID, zone: ZoneInfo) -> list[str]:
    """
    Write into audit trail and log that the last run of a schedule has ended, however it ended.

    Nothing is said of a dry run, of a version that is no longer the one that runs, and of a sync
    that was cancelled or deleted. One transaction; repeated, it announces nothing twice.

    :param zone: The zone in which schedules are meant.
    :return: One line, or none.
    """
    run = read_sync_run(ledger, run_id)
    if run.is_dry_run:
        return []
    schedule = parse_definition(read_published(ledger, run.name, run.version), fields).schedule
    if schedule is None or next_run(schedule, run.started_at, zone) is not None:
        return []
    with ledger.transaction():
        if not ledger.run("data_sync/end_series", name=run.name, version=run.version):
            return []
        AuditTrail(ledger).append(
            "end_series",
            actor=run.asked_by,
            run_id=run_id,
            subject=f"{run.name} version {run.version}",
        )
    return [sync_line(run, "series", state="complete")]
