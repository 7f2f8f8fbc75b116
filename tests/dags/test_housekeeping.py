"""The housekeeping DAG on a real database."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.serialization.serialized_objects import DagSerialization
from psycopg.conninfo import conninfo_to_dict

from registry_operators.ledger.audit_trail import AuditTrail
from tests.db.sync_bench import SyncWorld, a_record, a_sync_run_id
from tests.factories import DEMO_KEYS_CONNECTION, LIBRARY, a_patron, a_run


@pytest.fixture
def housekeeping(dag_bag, database_url, ledger, monkeypatch, tmp_path: Path):
    """Run the DAG on one database; return its state and those of its tasks."""
    place = conninfo_to_dict(database_url)
    patron_db = {
        "conn_type": "postgres",
        "host": place["host"],
        "login": place["user"],
        "schema": place["dbname"],
    }
    monkeypatch.setenv("AIRFLOW_CONN_PATRON_DB", json.dumps(patron_db))
    monkeypatch.setenv("AIRFLOW_CONN_PATRON_SYNC_KEYS", json.dumps(DEMO_KEYS_CONNECTION))
    monkeypatch.setenv("PATRON_SYNC_AUDIT_DIR", str(tmp_path))
    for library in ("2030000", "2040000", "2050000", "2070000"):
        monkeypatch.setenv(f"AIRFLOW_CONN_REGISTRY_{library}", '{"conn_type": "http"}')
    AuditTrail(ledger).append("configure", actor="kari")

    def run():
        dag_run = dag_bag.dags["housekeeping"].test()
        states = {task.task_id: str(task.state) for task in dag_run.get_task_instances()}
        return str(dag_run.state), states

    return run


def test_removes_what_is_old_and_signs_the_trail(
    housekeeping, ledger, cicero, db, tmp_path: Path
) -> None:
    cicero.add(a_patron())
    a_run(ledger)
    db.execute(
        "insert into patron_sync.journal (run_id, library, record_no, field, target,"
        " patron_id, person_key, action, written_at) values (gen_random_uuid(), %s, 1,"
        " 'pin', 'cicero', 1, '', 'update', now() - interval '15 days')",
        [LIBRARY],
    )

    state, _ = housekeeping()

    assert state == "success"
    assert db.execute("select count(*) from patron_sync.journal").fetchone() == (0,)
    assert len((tmp_path / "heads.jsonl").read_text().splitlines()) == 1


def test_is_red_while_somebody_waits_too_long_and_the_rest_is_done(
    housekeeping, cicero, db
) -> None:
    patron_id = cicero.add(a_patron())
    db.execute(
        "insert into patron_sync.pending (flow, library, patron_id, reason, since)"
        " values ('push', %s, %s, 'REFUSED', now() - interval '4 days')",
        [LIBRARY, patron_id],
    )

    state, states = housekeeping()

    assert state == "failed"
    assert states == {
        "sign_audit": "success", "expire_held_syncs": "success", "apply_retention": "success",
        "check_outbox": "failed",
    }  # fmt: skip


def test_drops_what_data_syncs_held_too_long_and_tidies_old_runs(housekeeping, ledger, db) -> None:
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(1)]
    syncs.run()
    syncs.ils.records += [a_record(index) for index in range(2, 42)]
    assert syncs.run().totals["held"] == 40
    db.execute("update data_sync.run set started_at = started_at - interval '8 days',"
               " finished_at = finished_at - interval '8 days'")  # fmt: skip

    state, _ = housekeeping()

    assert state == "success"
    assert db.execute("select state from data_sync.run order by started_at").fetchall() == [
        ("succeeded",), ("succeeded",)
    ]  # fmt: skip
    assert db.execute("select count(*) from data_sync.staged where fields is not null"
                      " and run_id = %s", [a_sync_run_id(1)]).fetchone() == (0,)  # fmt: skip


class TestHouseRules:
    def test_is_documented_tagged_and_owned(self, dag_bag) -> None:
        dag = dag_bag.dags["housekeeping"]

        assert dag.doc_md.lstrip().startswith("# ")
        assert set(dag.tags) == {"patrons", "housekeeping"}
        assert {task.owner for task in dag.tasks} == {"patron-sync"}
        assert [task for task in dag.task_ids if f"`{task}`" not in dag.doc_md] == []

    def test_runs_once_at_a_time_with_retries_and_a_time_out(self, dag_bag) -> None:
        dag = dag_bag.dags["housekeeping"]

        assert (dag.catchup, dag.max_active_runs) == (False, 1)
        assert dag.dagrun_timeout == timedelta(hours=6)
        assert {task.retries for task in dag.tasks} == {3}
        assert all(task.execution_timeout for task in dag.tasks)
        assert DagSerialization.serialize_dag(dag)
