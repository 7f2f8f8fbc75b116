"""The schedule of a data sync as an Airflow timetable (spec D4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.timetables.base import DagRunInfo, DataInterval, Timetable
from airflow.utils.types import DagRunType
from pendulum import DateTime, instance

from registry_operators.domain.sync.definition import Schedule
from registry_operators.domain.sync.sync_dag import asked_run_id, is_asked_for
from registry_operators.domain.sync.sync_schedule import next_run

if TYPE_CHECKING:
    from airflow.timetables.base import TimeRestriction


class DataSyncTimetable(Timetable):
    """
    Runs at a local time, once or every so many days, weeks or months, up to a last day.

    It also runs for each moment at which somebody has asked for a run that Airflow could not begin
    at once, because it did not know the version yet. The id of such a run follows from the moment,
    so that it is known before; Airflow may have taken the moment from a newer version of the DAG
    than the timetable that it asks for the id.

    A run that is due while Airflow is down is made once when it is back; older ones are not made
    up for, because each run reads everything.

    :param first: ISO date of the first run; ``None`` for no schedule.
    :param at: Local time, ``HH:MM``.
    :param zone: IANA name of the zone.
    :param every: Number and unit (``day``, ``week``, ``month``); ``None`` for once.
    :param last: ISO date of the last day on which it may run.
    :param not_before: ISO moment; no run of the schedule is made for a time before it.
    :param asked: ISO moments at which a run was asked for; none of them is left out.
    """

    def __init__(
        self,
        first: str | None,
        at: str | None,
        zone: str,
        every: tuple[int, str] | list[Any] | None = None,
        last: str | None = None,
        not_before: str | None = None,
        asked: Sequence[str] = (),
    ) -> None:
        self._zone = zone
        self._not_before = None if not_before is None else datetime.fromisoformat(not_before)
        self._asked = sorted(datetime.fromisoformat(moment) for moment in asked)
        self._schedule = (
            None
            if first is None or at is None
            else Schedule(
                date.fromisoformat(first),
                time.fromisoformat(at),
                None if every is None else (int(every[0]), str(every[1])),
                None if last is None else date.fromisoformat(last),
            )
        )

    @property
    def summary(self) -> str:
        """What Airflow's list shows."""
        one = self._schedule
        if one is None:
            return "by hand"
        when = f"{one.first} {one.at:%H:%M} {self._zone}"
        if one.every is None:
            return f"once, {when}"
        amount, unit = one.every
        often = f"every {unit}" if amount == 1 else f"every {amount} {unit}s"
        return f"{often} from {when}{f' to {one.last}' if one.last else ''}"

    def serialize(self) -> dict[str, Any]:
        """Return what the timetable is made of again."""
        one = self._schedule
        asked = [moment.isoformat() for moment in self._asked]
        not_before = None if self._not_before is None else self._not_before.isoformat()
        return {
            "first": None if one is None else one.first.isoformat(),
            "at": None if one is None else one.at.isoformat("minutes"),
            "zone": self._zone,
            "every": None if one is None or one.every is None else list(one.every),
            "last": None if one is None or one.last is None else one.last.isoformat(),
            **({"not_before": not_before, "asked": asked} if asked else {}),
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

    def generate_run_id(
        self,
        *,
        run_type: DagRunType,
        run_after: DateTime,
        data_interval: DataInterval | None,
        **extra: Any,
    ) -> str:
        """Return the id that was promised to whoever asked for a run, or Airflow's usual one."""
        moment = datetime.fromisoformat(run_after.isoformat())
        if run_type == DagRunType.SCHEDULED and is_asked_for(moment):
            return asked_run_id(moment)
        return super().generate_run_id(
            run_type=run_type, run_after=run_after, data_interval=data_interval, **extra
        )

    def _behind(self, moment: DateTime, restriction: TimeRestriction) -> DagRunInfo | None:
        due = self._due_behind(moment, restriction)
        asked = next((one for one in self._asked if one > moment), None)
        found = min((one for one in (due, asked) if one is not None), default=None)
        return None if found is None else DagRunInfo.exact(instance(found))

    def _due_behind(self, moment: DateTime, restriction: TimeRestriction) -> datetime | None:
        if self._schedule is None:
            return None
        zone, now = ZoneInfo(self._zone), datetime.now(UTC)
        after = datetime.fromisoformat(moment.isoformat())
        if self._not_before is not None:
            after = max(after, self._not_before - timedelta(microseconds=1))
        found = next_run(self._schedule, after, zone)
        while found is not None and not restriction.catchup:
            later = next_run(self._schedule, found, zone)
            if later is None or later > now:
                break
            found = later
        if found is None or (restriction.latest is not None and found > restriction.latest):
            return None
        return found
