"""The schedule of a data sync as an Airflow timetable (spec D4.2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.timetables.base import DagRunInfo, DataInterval, Timetable
from pendulum import DateTime, instance

from registry_operators.domain.sync.definition import Schedule
from registry_operators.domain.sync.sync_schedule import next_run

if TYPE_CHECKING:
    from airflow.timetables.base import TimeRestriction


class DataSyncTimetable(Timetable):
    """
    Runs at a local time, once or every so many days, weeks or months, up to a last day.

    A run that is due while Airflow is down is made once when it is back; older ones are not made
    up for, because each run reads everything.

    :param first: ISO date of the first run.
    :param at: Local time, ``HH:MM``.
    :param zone: IANA name of the zone.
    :param every: Number and unit (``day``, ``week``, ``month``); ``None`` for once.
    :param last: ISO date of the last day on which it may run.
    """

    def __init__(
        self,
        first: str,
        at: str,
        zone: str,
        every: tuple[int, str] | list[Any] | None = None,
        last: str | None = None,
    ) -> None:
        self._zone = zone
        self._schedule = Schedule(
            date.fromisoformat(first),
            time.fromisoformat(at),
            None if every is None else (int(every[0]), str(every[1])),
            None if last is None else date.fromisoformat(last),
        )

    @property
    def summary(self) -> str:
        """What Airflow's list shows."""
        one = self._schedule
        when = f"{one.first} {one.at:%H:%M} {self._zone}"
        if one.every is None:
            return f"once, {when}"
        amount, unit = one.every
        often = f"every {unit}" if amount == 1 else f"every {amount} {unit}s"
        return f"{often} from {when}{f' to {one.last}' if one.last else ''}"

    def serialize(self) -> dict[str, Any]:
        """Return what the timetable is made of again."""
        one = self._schedule
        return {
            "first": one.first.isoformat(),
            "at": one.at.isoformat("minutes"),
            "zone": self._zone,
            "every": None if one.every is None else list(one.every),
            "last": None if one.last is None else one.last.isoformat(),
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> DataSyncTimetable:
        """Make it of what :meth:`serialize` returned."""
        return cls(**data)

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        """Return an empty interval; a data sync reads everything, whenever it runs."""
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """Return the next run behind the last one, or ``None`` when the series has ended."""
        if last_automated_data_interval is not None:
            return self._behind(last_automated_data_interval.end, restriction)
        if restriction.earliest is None:
            return None
        # One microsecond before, so that a run at the very start counts.
        return self._behind(restriction.earliest.subtract(microseconds=1), restriction)

    def _behind(self, moment: DateTime, restriction: TimeRestriction) -> DagRunInfo | None:
        zone, now = ZoneInfo(self._zone), datetime.now(UTC)
        found = next_run(self._schedule, datetime.fromisoformat(moment.isoformat()), zone)
        while found is not None and not restriction.catchup:
            later = next_run(self._schedule, found, zone)
            if later is None or later > now:
                break
            found = later
        if found is None or (restriction.latest is not None and found > restriction.latest):
            return None
        return DagRunInfo.exact(instance(found))
