"""When a data sync runs: at a local time, every so many days, weeks or months (spec D4.2)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from registry_operators.domain.sync.definition import Schedule

_LONGEST = 100_000
"""Runs after which no further one is looked for; a daily sync gets there in 270 years."""


def run_days(schedule: Schedule) -> Iterator[date]:
    """
    Yield the days on which it runs, from the first to the last.

    Months keep the day of the first run; where a month has no such day, its last one counts.
    """
    if schedule.every is None:
        yield schedule.first
        return
    amount, unit = schedule.every
    for number in count():
        if number > _LONGEST:
            return
        try:
            day = _day(schedule.first, number * amount, unit)
        except (OverflowError, ValueError):
            return
        if schedule.last is not None and day > schedule.last:
            return
        yield day


def run_time(schedule: Schedule, day: date, zone: ZoneInfo) -> datetime:
    """
    Return the moment of a run, aware, in UTC.

    An hour that the clock skips in spring is taken one later; of an hour that comes twice in
    autumn the first counts. So a run is neither left out nor made twice.
    """
    local = datetime.combine(day, schedule.at, zone)
    return local.astimezone(UTC)


def next_run(schedule: Schedule, after: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first moment later than a moment, aware, in UTC; ``None`` when the series ends."""
    for day in run_days(schedule):
        moment = run_time(schedule, day, zone)
        if moment > after:
            return moment
    return None


def is_last_run(schedule: Schedule, moment: datetime, zone: ZoneInfo) -> bool:
    """Say whether no run follows the one at a moment."""
    return next_run(schedule, moment, zone) is None


def _day(first: date, steps: int, unit: str) -> date:
    if unit == "month":
        year, month = divmod(first.year * 12 + first.month - 1 + steps, 12)
        return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
    return first + timedelta(days=steps * (7 if unit == "week" else 1))
