"""A night that exceeds a limit, and the DAG in which a person decides."""

from __future__ import annotations

from registry_operators.ledger.database import Ledger
from registry_operators.steps.decide_held_changes import list_held
from tests.dags.conftest import LIBRARY
from tests.dags.test_dag_runs import run, tallies


def test_a_night_that_exceeds_a_limit_is_green_and_asks_with_ids_and_counts_only(
    dag_bag, strict, database_url, asked
):
    dag_run, states = run(dag_bag, "registry_to_cicero", libraries=[LIBRARY])

    assert (str(dag_run.state), set(states.values())) == ("success", {"success"})
    assert tallies(database_url, dag_run)[LIBRARY].held > 1
    with Ledger.connect(database_url) as ledger:
        held = list_held(ledger)
    assert {row.kind for row in held} == {"pin_overwrites", "card_overwrites"}
    assert asked() == {
        str(row.held_set_id): {
            "held_set_id": str(row.held_set_id), "digest": row.digest, "library": LIBRARY,
            "kind": row.kind, "changes": row.changes, "allowed": 1,
        }
        for row in held
    }  # fmt: skip


def test_a_night_within_its_limits_asks_nobody_and_is_green(
    dag_bag, world, db, database_url, asked
):
    dag_run, states = run(dag_bag, "registry_to_cicero", libraries=[LIBRARY])

    assert str(dag_run.state) == "success"
    assert (states["ask_for_decisions"], states["close_run"]) == ("skipped", "success")
    assert set(states.values()) == {"success", "skipped"}
    assert asked() == {}
    assert db.execute("select state from patron_sync.run").fetchall() == [("succeeded",)]


def test_a_question_that_cannot_be_asked_turns_a_run_red_that_is_done_otherwise(
    dag_bag, strict, db, monkeypatch, asked
):
    def breaks(context):
        raise RuntimeError("broken on purpose")

    operator = dag_bag.dags["registry_to_cicero"].get_task("list_held_changes")
    monkeypatch.setattr(operator, "execute", breaks)
    monkeypatch.setattr(operator, "retries", 0)

    dag_run, states = run(dag_bag, "registry_to_cicero", libraries=[LIBRARY])

    assert (states["list_held_changes"], states["report_run"]) == ("failed", "success")
    assert states["close_run"] == "success"
    assert db.execute("select state from patron_sync.run").fetchall() == [("succeeded",)]
    assert str(dag_run.state) == "failed"
