"""The DAG of one data sync; the files of the bundle call this with what they know."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pendulum
from airflow.sdk import DAG, AssetOrTimeSchedule, Param, chain

from registry_operators.bundles.sync_timetable import DataSyncTimetable
from registry_operators.dag_defaults import DEFAULT_ARGS
from registry_operators.domain.sync.sync_dag import dag_id_of
from registry_operators.operators.assets import CICERO_PATRONS
from registry_operators.operators.close_data_sync_operator import CloseDataSyncOperator
from registry_operators.operators.filter_records_operator import FilterRecordsOperator
from registry_operators.operators.guard_profiles_operator import GuardProfilesOperator
from registry_operators.operators.ils_to_staging_operator import IlsToStagingOperator
from registry_operators.operators.look_around import dag_failed, dag_succeeded
from registry_operators.operators.open_data_sync_operator import OpenDataSyncOperator
from registry_operators.operators.plan_profiles_operator import PlanProfilesOperator
from registry_operators.operators.report_data_sync_operator import ReportDataSyncOperator
from registry_operators.operators.staging_to_profiles_operator import StagingToProfilesOperator


def data_sync_dag(
    *,
    name: str,
    version: int,
    description: str,
    ils: str,
    schedule: dict[str, Any] | None,
    since: str,
    doc: str,
    after_pull: bool = False,
) -> DAG:
    """
    Return the DAG of a published data sync.

    Everything comes from the arguments, so that nothing is asked while a DAG file is parsed.

    :param version: The published version; a run is pinned to it.
    :param schedule: Arguments of ``DataSyncTimetable``; without them it runs by hand only.
    :param since: ISO time with offset; no run is made for a time before it.
    :param doc: Markdown; the page of the DAG.
    :param after_pull: It runs each time that the nightly pull has brought something to its end.
    """
    with DAG(
        dag_id=dag_id_of(name),
        description=description[:200] or f"Data sync from {ils}.",
        schedule=_schedule(schedule, after_pull=after_pull),
        start_date=pendulum.instance(datetime.fromisoformat(since)),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,  # publishing is the decision that it runs
        on_failure_callback=dag_failed,
        on_success_callback=dag_succeeded,
        default_args=DEFAULT_ARGS,
        params={
            "dry_run": Param(
                False,
                type="boolean",
                title="Dry run",
                description="Plan and report; write nothing.",
            ),
        },
        tags=["data sync", ils, f"version {version}"],
        doc_md=doc,
    ) as dag:
        open_run = OpenDataSyncOperator(task_id="open_run", name=name, version=version)
        run_id = "{{ ti.xcom_pull(task_ids='open_run') }}"
        close_run = CloseDataSyncOperator(task_id="close_run", sync_run_id=run_id)
        chain(
            open_run,
            IlsToStagingOperator(task_id="stage_patrons", sync_run_id=run_id),
            FilterRecordsOperator(task_id="filter_records", sync_run_id=run_id),
            PlanProfilesOperator(task_id="plan_profiles", sync_run_id=run_id),
            GuardProfilesOperator(task_id="guard_profiles", sync_run_id=run_id),
            StagingToProfilesOperator(task_id="write_profiles", sync_run_id=run_id),
            ReportDataSyncOperator(task_id="report", sync_run_id=run_id),
            close_run.as_teardown(setups=open_run),
        )
    return dag


def _schedule(
    schedule: dict[str, Any] | None, *, after_pull: bool
) -> DataSyncTimetable | AssetOrTimeSchedule | None:
    """Return when it runs; what people ask for on the pages runs either way."""
    timetable = None if schedule is None else DataSyncTimetable(**schedule)
    if timetable is None or not after_pull:
        return timetable
    # Airflow serialises timetables of plugins inside its own, but its types do not say so.
    return AssetOrTimeSchedule(timetable=timetable, assets=[CICERO_PATRONS])  # type: ignore[arg-type]
