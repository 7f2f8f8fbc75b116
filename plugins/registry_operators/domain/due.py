"""When the jobs of the night begin, and when they should be done (spec N4.1)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

BEGINS = {"push": time(1), "pull": time(6)}
"""Local times of the schedules of both DAGs."""


def next_due(now: datetime, zone: ZoneInfo, begins: time) -> datetime:
    """
    Return when a job begins next.

    >>> oslo = ZoneInfo("Europe/Oslo")
    >>> next_due(datetime(2026, 3, 2, 6, 0, tzinfo=oslo), oslo, time(6)).isoformat()
    '2026-03-03T06:00:00+01:00'

    :param now: Aware.
    :param begins: Local time.
    """
    day = now.astimezone(zone).date()
    today = datetime.combine(day, begins, zone)
    return today if today > now else datetime.combine(day + timedelta(days=1), begins, zone)


def last_due(now: datetime, zone: ZoneInfo, begins: time, done_by: time) -> datetime:
    """
    Return when the job began, or should have, that must be done by now.

    >>> oslo = ZoneInfo("Europe/Oslo")
    >>> last_due(datetime(2026, 3, 2, 7, 30, tzinfo=oslo), oslo, time(6), time(7)).isoformat()
    '2026-03-02T06:00:00+01:00'
    >>> last_due(datetime(2026, 3, 2, 6, 30, tzinfo=oslo), oslo, time(6), time(7)).isoformat()
    '2026-03-01T06:00:00+01:00'

    :param now: Aware.
    :param begins: Local time; before ``done_by`` of the same day.
    """
    local = now.astimezone(zone)
    day = local.date()
    if local < datetime.combine(day, done_by, zone):
        day -= timedelta(days=1)
    return datetime.combine(day, begins, zone)
