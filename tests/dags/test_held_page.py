"""A decision on the page is the one that Airflow asks for, and ends its question (X2)."""

from __future__ import annotations

import threading
import time

import pytest

from registry_operators.ledger.database import Ledger
from registry_operators.steps.decide_held_changes import list_held
from registry_operators.web import airflow_question
from registry_operators.web.app import airflow_app
from tests.dags.conftest import LIBRARY
from tests.dags.test_dag_runs import run
from tests.web.browser import Browser, served

DAG_ID = "apply_held_changes"
WITHIN_S = 60.0


@pytest.fixture
def question(dag_bag, strict, asked):
    """What a pull that held changed PINs asks."""
    run(dag_bag, "registry_to_cicero", libraries=[LIBRARY])
    return next(conf for conf in asked().values() if conf["kind"] == "pin_overwrites")


@pytest.fixture
def page(strict):
    """The pages as Airflow's API server has them, and an operator who looks at them."""
    from airflow.api_fastapi.app import get_auth_manager, init_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    init_auth_manager()
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="kari", role="user"))
    app = airflow_app()
    yield Browser(served(app), token)
    app.state.site.room.errands.wait()
    app.state.site.room.close()


def waiting_run():
    """The id of the run whose question is open, once there is one."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session

    with create_session() as session:
        row = session.query(TaskInstance.run_id).filter_by(dag_id=DAG_ID, state="awaiting_input")
        found = row.first()
    return found[0] if found else None


@pytest.fixture
def decide(dag_bag, db, database_url, question, page, monkeypatch):
    """Let somebody decide on the page while Airflow asks; returns what both say then."""

    def decide(decision):
        answers = []

        def wait_and_decide():
            deadline = time.monotonic() + WITHIN_S
            while time.monotonic() < deadline:
                if (run_id := waiting_run()) is not None:
                    # A DAG run that a test makes has an id of its own.
                    monkeypatch.setattr(airflow_question, "run_of", lambda _: run_id)
                    form = {"decision": decision, "digest": question["digest"], "reason": "right"}
                    answers.append(page.post(f"held/{question['held_set_id']}/decide", form))
                    return
                time.sleep(0.2)

        person = threading.Thread(target=wait_and_decide, daemon=True)
        person.start()
        dag_run = dag_bag.dags[DAG_ID].test(run_conf=question)
        person.join()
        states = {task.task_id: str(task.state) for task in dag_run.get_task_instances()}
        with Ledger.connect(database_url) as ledger:
            sets = {str(row.held_set_id): row for row in list_held(ledger, None)}
        (answer,) = answers
        return answer, states, sets[question["held_set_id"]]

    return decide


def test_an_approval_ends_the_question_and_airflow_carries_it_out(decide, db) -> None:
    answer, states, held = decide("approve")

    assert answer.headers["location"].endswith("?done=asked")
    assert states == {"ask": "success", "decide": "success"}
    assert (held.state, held.decided_by, held.decision_reason) == ("applied", "kari", "right")
    events = (
        "select actor, count(*) from patron_sync.audit_event where action = 'approve' group by 1"
    )
    assert db.execute(events).fetchall() == [("kari", 1)]


def test_a_rejection_ends_the_question(decide, db) -> None:
    answer, states, held = decide("reject")

    assert answer.headers["location"].endswith("?done=rejected")
    assert states == {"ask": "success", "decide": "success"}
    assert (held.state, held.decided_by) == ("rejected", "kari")
    changed = "select from patron_sync.plan where held_set_id = %s and state = 'confirmed'"
    assert db.execute(changed, [held.held_set_id]).fetchall() == []


def test_the_question_is_found_by_the_id_that_the_nightly_run_gives_it(question, asked) -> None:
    from airflow.models import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:
        ids = {row.run_id for row in session.query(DagRun).filter_by(dag_id=DAG_ID)}

    assert airflow_question.run_of(question["held_set_id"]) in ids
