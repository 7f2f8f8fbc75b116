"""Whole DAG runs: Airflow, PostgreSQL and the registry server are real."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from registry_operators.ledger.database import Ledger
from registry_operators.steps.report_run import report_run
from tests.dags.conftest import WRONG_PASSWORD

# Said in full for each run, because dag.test() keeps in the DAG what the run before was asked for.
ASKED_FOR = {"libraries": [], "full": False, "dry_run": False}


def run(dag_bag, dag_id, **conf):
    """Run a DAG and return its run and the states of its tasks by name."""
    dag_run = dag_bag.dags[dag_id].test(run_conf=ASKED_FOR | conf)
    states = {task.task_id: str(task.state) for task in dag_run.get_task_instances()}
    return dag_run, states


def tallies(database_url, dag_run):
    run_id = uuid5(NAMESPACE_URL, f"{dag_run.dag_id}/{dag_run.run_id}")
    with Ledger.connect(database_url) as ledger:
        return {tally.library: tally for tally in report_run(ledger, run_id=UUID(str(run_id)))}


def test_both_jobs_twice_and_only_the_library_with_the_wrong_password_fails(
    dag_bag, world, database_url
):
    accounts = []
    for dag_id in ("cicero_to_registry", "registry_to_cicero") * 2:
        dag_run, states = run(dag_bag, dag_id)
        accounts.append(tallies(database_url, dag_run))

        assert str(dag_run.state) == "failed"
        assert {task: state for task, state in states.items() if state != "success"} == {
            "report_run": "failed", "ask_for_decisions": "skipped",
        }  # fmt: skip

    for account in accounts:
        assert {code for code, tally in account.items() if tally.failure_code} == {WRONG_PASSWORD}
        assert all(tally.adds_up for tally in account.values())
        assert not account["2060000"].is_enabled
    assert sum(tally.writes for tally in accounts[0].values()) > 0
    assert sum(tally.writes for tally in accounts[1].values()) > 0
    assert sum(tally.writes for account in accounts[2:] for tally in account.values()) == 0


def test_a_run_for_healthy_libraries_is_green(dag_bag, world, database_url):
    dag_run, states = run(dag_bag, "registry_to_cicero", libraries=["2030000", "2040000"])

    assert str(dag_run.state) == "success"
    assert {task for task, state in states.items() if state != "success"} == {"ask_for_decisions"}
    assert sorted(tallies(database_url, dag_run)) == ["2030000", "2040000"]


def test_a_run_with_no_enabled_library_says_so_and_is_green(dag_bag, world, database_url):
    dag_run, _ = run(dag_bag, "cicero_to_registry", libraries=["2060000"])

    assert str(dag_run.state) == "success"
    assert not tallies(database_url, dag_run)["2060000"].is_enabled
    assert world.admin.summary()["tally"]["calls"] == {}


def test_a_dry_run_writes_nothing_anywhere(dag_bag, world, db):
    before = db.execute("select count(*) from cicero.card").fetchone()

    run(dag_bag, "cicero_to_registry", libraries=["2030000"], dry_run=True)
    run(dag_bag, "registry_to_cicero", libraries=["2030000"], dry_run=True)

    assert db.execute("select count(*) from cicero.card").fetchone() == before
    assert db.execute("select count(*) from patron_sync.watermark").fetchone() == (0,)
    assert sum(world.admin.summary()["tally"]["writes"].values()) == 0


@pytest.mark.parametrize(
    ("dag_id", "step"),
    [("registry_to_cicero", "plan_changes"), ("cicero_to_registry", "filter_consent")],
    ids=["pull", "push"],
)
def test_a_broken_task_turns_the_run_red_and_the_ledger_run_is_closed(
    dag_bag, world, db, monkeypatch, dag_id, step
):
    operator = dag_bag.dags[dag_id].get_task(step)

    def breaks(context):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(operator, "execute", breaks)
    monkeypatch.setattr(operator, "retries", 0)
    dag_run, states = run(dag_bag, dag_id, libraries=["2030000"])

    assert str(dag_run.state) == "failed"
    assert states[step] == "failed"
    assert states["report_run"] == "upstream_failed"
    assert states["close_run"] == "success"
    assert db.execute("select state from patron_sync.run").fetchall() == [("failed",)]


def test_a_wrong_configuration_stops_the_run_before_anything_moves(
    dag_bag, world, db, monkeypatch, tmp_path
):
    wrong = tmp_path / "libraries.yaml"
    wrong.write_text('libraries: {"203": {name: Fjordby}}\n')
    monkeypatch.setenv("PATRON_SYNC_LIBRARIES", str(wrong))

    dag_run, states = run(dag_bag, "registry_to_cicero")

    assert str(dag_run.state) == "failed"
    assert states["open_run"] == "failed"
    assert db.execute("select count(*) from patron_sync.run").fetchone() == (0,)
    assert world.admin.summary()["tally"]["calls"] == {}


def test_nothing_but_ids_and_counts_reaches_airflow(dag_bag, world):
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    dag_run, _ = run(dag_bag, "cicero_to_registry", libraries=["2030000"])

    with create_session() as session:
        values = [row.value for row in session.query(XComModel).filter_by(run_id=dag_run.run_id)]
    assert values
    assert not [value for value in values if "N1" in str(value)]
