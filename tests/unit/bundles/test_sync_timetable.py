from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pendulum
import pytest

from tests import airflow_home  # noqa: F401  before anything of Airflow

from airflow.serialization.encoders import encode_timetable  # isort: skip
from airflow.serialization.decoders import decode_timetable  # isort: skip
from airflow.timetables.base import DataInterval, TimeRestriction  # isort: skip
from airflow.utils.types import DagRunType  # isort: skip

from registry_operators.bundles import sync_timetable
from registry_operators.bundles.sync_timetable import DataSyncTimetable
from registry_operators.domain.sync.sync_dag import asked_moment, is_asked_for

WEEKLY: dict[str, Any] = {
    "first": "2026-12-01",
    "at": "06:30",
    "zone": "Europe/Oslo",
    "every": [1, "week"],
}


@pytest.fixture
def at(monkeypatch):
    """Let it be a certain time."""

    def set_clock(text):
        moment = datetime.fromisoformat(text)

        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return moment.astimezone(tz)

        monkeypatch.setattr(sync_timetable, "datetime", Clock)
        return pendulum.instance(moment)

    return set_clock


def runs(timetable, earliest, most=3, *, catchup=True, latest=None, last=None):
    restriction = TimeRestriction(earliest=earliest, latest=latest, catchup=catchup)
    found: list[str] = []
    while len(found) < most:
        info = timetable.next_dagrun_info(
            last_automated_data_interval=last, restriction=restriction
        )
        if info is None:
            break
        last = info.data_interval
        assert info.run_after == last.start == last.end
        found.append(info.run_after.in_timezone("UTC").to_iso8601_string())
    return found


def test_runs_follow_one_another_at_the_local_hour(at):
    earliest = at("2026-11-22T08:00:00+00:00")
    timetable = DataSyncTimetable(**{**WEEKLY, "first": "2027-03-21"})

    assert runs(timetable, earliest) == [
        "2027-03-21T05:30:00Z", "2027-03-28T04:30:00Z", "2027-04-04T04:30:00Z",
    ]  # fmt: skip


def test_no_run_is_made_for_a_time_before_it_was_published(at):
    earliest = at("2026-12-09T08:00:00+00:00")

    assert runs(DataSyncTimetable(**WEEKLY), earliest, 1) == ["2026-12-15T05:30:00Z"]
    exactly = pendulum.datetime(2026, 12, 8, 5, 30)
    assert runs(DataSyncTimetable(**WEEKLY), exactly, 1) == ["2026-12-08T05:30:00Z"]


def test_after_an_outage_the_last_missed_run_is_made_once(at):
    at("2026-12-24T12:00:00+00:00")
    published, first = pendulum.datetime(2026, 11, 22), pendulum.datetime(2026, 12, 1, 5, 30)
    before = DataInterval.exact(first)

    assert runs(DataSyncTimetable(**WEEKLY), published, 2, catchup=False, last=before) == [
        "2026-12-22T05:30:00Z", "2026-12-29T05:30:00Z",
    ]  # fmt: skip


def test_the_series_ends_with_its_last_day(at):
    earliest = at("2026-11-22T08:00:00+00:00")

    found = runs(DataSyncTimetable(**WEEKLY, last="2026-12-10"), earliest, 5)

    assert found == ["2026-12-01T05:30:00Z", "2026-12-08T05:30:00Z"]


def test_the_last_run_is_made_up_for_too(at):
    at("2027-02-01T12:00:00+00:00")
    published = pendulum.datetime(2026, 11, 22)

    assert runs(DataSyncTimetable(**WEEKLY, last="2026-12-10"), published, catchup=False) == [
        "2026-12-08T05:30:00Z"
    ]


def test_once_is_once(at):
    earliest = at("2026-11-22T08:00:00+00:00")
    once = DataSyncTimetable("2026-12-01", "06:30", "Europe/Oslo")

    assert runs(once, earliest) == ["2026-12-01T05:30:00Z"]
    assert runs(once, earliest.add(years=1)) == []


def test_an_end_of_the_dag_is_kept(at):
    earliest = at("2026-11-22T08:00:00+00:00")
    latest = pendulum.instance(datetime(2026, 12, 7, tzinfo=UTC))

    assert runs(DataSyncTimetable(**WEEKLY), earliest, latest=latest) == ["2026-12-01T05:30:00Z"]


def test_without_a_beginning_there_is_no_run():
    assert runs(DataSyncTimetable(**WEEKLY), None) == []


def test_a_run_by_hand_has_an_empty_interval():
    moment = pendulum.datetime(2026, 12, 3, 9)

    found = DataSyncTimetable(**WEEKLY).infer_manual_data_interval(run_after=moment)

    assert found.start == found.end == moment
    assert found.end - found.start == timedelta(0)


@pytest.mark.parametrize(
    "given", [WEEKLY, {**WEEKLY, "last": "2027-06-30"}, {**WEEKLY, "every": None}]
)
def test_airflow_stores_it_and_makes_the_same_of_it(given):
    timetable = DataSyncTimetable(**given)

    again = decode_timetable(encode_timetable(timetable))

    assert isinstance(again, DataSyncTimetable)
    assert again.serialize() == timetable.serialize() == {"last": None, **given}


@pytest.mark.parametrize(
    ("given", "summary"),
    [
        (WEEKLY, "every week from 2026-12-01 06:30 Europe/Oslo"),
        ({**WEEKLY, "every": (2, "day"), "last": "2027-01-01"},
         "every 2 days from 2026-12-01 06:30 Europe/Oslo to 2027-01-01"),
        ({**WEEKLY, "every": None}, "once, 2026-12-01 06:30 Europe/Oslo"),
    ],
)  # fmt: skip
def test_the_list_of_dags_says_when(given, summary):
    assert DataSyncTimetable(**given).summary == summary


ASKED = ["2026-12-02T10:00:00.000001+00:00", "2026-12-09T09:00:07.005001+00:00"]


class TestRunsThatWereAskedFor:
    """D4.3: what Airflow could not begin at once is begun as soon as it knows the DAG."""

    def test_are_made_without_a_schedule_and_none_is_left_out(self, at):
        now = at("2026-12-20T08:00:00+00:00")
        timetable = DataSyncTimetable(None, None, "Europe/Oslo", asked=ASKED)

        assert runs(timetable, now.subtract(days=30), catchup=False) == [
            "2026-12-02T10:00:00.000001Z", "2026-12-09T09:00:07.005001Z",
        ]  # fmt: skip

    def test_stand_between_those_of_the_schedule(self, at):
        at("2026-11-22T08:00:00+00:00")
        earliest = pendulum.datetime(2026, 11, 22)

        assert runs(DataSyncTimetable(**WEEKLY, asked=ASKED), earliest, 4) == [
            "2026-12-01T05:30:00Z", "2026-12-02T10:00:00.000001Z", "2026-12-08T05:30:00Z",
            "2026-12-09T09:00:07.005001Z",
        ]  # fmt: skip

    def test_make_no_run_of_the_schedule_earlier(self, at):
        at("2026-11-22T08:00:00+00:00")
        earliest, since = pendulum.datetime(2026, 11, 22), "2026-12-08T05:30:00+00:00"
        timetable = DataSyncTimetable(**WEEKLY, not_before=since, asked=ASKED[:1])

        assert runs(timetable, earliest) == [
            "2026-12-02T10:00:00.000001Z", "2026-12-08T05:30:00Z", "2026-12-15T05:30:00Z",
        ]  # fmt: skip

    def test_have_an_id_that_every_version_of_the_dag_gives(self):
        older = DataSyncTimetable(None, None, "Europe/Oslo")

        def run_id(text, run_type=DagRunType.SCHEDULED):
            moment = pendulum.instance(datetime.fromisoformat(text))
            return older.generate_run_id(run_type=run_type, run_after=moment, data_interval=None)

        assert run_id(ASKED[1]) == "asked__20261209T090007005001"
        assert run_id("2026-12-09T10:00:07.005001+01:00") == run_id(ASKED[1])
        assert run_id("2026-12-09T09:00:00+00:00").startswith("scheduled__2026-12-09")
        assert run_id(ASKED[1], DagRunType.MANUAL).startswith("manual__")

    def test_are_kept_when_airflow_stores_the_dag(self):
        timetable = DataSyncTimetable(
            None, None, "Europe/Oslo", not_before="2026-12-01T00:00:00+00:00", asked=ASKED
        )

        again = decode_timetable(encode_timetable(timetable))

        assert again.serialize() == timetable.serialize()
        assert timetable.serialize()["asked"] == ASKED
        assert timetable.summary == "by hand"
        assert "asked" not in DataSyncTimetable(**WEEKLY).serialize()

    def test_never_share_a_moment_with_a_schedule(self):
        moments = [
            asked_moment(datetime(2026, 3, 2, 12, 0, 0, us, tzinfo=UTC)) for us in (0, 999999)
        ]

        assert [is_asked_for(moment) for moment in moments] == [True, True]
        assert not is_asked_for(datetime(2026, 3, 2, 12, tzinfo=UTC))
