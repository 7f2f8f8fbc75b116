"""Whole reconciliations: Airflow, PostgreSQL and the registry server are real."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from registry_operators.ledger.database import Ledger
from registry_operators.steps.compare_sides import read_drift
from registry_operators.steps.reconcile import reconciliation_run
from registry_operators.steps.report_run import report_run
from stand_ins.people import national_card_number, person
from tests.dags.conftest import LIBRARY, WRONG_PASSWORD
from tests.dags.test_dag_runs import run

DAG = "registry_reconciliation"
LONG_AGO = "2014-01-01T00:00:00"
HEALTHY = ["2030000", "2040000"]


def reconcile(dag_bag, **conf):
    asked = {"libraries": HEALTHY, "repair": False} | conf
    dag_run = dag_bag.dags[DAG].test(run_conf=asked)
    states = {task.task_id: str(task.state) for task in dag_run.get_task_instances()}
    return dag_run, states, uuid5(NAMESPACE_URL, f"{DAG}/{dag_run.run_id}")


def drift(database_url, run_id: UUID) -> dict[str, int]:
    with Ledger.connect(database_url) as ledger:
        return {one.library: one.unexplained for one in read_drift(ledger, run_id=run_id)}


def tallies(database_url, run_id: UUID):
    with Ledger.connect(database_url) as ledger:
        return [
            tally
            for flow in ("pull", "push")
            for tally in report_run(ledger, run_id=reconciliation_run(run_id, flow))
        ]


@pytest.fixture
def nights(dag_bag, world):
    """Both sides agree; then one person vanishes from the registry and others change unseen."""
    for dag_id in ("cicero_to_registry", "registry_to_cicero") * 2:
        run(dag_bag, dag_id, libraries=HEALTHY)
    world.admin.touch(count=12, fields=["pin"], seed=5, sist_endret=LONG_AGO)
    return world


def test_a_report_writes_nothing_a_repair_heals_and_the_next_report_is_quiet(
    dag_bag, nights, db, database_url
):
    before = db.execute("select pin_fingerprint from cicero.pin order by patron_id").fetchall()
    calls = nights.admin.summary()["tally"]["writes"]

    dag_run, states, run_id = reconcile(dag_bag)
    found = drift(database_url, run_id)

    assert str(dag_run.state) == "success"
    assert {task for task, state in states.items() if state != "success"} == {
        "from_registry.ask_for_decisions", "to_registry.ask_for_decisions"
    }  # fmt: skip
    assert sum(found.values()) > 0
    assert db.execute("select pin_fingerprint from cicero.pin order by patron_id").fetchall() == (
        before
    )
    assert nights.admin.summary()["tally"]["writes"] == calls

    _, _, repaired = reconcile(dag_bag, repair=True)
    _, _, again = reconcile(dag_bag)

    assert drift(database_url, repaired) == found
    assert sum(tally.writes for tally in tallies(database_url, repaired)) >= sum(found.values())
    assert sum(drift(database_url, again).values()) == 0
    for one in (run_id, repaired, again):
        assert all(tally.adds_up for tally in tallies(database_url, one))


def test_who_vanished_from_the_registry_is_made_again_only_by_a_repair(
    dag_bag, nights, database_url
):
    national_id = person(100).national_id  # a patron in order at the first library
    nights.admin.delete(national_id=national_id)

    _, _, reported = reconcile(dag_bag, libraries=[LIBRARY])
    missing = nights.admin.find(national_id=national_id) == []
    reconcile(dag_bag, libraries=[LIBRARY], repair=True)

    assert missing
    assert drift(database_url, reported)[LIBRARY] >= 1
    assert nights.admin.find(national_id=national_id)


def test_one_library_that_fails_turns_it_red_and_the_others_are_compared(
    dag_bag, world, database_url
):
    dag_run, states, run_id = reconcile(dag_bag, libraries=[LIBRARY, WRONG_PASSWORD])

    assert str(dag_run.state) == "failed"
    assert {task for task, state in states.items() if state == "failed"} == {
        "from_registry.report_run"
    }
    assert states["from_registry.close_run"] == states["to_registry.close_run"] == "success"
    assert set(drift(database_url, run_id)) == {LIBRARY}
    assert [tally.library for tally in tallies(database_url, run_id) if tally.flow == "push"] == [
        LIBRARY
    ]


def test_nothing_but_codes_and_counts_reaches_airflow(dag_bag, world) -> None:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session

    dag_run, _, _ = reconcile(dag_bag, libraries=[LIBRARY])

    with create_session() as session:
        rows = session.query(XComModel).filter_by(run_id=dag_run.run_id).all()
    told = {row.task_id: str(row.value) for row in rows}
    assert "on_both_sides" in told["from_registry.compare_sides"]
    assert not [text for text in told.values() if national_card_number(0)[:2] in text]
