"""The link from a task to the page of its run, in DAGs as Airflow itself stores and reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tests import airflow_home  # noqa: F401  before anything of Airflow

from airflow.serialization.serialized_objects import DagSerialization  # isort: skip

from registry_operators.bundles.data_sync_dag import data_sync_dag
from registry_operators.registry_plugin import PatronSyncPlugin
from registry_operators.run_link import RUN_VIEW, PatronSyncLink

RUN = "scheduled__2026-11-22T05:00:00+00:00"
NOT_OURS = {"ask", "ask_for_decisions"}  # Airflow's own operators


@pytest.fixture(scope="module")
def dags():
    """Our DAGs as the API server has them: serialised, through JSON, and back."""
    import os
    from pathlib import Path

    from airflow import plugins_manager
    from airflow.dag_processing.dagbag import BundleDagBag

    plugins_manager.ensure_plugins_loaded()
    assert plugins_manager.get_import_errors() == {}
    folder = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
    bag = BundleDagBag(dag_folder=folder, bundle_path=Path(folder), bundle_name="dags-folder")
    sync = data_sync_dag(
        name="readers", version=1, description="", ils="koha", schedule=None,
        since="2026-01-01T00:00:00+01:00", doc="",
    )  # fmt: skip
    return {
        dag.dag_id: DagSerialization.from_dict(
            json.loads(json.dumps(DagSerialization.to_dict(dag)))
        )
        for dag in (*bag.dags.values(), sync)
    }


def links(task):
    ti = SimpleNamespace(key=SimpleNamespace(dag_id=task.dag.dag_id, run_id=RUN))
    return {name: task.get_extra_links(ti, name) for name in task.extra_links}


@pytest.mark.parametrize(
    "dag_id",
    ["registry_to_cicero", "cicero_to_registry", "apply_held_changes", "data_sync_readers"],
)
def test_each_task_of_ours_has_it(dags, dag_id) -> None:
    tasks = [task for task in dags[dag_id].tasks if task.task_id not in NOT_OURS]

    assert tasks
    for task in tasks:
        assert links(task)["Patron sync"] == (
            f"/dags/{dag_id}/runs/scheduled__2026-11-22T05%3A00%3A00%2B00%3A00/plugin/{RUN_VIEW}"
        ), task.task_id


def test_mapped_tasks_have_it_too(dags) -> None:
    task = dags["registry_to_cicero"].get_task("stage_registry_changes")

    assert task.is_mapped
    assert "Patron sync" in links(task)


def test_tasks_without_a_run_have_none(dags) -> None:
    for task in dags["housekeeping"].tasks:
        assert "Patron sync" not in task.extra_links


def test_it_leads_below_the_path_of_airflow(dags, monkeypatch) -> None:
    (task, *_) = dags["registry_to_cicero"].tasks
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.org/sync/")
    key: Any = SimpleNamespace(dag_id="a/b", run_id="r?x=1")

    assert PatronSyncLink().get_link(task, ti_key=key) == (
        f"/sync/dags/a%2Fb/runs/r%3Fx%3D1/plugin/{RUN_VIEW}"
    )


def test_it_leads_to_the_view_that_the_plugin_registers() -> None:
    (view,) = [one for one in PatronSyncPlugin.external_views if one["destination"] == "dag_run"]

    assert view["url_route"] == RUN_VIEW
    assert view["href"] == "patron-sync/runs/by-airflow?dag={DAG_ID}&run={RUN_ID}"


def test_loading_the_plugin_imports_no_operator() -> None:
    code = (
        "import sys, registry_operators.registry_plugin;"
        "print([name for name in sys.modules if name.startswith('registry_operators.operators.')"
        " and name.endswith('_operator')])"
    )

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_nothing_of_it_is_stored_by_a_task(dags) -> None:
    from registry_operators.operators.report_run_operator import ReportRunOperator

    assert not ReportRunOperator.operator_extra_links
