"""Somebody answers the question about held changes, in Airflow, and the answer is carried out."""

from __future__ import annotations

import pytest

from registry_operators.ledger.database import Ledger
from registry_operators.steps.decide_held_changes import list_held
from tests.dags.conftest import LIBRARY
from tests.dags.hitl_desk import somebody_answers
from tests.dags.test_dag_runs import run

DAG_ID = "apply_held_changes"
PINS = (
    "select count(*), count(*) filter (where changed_at > %s) from cicero.pin"
    " inner join cicero.patron using (patron_id) where library = '2030000'"
)
STATES = (
    "select distinct plan.state from patron_sync.plan as plan"
    " inner join patron_sync.held_set as held using (held_set_id)"
    " where held.kind = 'pin_overwrites'"
)


@pytest.fixture
def question(dag_bag, strict, asked):
    """What a pull that held changed PINs asks."""
    run(dag_bag, "registry_to_cicero", libraries=[LIBRARY])
    return next(conf for conf in asked().values() if conf["kind"] == "pin_overwrites")


@pytest.fixture
def answer(dag_bag, db, database_url, question):
    """Let somebody answer; returns states of the tasks, the set, and how many PINs were written."""

    def answer(option, user="kari"):
        now = db.execute("select clock_timestamp()").fetchone()
        with somebody_answers(DAG_ID, option, user=user) as answers:
            dag_run = dag_bag.dags[DAG_ID].test(run_conf=question)
        assert [one.status_code for one in answers] == [200]
        states = {task.task_id: str(task.state) for task in dag_run.get_task_instances()}
        with Ledger.connect(database_url) as ledger:
            sets = {str(row.held_set_id): row for row in list_held(ledger, None)}
        _, written = db.execute(PINS, now).fetchone()
        return states, sets[question["held_set_id"]], written

    return answer


def test_an_approval_is_carried_out(answer, question, db) -> None:
    states, held, written = answer("Approve")

    assert states == {"ask": "success", "decide": "success"}
    assert (held.state, written) == ("applied", question["changes"])
    assert db.execute(STATES).fetchall() == [("confirmed",)]
    who = "select actor from patron_sync.audit_event where action = 'approve'"
    assert db.execute(who).fetchall() == [("kari",)]


def test_a_rejection_writes_nothing(answer, db) -> None:
    states, held, written = answer("Reject")

    assert states == {"ask": "success", "decide": "success"}
    assert (held.state, written) == ("rejected", 0)
    assert db.execute(STATES).fetchall() == [("dropped",)]


def test_who_started_the_run_may_not_approve_it(answer, db) -> None:
    db.execute("update patron_sync.held_set set asked_by = 'kari'")

    states, held, written = answer("Approve")

    assert states == {"ask": "success", "decide": "failed"}
    assert (held.state, written) == ("open", 0)


def test_a_question_is_asked_although_new_dags_are_paused(dag_bag) -> None:
    """Airflow only queues the runs of a paused DAG, and nobody would ever be asked."""
    assert dag_bag.dags[DAG_ID].is_paused_upon_creation is False
