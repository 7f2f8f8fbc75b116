from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_operators.domain.sync.definition import Schedule
from registry_operators.domain.sync.sync_schedule import (
    is_last_run,
    next_run,
    run_days,
    run_time,
)

OSLO = ZoneInfo("Europe/Oslo")


def a_schedule(first="2026-12-01", at="06:30", every=None, last=None) -> Schedule:
    return Schedule(
        date.fromisoformat(first),
        time.fromisoformat(at),
        every,
        None if last is None else date.fromisoformat(last),
    )


def days(schedule: Schedule, most: int = 4) -> list[str]:
    return [day.isoformat() for day in islice(run_days(schedule), most)]


def oslo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OSLO)


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (None, ["2026-12-01"]),
        ((1, "day"), ["2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04"]),
        ((10, "day"), ["2026-12-01", "2026-12-11", "2026-12-21", "2026-12-31"]),
        ((1, "week"), ["2026-12-01", "2026-12-08", "2026-12-15", "2026-12-22"]),
        ((3, "week"), ["2026-12-01", "2026-12-22", "2027-01-12", "2027-02-02"]),
        ((1, "month"), ["2026-12-01", "2027-01-01", "2027-02-01", "2027-03-01"]),
        ((5, "month"), ["2026-12-01", "2027-05-01", "2027-10-01", "2028-03-01"]),
    ],
)
def test_it_runs_every_so_many_days_weeks_or_months(every, expected):
    assert days(a_schedule(every=every)) == expected


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("2026-12-31", ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]),
        ("2027-12-31", ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"]),
        ("2026-11-30", ["2026-11-30", "2026-12-30", "2027-01-30", "2027-02-28"]),
    ],
)
def test_where_a_month_has_no_such_day_its_last_one_counts(first, expected):
    assert days(a_schedule(first=first, every=(1, "month"))) == expected


def test_the_last_day_is_one_of_them():
    schedule = a_schedule(every=(1, "week"), last="2026-12-15")

    assert days(schedule) == ["2026-12-01", "2026-12-08", "2026-12-15"]
    assert days(a_schedule(every=(1, "week"), last="2026-12-14")) == ["2026-12-01", "2026-12-08"]


class TestDaylightSaving:
    @pytest.mark.parametrize(
        ("day", "at", "moment"),
        [
            ("2027-03-27", "02:30", "2027-03-27T01:30:00+00:00"),
            ("2027-03-28", "02:30", "2027-03-28T01:30:00+00:00"),  # skipped: 03:30 on the clock
            ("2027-03-28", "03:00", "2027-03-28T01:00:00+00:00"),
            ("2026-10-25", "02:30", "2026-10-25T00:30:00+00:00"),  # the first of the two
            ("2026-10-25", "03:00", "2026-10-25T02:00:00+00:00"),
        ],
    )
    def test_an_hour_that_is_skipped_or_comes_twice(self, day, at, moment):
        found = run_time(a_schedule(at=at), date.fromisoformat(day), OSLO)

        assert found == datetime.fromisoformat(moment)

    @pytest.mark.parametrize("night", ["2027-03-28", "2026-10-25"], ids=["spring", "autumn"])
    @pytest.mark.parametrize("at", ["01:30", "02:00", "02:30", "03:00"])
    def test_a_daily_run_is_made_once_each_day(self, night, at):
        first = date.fromisoformat(night) - timedelta(days=1)
        schedule = a_schedule(first.isoformat(), at, (1, "day"))
        moment, found = datetime.combine(first, time(0), OSLO).astimezone(UTC), []

        for _ in range(3):
            following = next_run(schedule, moment, OSLO)
            assert following is not None
            moment = following
            found.append(moment.astimezone(OSLO).date())

        assert found == [first + timedelta(days=number) for number in range(3)]

    def test_a_weekly_run_keeps_its_hour_on_the_clock(self):
        schedule = a_schedule("2026-10-23", "06:30", (1, "week"))

        before = next_run(schedule, oslo("2026-10-22T00:00"), OSLO)
        after = next_run(schedule, oslo("2026-10-24T00:00"), OSLO)

        assert before == datetime(2026, 10, 23, 4, 30, tzinfo=UTC)
        assert after == datetime(2026, 10, 30, 5, 30, tzinfo=UTC)


class TestNextRun:
    def test_is_later_than_the_moment(self):
        schedule = a_schedule(every=(1, "day"))
        moment = datetime(2026, 12, 1, 5, 30, tzinfo=UTC)

        assert next_run(schedule, moment - timedelta(seconds=1), OSLO) == moment
        assert next_run(schedule, moment, OSLO) == moment + timedelta(days=1)

    def test_once_is_once(self):
        schedule = a_schedule()

        assert next_run(schedule, oslo("2026-11-30T00:00"), OSLO) is not None
        assert next_run(schedule, oslo("2026-12-01T06:30"), OSLO) is None

    def test_a_series_ends_with_its_last_day(self):
        schedule = a_schedule(every=(1, "week"), last="2026-12-08")

        assert not is_last_run(schedule, oslo("2026-12-01T06:30"), OSLO)
        assert is_last_run(schedule, oslo("2026-12-08T06:30"), OSLO)

    @pytest.mark.parametrize("unit", ["day", "week", "month"])
    def test_a_series_without_an_end_ends_with_the_calendar(self, unit):
        schedule = a_schedule("9999-12-01", every=(999, unit))

        assert next_run(schedule, datetime(9999, 12, 30, tzinfo=UTC), OSLO) is None

    @given(
        first=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
        at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
        every=st.tuples(st.integers(1, 60), st.sampled_from(["day", "week", "month"])),
    )
    def test_runs_follow_one_another_on_the_days_of_the_series(self, first, at, every):
        schedule = Schedule(first, at, every)
        expected = list(islice(run_days(schedule), 6))
        moment, found = datetime(2019, 1, 1, tzinfo=UTC), []

        for _ in range(6):
            following = next_run(schedule, moment, OSLO)
            assert following is not None
            assert following > moment
            moment = following
            found.append(moment)

        assert found == [run_time(schedule, day, OSLO) for day in expected]
