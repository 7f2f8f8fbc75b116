"""What the pages ask of Airflow: begin a run, repeat one, tell what stands in its way (D4.3)."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from airflow.sdk import DAG
from sqlalchemy.exc import OperationalError

from registry_operators.domain.sync.sync_dag import dag_id_of, run_id_of
from registry_operators.errors import DecisionRefusedError, UnavailableError
from registry_operators.operators.open_data_sync_operator import OpenDataSyncOperator
from registry_operators.steps.data_sync.ask_run import (
    ask_for_run,
    list_asked,
    withdraw_run,
)
from registry_operators.steps.data_sync.definitions import publish
from registry_operators.web import sync_dags
from tests.db.sync_bench import a_document
from tests.web.sync_pages import FIELDS, plain, where

_numbers = itertools.count(1)


@pytest.fixture
def name() -> str:
    """A data sync of this test alone: Airflow's database is shared by all tests."""
    return f"seen_{next(_numbers)}"


@pytest.fixture
def put(ledger, name):
    def publish_one(remark="", schedule=""):
        text = a_document(name=name) + schedule + remark
        return publish(ledger, text, FIELDS, actor="kari").version

    return publish_one


@pytest.fixture
def airflow_looks(database_url, connections, monkeypatch, tmp_path, airflow_log_in):
    """Let Airflow's DAG processor look at the bundle, as it does every half minute."""
    fields = connections["patron_db"]
    connection = {"conn_type": "postgres", "host": fields.host, "login": fields.login,
                  "schema": fields.path}  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_PATRON_DB", json.dumps(connection))
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH", str(tmp_path))

    def look():
        from airflow.dag_processing.bundles.manager import DagBundlesManager
        from airflow.dag_processing.dagbag import BundleDagBag, sync_bag_to_db

        manager = DagBundlesManager()
        manager.sync_bundles_to_db()
        bundle = manager.get_bundle("data-syncs")
        bundle.initialize()
        bundle.refresh()
        bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
        assert bag.import_errors == {}
        present: Any = bundle.get_current_version()
        sync_bag_to_db(bag, bundle.name, present.version)

    return look


@pytest.fixture
def dag_runs(name):
    """The runs of the data sync in Airflow: id, kind, state, who asked, and when it is due."""

    def look():
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session

        with create_session() as session:
            rows = session.query(DagRun).filter_by(dag_id=dag_id_of(name)).order_by(DagRun.id)
            return [(row.run_id, row.run_type, str(row.state), row.triggering_user_name, row.conf)
                    for row in rows]  # fmt: skip

    return look


@pytest.fixture
def alter(name):
    """Change what Airflow knows of the DAG or its last run."""

    def change(kind, **values):
        from airflow.models import DagModel
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session

        with create_session() as session:
            model = {"dag": DagModel, "run": DagRun}[kind]
            rows: Any = session.query(model).filter_by(dag_id=dag_id_of(name))
            for row in rows:
                for field, value in values.items():
                    setattr(row, field, value)

    return change


@pytest.fixture
def forget_runs(name):
    """Let somebody delete the runs of the data sync in Airflow."""

    def forget():
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session

        with create_session() as session:
            rows: Any = session.query(DagRun).filter_by(dag_id=dag_id_of(name))
            for row in rows:
                session.delete(row)

    return forget


class TestBegin:
    def test_a_version_that_airflow_knows_is_begun_at_once(
        self, put, name, operator, airflow_looks, dag_runs, ledger
    ):
        put()
        airflow_looks()

        run = where(operator.post(f"syncs/{name}/execute"))

        (asked,) = list_asked(ledger, name)
        assert dag_runs() == [(asked.dag_run_id, "manual", "queued", "operator", {})]
        assert asked.handed_over_at is not None
        text = plain(operator.get(run))
        assert "Airflow has the run and begins it as soon as a worker is free." in text
        assert "Take it back" not in text
        assert where(operator.post(f"syncs/{name}/execute")) == run
        assert len(dag_runs()) == 1

    def test_a_version_that_airflow_has_not_seen_waits_for_its_schedule(
        self, put, name, operator, airflow_looks, dag_runs, ledger
    ):
        put()
        airflow_looks()
        put(remark="# changed\n")

        run = where(operator.post(f"syncs/{name}/execute"))

        assert "Airflow knows version 1 and has not seen version 2 yet." in plain(operator.get(run))
        assert dag_runs() == []
        airflow_looks()  # stores the DAG itself only later, as it does so twice a minute at most
        assert "its scheduler makes the run next" in plain(operator.get(run))
        (asked,) = list_asked(ledger, name)
        assert self.next_run(name) == (asked.asked_at, asked.dag_run_id)

    def test_the_schedule_and_the_page_make_the_same_run(
        self, put, name, airflow_looks, dag_runs, ledger, operator
    ):
        put()
        operator.post(f"syncs/{name}/execute")
        (asked,) = list_asked(ledger, name)
        airflow_looks()
        assert self.next_run(name) == (asked.asked_at, asked.dag_run_id)

        assert [sync_dags.begin(asked) for _ in range(2)] == [True, True]

        assert [row[0] for row in dag_runs()] == [asked.dag_run_id]

    def test_a_dry_run_says_so_in_airflow(self, put, name, operator, airflow_looks, dag_runs):
        put()
        airflow_looks()

        operator.post(f"syncs/{name}/execute", {"dry": "yes"})

        assert [row[4] for row in dag_runs()] == [{"dry_run": True}]

    @pytest.mark.parametrize(
        ("state", "told"),
        [
            ({"is_paused": True}, "The DAG is paused in Airflow."),
            ({"has_import_errors": True}, "Airflow cannot read the DAG"),
            ({"is_stale": True}, "Airflow has not seen the data sync yet."),
        ],
        ids=["paused", "broken", "gone"],
    )
    def test_what_stands_in_its_way_is_told(
        self, put, name, operator, airflow_looks, alter, state, told
    ):
        put()
        airflow_looks()
        alter("dag", **state)

        run = where(operator.post(f"syncs/{name}/execute"))

        assert told in plain(operator.get(run))

    @pytest.mark.parametrize("what", ["failed", "deleted"])
    def test_a_run_that_ended_before_it_began_is_taken_back(
        self, put, name, operator, airflow_looks, alter, forget_runs, what
    ):
        put()
        airflow_looks()
        run = where(operator.post(f"syncs/{name}/execute"))
        if what == "failed":
            alter("run", state="failed")
        else:
            forget_runs()

        text = plain(operator.get(run))

        told = "has ended before it could begin" if what == "failed" else "somebody has deleted it"
        assert told in text
        assert where(operator.post(f"{run}/withdraw")) == "syncs?done=withdrawn"
        assert where(operator.post(f"syncs/{name}/execute")) != run

    def test_a_request_stands_while_airflows_database_is_away(
        self, put, name, operator, monkeypatch, ledger
    ):
        put()

        def away():
            raise OperationalError("select secret", {}, Exception("secret"))

        monkeypatch.setattr(sync_dags, "create_session", away)

        run = where(operator.post(f"syncs/{name}/execute"))

        assert len(list_asked(ledger, name)) == 1
        page = operator.get(run)
        assert "Airflow's database does not answer just now." in page.text
        assert "secret" not in page.text

    def next_run(self, name):
        """When Airflow's scheduler makes the next run by itself, and which."""
        from airflow.models import DagModel
        from airflow.models.dagbag import DBDagBag
        from airflow.utils.session import create_session
        from airflow.utils.types import DagRunType

        with create_session() as session:
            model: Any = session.get(DagModel, dag_id_of(name))
            dag: Any = DBDagBag().get_latest_version_of_dag(dag_id_of(name), session=session)
            due = model.next_dagrun_create_after
            run_id = dag.timetable.generate_run_id(
                run_type=DagRunType.SCHEDULED, run_after=due, data_interval=None
            )
            return due, run_id


class TestOpening:
    """What the first task makes of a request."""

    @pytest.fixture
    def open_run(self, put, name, airflow_looks, ledger):
        put()
        put(remark="# changed\n")
        asked = ask_for_run(ledger, name, FIELDS, actor="ola", is_dry_run=True)

        def begin():
            with DAG(asked.dag_id, schedule=None):
                operator = OpenDataSyncOperator(task_id="open_run", name=name, version=1)
            dag_run = type("DagRun", (), {"run_id": asked.dag_run_id})()
            context: Any = {"dag_run": dag_run, "params": {"dry_run": False}}
            return operator.execute(context)

        return asked, begin

    def test_is_that_of_whoever_asked(self, open_run, db):
        asked, begin = open_run

        assert begin() == str(asked.run_id) == str(run_id_of(asked.dag_id, asked.dag_run_id))
        rows = db.execute("select asked_by, is_dry_run, version from data_sync.run").fetchall()
        assert rows == [("ola", True, 2)]  # although the DAG is still that of version 1

    def test_is_refused_when_they_took_it_back(self, open_run, ledger, db):
        asked, begin = open_run
        withdraw_run(ledger, asked.run_id, actor="kari")

        with pytest.raises(Exception, match="taken back by kari before it began"):
            begin()

        assert db.execute("select count(*) from data_sync.run").fetchone() == (0,)


class TestRepeat:
    @pytest.fixture
    def failed(self, put, name, airflow_looks, operator, alter, sync_runs, ledger, db):
        """A run that Airflow has seen failing."""
        put()
        airflow_looks()
        operator.post(f"syncs/{name}/execute")
        (asked,) = list_asked(ledger, name)
        sync_runs.run(name, asked.run_id)
        db.execute("update data_sync.run set state = 'failed', stage = 'guarded'")
        alter("run", state="failed")
        return asked

    def test_lets_airflow_go_through_all_tasks_again(self, failed, operator, dag_runs, name):
        path = f"syncs/-/runs/{failed.run_id}"
        assert "Airflow goes through the run once more" in plain(operator.get(f"{path}/resume"))

        assert where(operator.post(f"{path}/resume")) == f"{path}?done=resumed"

        assert [row[2] for row in dag_runs()] == ["queued"]
        assert failed.dag_run_id in plain(operator.get(path))
        assert operator.post(f"{path}/resume").status_code == 409

    def test_is_refused_for_what_airflow_never_had(self, put, name, airflow_log_in):
        with pytest.raises(DecisionRefusedError, match="--resume"):
            sync_dags.repeat(name, run_id_of(dag_id_of(name), "x"))


class TestConnections:
    def test_that_may_be_library_systems_are_suggested(self, admin, monkeypatch):
        monkeypatch.setenv("AIRFLOW_CONN_KOHA_OF_ENVIRONMENT", "http://x")
        monkeypatch.setenv("AIRFLOW_CONN_REGISTRY_2030000", "http://x")

        text = admin.get("syncs/-/new").text

        assert '<option value="koha_of_environment">' in text
        assert "registry_2030000" not in text
        assert "patron_sync_keys" not in text

    def test_need_not_be_known(self, admin, monkeypatch):
        def away():
            raise OperationalError("select 1", {}, Exception())

        monkeypatch.setattr(sync_dags, "create_session", away)

        assert admin.get("syncs/-/new").status_code == 200
        with pytest.raises(UnavailableError, match="Airflow's database does not answer"):
            sync_dags.connection_ids()
