"""The DAG that watches, deadlines, and what the ends of other DAGs tell, on a real database."""

from __future__ import annotations

import json

import pytest
import yaml

from registry_operators.operators.look_around import look_now
from registry_operators.settings.time_zone import libraries_file
from tests.factories import LIBRARY, a_patron
from tests.unit.clients.ils_stub import saying
from tests.unit.clients.mail_stub import mail_server


@pytest.fixture
def told(patron_db, monkeypatch, tmp_path):
    """Mail and webhook on this machine; what they got, as subjects and JSON."""
    content = yaml.safe_load(libraries_file().read_text(encoding="utf-8"))
    content["alerts"] = {
        "mail": {"sender": "sync@library.invalid", "recipients": ["ops@library.invalid"]},
        "webhook": {},
    }
    file = tmp_path / "libraries.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setenv("PATRON_SYNC_LIBRARIES", str(file))
    for library in content["libraries"]:
        monkeypatch.setenv(f"AIRFLOW_CONN_REGISTRY_{library}", '{"conn_type": "http"}')
    posted = []

    def answer(asked):
        posted.append(json.loads(asked.body))
        return 200, "", {}

    with mail_server() as mails, saying(answer) as url:
        server = {"conn_type": "smtp", "host": "127.0.0.1", "port": mails.port,
                  "extra": {"tls": "none"}}  # fmt: skip
        monkeypatch.setenv("AIRFLOW_CONN_ALERT_MAIL", json.dumps(server))
        monkeypatch.setenv("AIRFLOW_CONN_ALERT_WEBHOOK", url)
        yield lambda: ([mail["Subject"] for mail in mails.mails], posted)


def run(dag_bag, dag_id):
    return str(dag_bag.dags[dag_id].test().state)


def codes(posted):
    return [
        [(one["status"], one["code"], one["item"]) for one in message["alerts"]]
        for message in posted
    ]


NOT_DONE = ("wrong", "NOT_DONE", None)


def test_what_is_wrong_is_told_once_over_both_channels(dag_bag, told) -> None:
    states = [run(dag_bag, "watch") for _ in range(2)]

    subjects, posted = told()
    assert states == ["success", "success"]
    assert codes(posted) == [[NOT_DONE, NOT_DONE]]
    (subject,) = subjects
    assert subject.startswith("[patron-sync] critical: pull: not done by 07:00; missing libraries:")


def test_a_deadline_makes_it_look_at_once(told) -> None:
    look_now()

    assert codes(told()[1]) == [[NOT_DONE, NOT_DONE]]


def test_a_dag_that_ends_red_is_told_and_so_is_its_recovery(
    dag_bag, told, cicero, db, monkeypatch, tmp_path
) -> None:
    monkeypatch.setenv("PATRON_SYNC_AUDIT_DIR", str(tmp_path))
    look_now()
    patron_id = cicero.add(a_patron())
    db.execute(
        "insert into patron_sync.pending (flow, library, patron_id, reason, since)"
        " values ('push', %s, %s, 'REFUSED', now() - interval '4 days')",
        [LIBRARY, patron_id],
    )

    red = run(dag_bag, "housekeeping")
    db.execute("delete from patron_sync.pending")
    green = run(dag_bag, "housekeeping")

    assert (red, green) == ("failed", "success")
    assert codes(told()[1])[1:] == [
        [("wrong", "DAG_FAILED", "housekeeping"), ("wrong", "WAITING_TOO_LONG", None)],
        [("over", "DAG_FAILED", "housekeeping"), ("over", "WAITING_TOO_LONG", None)],
    ]


def test_without_the_database_a_red_dag_is_told_directly(dag_bag, told, monkeypatch) -> None:
    nowhere = {"conn_type": "postgres", "host": "127.0.0.1", "port": 1}
    monkeypatch.setenv("AIRFLOW_CONN_PATRON_DB", json.dumps(nowhere))
    dag = dag_bag.dags["housekeeping"]
    for task in dag.tasks:
        monkeypatch.setattr(task, "retries", 0)

    assert run(dag_bag, "housekeeping") == "failed"

    assert codes(told()[1]) == [[("wrong", "DAG_FAILED", "housekeeping")]]


def test_it_is_red_when_a_channel_cannot_be_told_and_the_other_is(
    dag_bag, told, monkeypatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_ALERT_WEBHOOK", "http://127.0.0.1:1/")
    monkeypatch.setattr(dag_bag.dags["watch"].get_task("watch"), "retries", 0)

    assert run(dag_bag, "watch") == "failed"

    assert len(told()[0]) == 1


def test_a_wrong_file_is_told_all_the_same(dag_bag, told, tmp_path) -> None:
    file = tmp_path / "libraries.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["libraries"][LIBRARY]["default_pin"] = "12"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")

    assert run(dag_bag, "watch") == "success"

    assert codes(told()[1]) == [[("wrong", "CONFIGURATION", None)]]
