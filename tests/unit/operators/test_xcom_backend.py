"""The backend that Airflow is configured with, asked as Airflow asks it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from registry_operators.operators.xcom_backend import HarmlessXCom
from tests.factories import a_national_id, a_run_id

ANSWER = {
    "chosen_options": ["Approve"],
    "params_input": {},
    "responded_at": datetime(2026, 3, 2, 8, tzinfo=UTC),
    "responded_by_user": {"id": "kari", "name": "Kari Nordmann"},
}


def test_airflow_uses_it() -> None:
    from airflow.sdk.execution_time.xcom import XCom

    assert XCom is HarmlessXCom


def test_a_harmless_value_comes_back_as_it_was() -> None:
    value = [["2030000"], ["2040000"]]

    stored = HarmlessXCom.serialize_value(value, key="return_value", task_id="open_run")

    assert stored == value


def test_every_code_of_a_failure_passes() -> None:
    rows = [{"failure": code} for code in ("LOGIN_REFUSED", "WRITER_BUSY", "FAILING_RECORDS")]

    assert HarmlessXCom.serialize_value(rows, task_id="report_run") == rows


def test_a_refusal_ends_the_task_and_does_not_repeat_the_value() -> None:
    from airflow.sdk.exceptions import AirflowFailException

    with pytest.raises(AirflowFailException) as caught:
        HarmlessXCom.serialize_value({"lines": a_national_id()}, task_id="plan_changes")

    assert "XCOM_REFUSED: task plan_changes" in str(caught.value)
    assert "(lines: str)" in str(caught.value)
    assert a_national_id() not in str(caught.value)


@pytest.mark.parametrize("address", ["/", "http://localhost:8080/", "https://sync.example.org/af"])
def test_airflows_link_to_a_run_that_asks_passes(monkeypatch, address: str) -> None:
    from airflow.sdk.exceptions import AirflowFailException
    from airflow.utils.helpers import build_airflow_dagrun_url

    monkeypatch.setenv("AIRFLOW__API__BASE_URL", address)
    link = build_airflow_dagrun_url("apply_held_changes", f"held-{a_run_id()}")

    assert HarmlessXCom.serialize_value(link, task_id="ask_for_decisions") == link
    with pytest.raises(AirflowFailException):
        HarmlessXCom.serialize_value(f"https://{a_national_id()}.example.org{link}", task_id="t")


def test_an_answer_of_staff_passes_from_the_one_task_that_asks() -> None:
    from airflow.sdk.exceptions import AirflowFailException

    HarmlessXCom.serialize_value(ANSWER, dag_id="apply_held_changes", task_id="ask")

    with pytest.raises(AirflowFailException):
        HarmlessXCom.serialize_value(ANSWER, dag_id="cicero_to_registry", task_id="ask")
