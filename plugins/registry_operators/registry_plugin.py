"""What Airflow registers of the synchroniser."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from registry_operators.bundles.sync_timetable import DataSyncTimetable


class PatronSyncPlugin(AirflowPlugin):
    """A name in Airflow's list of plugins; the schedule of data syncs, pages and links."""

    name = "patron_sync"
    timetables = [DataSyncTimetable]  # noqa: RUF012  Airflow's base class has it so
