"""Where each data sync stands: draft, scheduled, running, complete (spec D6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from registry_operators.domain.due import BEGINS, next_due
from registry_operators.domain.reasons import Reason
from registry_operators.domain.sync.definition import SyncDefinition
from registry_operators.domain.sync.sync_schedule import next_run
from registry_operators.errors import ConfigurationError
from registry_operators.ledger.database import Ledger
from registry_operators.settings.data_sync import parse_definition
from registry_operators.settings.guards import ApprovalSetting
from registry_operators.settings.profile_fields import ProfileFields
from registry_operators.steps.data_sync.definitions import list_syncs


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """
    One data sync in the list.

    :param status: ``draft``, ``scheduled``, ``running`` or ``complete``; what was taken off its
        schedule or never had one is a draft again, or complete once it has run.
    :param is_cancelled: A person took it off its schedule.
    :param version: The published version, or ``None``.
    :param has_changes: A newer text is saved than the one that runs.
    :param next_run: Aware, UTC; ``None`` when nothing is due. Of one that follows the pull, when
        that begins.
    :param last_state: ``succeeded``, ``failed`` or ``held``; ``None`` before the first run.
    :param totals: Outcome to records of the last run.
    :param held_until: Aware; until then somebody can approve what the last run holds.
    :param expired: Changes of the last run on which nobody decided in time; they were not made.
    :param is_recurring: The published version runs again and again, so only its schedule runs it.
    """

    name: str
    status: str
    is_cancelled: bool
    version: int | None
    has_changes: bool
    next_run: datetime | None
    last_run_id: str | None
    last_started_at: datetime | None
    last_state: str | None
    totals: dict[str, Any]
    held_until: datetime | None = None
    expired: int = 0
    is_recurring: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        return {name: getattr(self, name) for name in self.__slots__}


def sync_statuses(
    ledger: Ledger,
    fields: ProfileFields,
    now: datetime,
    zone: ZoneInfo,
    expire_days: int = ApprovalSetting().expire_days,
) -> list[SyncStatus]:
    """
    Return all data syncs in the order of their names.

    :param expire_days: So long held changes wait (``guards.approval.expire_days``).
    """
    wait = timedelta(days=expire_days)
    return [_status(row, fields, now, zone, wait) for row in list_syncs(ledger)]


def _status(
    row: Any, fields: ProfileFields, now: datetime, zone: ZoneInfo, wait: timedelta
) -> SyncStatus:
    is_cancelled = row.cancelled_at is not None
    published = None if row.published_version is None else _published(row.published_text, fields)
    due = None if published is None or is_cancelled else _due(published, now, zone)
    runs_itself = published is not None and (published.schedule is not None or published.recurs)
    has_ended = row.last_run_id is not None or (runs_itself and not is_cancelled)
    if row.last_state == "running":
        status = "running"
    elif due is not None:
        status = "scheduled"
    else:
        status = "complete" if row.published_version is not None and has_ended else "draft"
    account = row.last_account or {}
    return SyncStatus(
        row.name,
        status,
        is_cancelled,
        row.published_version,
        row.published_version is not None and row.published_version != row.version,
        due,
        None if row.last_run_id is None else str(row.last_run_id),
        row.last_started_at,
        row.last_state,
        {name: value for name, value in account.items() if type(value) is int},
        row.last_started_at + wait if row.last_state == "held" else None,
        account.get("reasons", {}).get("left_out", {}).get(Reason.EXPIRED, 0),
        published is not None and published.recurs,
    )


def _due(definition: SyncDefinition, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when it runs next; after the pull, when that begins, as its end is not known."""
    if definition.follows_pull:
        return next_due(now, zone, BEGINS["pull"]).astimezone(UTC)
    return None if definition.schedule is None else next_run(definition.schedule, now, zone)


@lru_cache(maxsize=256)  # a published text never changes, and a list reads all of them
def _published(text: str, fields: ProfileFields) -> SyncDefinition | None:
    try:
        return parse_definition(text, fields)
    except ConfigurationError:
        return None
