from __future__ import annotations

from datetime import date, datetime, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import DataInterval, TimeRestriction

from registry_operators.domain.alerts import DAG_OF_FLOW
from registry_operators.domain.due import BEGINS
from registry_operators.operators.look_around import dag_failed, dag_succeeded
from registry_operators.settings.alerts import Alerts
from tests.dags.conftest import DEADLINES

OSLO = ZoneInfo("Europe/Oslo")
RUNS = ["cicero_to_registry", "registry_to_cicero"]
SCHEDULED = [*RUNS, "housekeeping", "registry_reconciliation"]
DAG_IDS = [*SCHEDULED, "apply_held_changes", "watch"]
WAITING_FOR_A_PERSON = ("apply_held_changes", "ask")


def test_every_file_loads_and_has_the_name_of_its_dag(dag_bag):
    assert dag_bag.import_errors == {}
    assert sorted(dag_bag.dags) == sorted(DAG_IDS)


@pytest.mark.parametrize("dag_id", DAG_IDS)
class TestHouseRules:
    def test_is_documented_tagged_and_owned(self, dag_bag, dag_id):
        dag = dag_bag.dags[dag_id]

        assert dag.doc_md.lstrip().startswith("# ")
        assert "patrons" in dag.tags
        assert {task.owner for task in dag.tasks} == {"patron-sync"}

    def test_every_task_is_retried_with_growing_pauses_and_has_a_time_out(self, dag_bag, dag_id):
        for task in dag_bag.dags[dag_id].tasks:
            if (dag_id, task.task_id) == WAITING_FOR_A_PERSON:
                continue
            assert task.retries == 3
            assert task.retry_exponential_backoff == 2.0
            assert task.execution_timeout is not None

    def test_no_string_is_rendered_as_python(self, dag_bag, dag_id):
        assert dag_bag.dags[dag_id].render_template_as_native_obj is False

    def test_its_page_names_every_task(self, dag_bag, dag_id):
        dag = dag_bag.dags[dag_id]

        assert [task for task in dag.task_ids if f"`{task}`" not in dag.doc_md] == []

    def test_can_be_serialised(self, dag_bag, dag_id):
        assert DagSerialization.serialize_dag(dag_bag.dags[dag_id])

    def test_never_catches_up(self, dag_bag, dag_id):
        assert dag_bag.dags[dag_id].catchup is False


@pytest.mark.parametrize("dag_id", SCHEDULED)
def test_what_is_scheduled_runs_once_at_a_time_and_ends_by_morning(dag_bag, dag_id):
    dag = dag_bag.dags[dag_id]

    assert dag.max_active_runs == 1
    assert dag.dagrun_timeout == timedelta(hours=6)


@pytest.mark.parametrize("dag_id", sorted({*DAG_IDS} - {"watch"}))
def test_who_ends_is_looked_at_at_once(dag_bag, dag_id):
    dag = dag_bag.dags[dag_id]

    assert dag.on_failure_callback is dag_failed
    assert dag.on_success_callback is dag_succeeded


@pytest.mark.parametrize(("flow", "dag_id"), DAG_OF_FLOW.items())
def test_a_deadline_passes_when_a_job_becomes_late(dag_bag, flow, dag_id, monkeypatch):
    dag = dag_bag.dags[dag_id]
    (deadline,) = DEADLINES[dag_id]
    monkeypatch.setattr(dag, "deadline", [deadline])
    due = datetime.combine(date(2026, 3, 2), BEGINS[flow])

    assert dag.timetable.expression == f"0 {BEGINS[flow].hour} * * *"
    assert (due + deadline.interval).time() == Alerts().done_by(flow)
    assert type(deadline.reference).__name__ == "DagRunLogicalDateDeadline"
    module, _, name = deadline.callback.path.rpartition(".")
    assert callable(getattr(import_module(module), name))
    assert len(DagSerialization.serialize_dag(dag)["deadline"]) == 1


@pytest.mark.parametrize("dag_id", RUNS)
def test_a_run_ends_with_the_report_so_that_a_failed_library_turns_it_red(dag_bag, dag_id):
    dag = dag_bag.dags[dag_id]
    ends = {
        task.task_id
        for task in dag.tasks
        if not task.is_teardown
        and all(dag.get_task(after).is_teardown for after in task.downstream_task_ids)
    }

    assert ends == {"report_run", "ask_for_decisions"}
    assert dag.get_task("report_run").trigger_rule == "all_success"
    assert dag.get_task("close_run").is_teardown
    assert dag.get_task("close_run").upstream_task_ids == {"report_run", "open_run"}


def test_a_reconciliation_ends_with_both_reports_and_pushes_what_one_library_did_not_stop(dag_bag):
    dag = dag_bag.dags["registry_reconciliation"]

    for half in ("from_registry", "to_registry"):
        close_run = dag.get_task(f"{half}.close_run")
        assert close_run.is_teardown
        assert close_run.upstream_task_ids == {f"{half}.report_run", f"{half}.open_run"}
    assert dag.get_task("to_registry.open_run").upstream_task_ids == {
        "from_registry.move_watermark"
    }
    assert dag.params["repair"] is False


def test_a_person_has_as_long_as_a_set_waits_and_is_asked_about_many_at_once(dag_bag):
    dag = dag_bag.dags["apply_held_changes"]
    ask = dag.get_task("ask")

    assert dag.schedule is None
    assert dag.max_active_runs > 1
    assert dag.dagrun_timeout is None
    assert (ask.response_timeout, ask.execution_timeout) == (timedelta(days=7), None)
    assert ask.retries == 1
    assert ask.defaults is None
    assert "{{ dag_run.conf['digest'] }}" in ask.body
    assert dag.get_task("decide").upstream_task_ids == {"ask"}


@pytest.mark.parametrize(
    ("dag_id", "hour"),
    [("registry_to_cicero", 6), ("cicero_to_registry", 1), ("registry_reconciliation", 9)],
    ids=["pull", "push", "reconciliation"],
)
@pytest.mark.parametrize("month_day", [(3, 28), (10, 24), (7, 1)], ids=["spring", "autumn", "july"])
def test_runs_at_the_same_local_hour_through_the_year(dag_bag, dag_id, hour, month_day):
    dag = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag_bag.dags[dag_id]))
    month, day = month_day
    begin = pendulum.instance(datetime(2026, month, day, 12, tzinfo=OSLO))
    last, hours = DataInterval.exact(begin), []

    for _ in range(3):
        info = dag.timetable.next_dagrun_info(
            last_automated_data_interval=last,
            restriction=TimeRestriction(earliest=begin, latest=None, catchup=True),
        )
        assert info is not None
        assert info.data_interval is not None
        last = info.data_interval
        hours.append(info.run_after.astimezone(OSLO).hour)

    assert hours == [hour] * 3
