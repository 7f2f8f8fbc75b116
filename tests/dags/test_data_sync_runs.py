"""Whole runs of published data syncs: Airflow, PostgreSQL and Koha's server are real."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from registry_operators.steps.data_sync.definitions import publish
from registry_operators.steps.data_sync.list_results import list_runs
from registry_operators.steps.data_sync.running_alone import running_alone
from tests import airflow_home
from tests.db.sync_bench import FIELDS, a_document

LAST_YEAR = date.today() - timedelta(days=365)  # noqa: DTZ011  any day of the past will do
ENDED = f'schedule: {{first: {LAST_YEAR}, at: "06:30"}}\n'
BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
CANARY = {"last_name": "Kanarifuglstad", "emails": ["kanarifugl@example.org"]}


@pytest.fixture
def dag_of(dag_bag, ledger, koha):
    """Publish a document and return its DAG, as Airflow loads it from the bundle."""

    def load(schedule="", **changes):
        from airflow.dag_processing.bundles.manager import DagBundlesManager
        from airflow.dag_processing.dagbag import BundleDagBag

        publish(ledger, a_document(**changes) + schedule, FIELDS, actor="kari", now=BEFORE)
        bundle = DagBundlesManager().get_bundle("data-syncs")
        bundle.initialize()
        bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
        assert bag.import_errors == {}
        return bag.dags["data_sync_readers"]

    return load


def run(dag, *, dry_run=False):
    """Run a DAG and return its state and the states of its tasks that are not green."""
    dag_run = dag.test(run_conf={"dry_run": dry_run})
    states = {task.task_id: str(task.state) for task in dag_run.get_task_instances()}
    assert len(states) == 8
    return str(dag_run.state), {name: one for name, one in states.items() if one != "success"}


def totals(ledger):
    account = list_runs(ledger, "readers", most=1)[0].account
    assert account["adds_up"]
    names = ("created", "updated", "unchanged", "failed")
    return {name: account[name] for name in names if account[name]}


def test_a_published_sync_fills_the_profiles_and_a_second_run_writes_nothing(
    dag_of, koha, ledger, db
):
    dag = dag_of()
    living = sum(one["deleted_on"] is None for one in koha.admin.patrons(limit=1000))

    assert run(dag) == ("success", {})
    assert totals(ledger) == {"created": living}
    written = db.execute("select max(changed_at) from profiles.profile").fetchone()
    assert run(dag) == ("success", {})

    assert totals(ledger) == {"unchanged": living}
    assert db.execute("select max(changed_at) from profiles.profile").fetchone() == written
    assert db.execute("select distinct name, version, asked_by from data_sync.run").fetchall() == [
        ("readers", 1, "dag_test")
    ]


def test_a_dry_run_plans_and_writes_nothing(dag_of, ledger, db):
    assert run(dag_of(), dry_run=True) == ("success", {})

    assert totals(ledger)["created"] > 0
    assert db.execute("select count(*) from profiles.profile").fetchone() == (0,)


def test_a_system_that_is_away_turns_the_run_red_and_the_run_is_closed(dag_of, ledger, monkeypatch):
    dag = dag_of()
    monkeypatch.setenv("AIRFLOW_CONN_KOHA_MAIN", '{"conn_type": "http", "host": "127.0.0.1", '
                       '"port": 1, "login": "demo-client", "password": "demo-secret"}')  # fmt: skip
    monkeypatch.setattr("registry_operators.clients.ils_http._pause_s", lambda *_: 0.0)
    for task in dag.tasks:
        task.retries = 0

    state, red = run(dag)

    assert state == "failed"
    assert red["stage_patrons"] == "failed"
    assert "close_run" not in red
    (row,) = list_runs(ledger, "readers")
    assert (row.state, row.failure_code) == ("failed", "TASK_FAILED")


def test_a_wrong_account_is_not_tried_again(dag_of, monkeypatch):
    dag = dag_of()
    fields = os.environ["AIRFLOW_CONN_KOHA_MAIN"].replace("demo-secret", "wrong")
    monkeypatch.setenv("AIRFLOW_CONN_KOHA_MAIN", fields)

    state, red = run(dag)

    assert (state, red["stage_patrons"]) == ("failed", "failed")


def test_a_run_beside_another_process_of_the_same_sync_turns_red_and_writes_nothing(
    dag_of, ledger, db
):
    dag = dag_of()
    for task in dag.tasks:
        task.retries = 0

    with ledger.sibling() as other, running_alone(other, "readers"):
        state, red = run(dag)

    assert (state, red["stage_patrons"]) == ("failed", "failed")
    assert "close_run" not in red
    (row,) = list_runs(ledger, "readers")
    assert (row.state, row.failure_code) == ("failed", "TASK_FAILED")
    assert db.execute("select count(*) from profiles.profile").fetchone() == (0,)
    assert run(dag) == ("success", {})


def test_the_last_run_of_a_schedule_is_announced_once(dag_of, db, capfd):
    dag = dag_of(ENDED)

    run(dag)
    told = capfd.readouterr().out
    run(dag)

    assert told.count("step=series sync=readers version=1 state=complete") == 1
    assert "step=series" not in capfd.readouterr().out
    assert db.execute("select action, detail ->> 'subject' from patron_sync.audit_event"
                      " where action = 'end_series'").fetchall() == [
        ("end_series", "readers version 1")
    ]  # fmt: skip


def test_nothing_personal_reaches_airflow(dag_of, koha, ledger, db, capfd):
    dag = dag_of(incorrect_values="report", errors="continue")
    koha.admin.patch(3, fields=CANARY)
    koha.admin.patch(4, fields={"emails": ["kanarifugl-uten-krøllalfa"]})
    run(dag)
    koha.admin.patch(3, fields={"last_name": "Kanarifuglberg"})

    assert run(dag) == ("success", {})
    profiles = [row[0] for row in db.execute("select fields from profiles.profile").fetchall()]

    assert "Kanarifuglberg" in {one.get("last_name") for one in profiles}
    personal = {
        str(one[name]) for one in profiles for name in ("email", "library_card_number")
        if one.get(name)
    }  # fmt: skip
    assert len(personal) > 50
    said = "".join(capfd.readouterr()) + kept_by_airflow()
    assert "step=report sync=readers" in said
    assert [one for one in personal if one in said] == []
    assert "kanarifugl" not in said.casefold()


def kept_by_airflow() -> str:
    """Everything that Airflow has written down: its database and its logs."""
    rows = []
    with sqlite3.connect(airflow_home.HOME / "airflow.db") as database:
        rows = list(database.iterdump())
    logs = [path.read_text(errors="replace") for path in Path(airflow_home.HOME).rglob("*.log")]
    return "\n".join([*rows, *logs])
