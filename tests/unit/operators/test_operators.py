"""The seam between operator and step: arguments, XCom values, AUDIT lines."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from registry_operators.domain.tally import LibraryTally
from registry_operators.operators import (
    filter_consent_operator,
    open_sync_run_operator,
    report_run_operator,
    staging_to_cicero_operator,
)
from registry_operators.steps.library_failures import StepResult
from tests.factories import KEYS, a_config

RUN_ID = "5b0c2d5e-0000-4000-8000-000000000001"


class FakeLedger:
    """A ledger that is only handed on."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class FakeTask:
    try_number, max_tries = 1, 3

    def __init__(self):
        self.pushed = {}

    def xcom_push(self, *, key, value):
        self.pushed[key] = value


def a_context(task: FakeTask | None = None) -> Any:
    """What Airflow hands to an operator, as far as ours look at it."""
    return {"dag_run": SimpleNamespace(run_id="manual__1"), "params": {}, "ti": task or FakeTask()}


@pytest.fixture
def outside(monkeypatch):
    """The hooks that an operator module has, replaced; returns what the step was called with."""

    def replace(module, step, answer):
        calls = []

        def fake_step(*args, **kwargs):
            calls.append((args, kwargs))
            return answer

        monkeypatch.setattr(module, step, fake_step)
        db_hook = lambda conn_id: SimpleNamespace(ledger=FakeLedger)  # noqa: E731
        monkeypatch.setattr(module, "PatronDbHook", db_hook)
        sync_hook = lambda conn_id: SimpleNamespace(  # noqa: E731
            config=a_config, secrets=lambda: SimpleNamespace(keys=KEYS)
        )
        monkeypatch.setattr(module, "PatronSyncHook", sync_hook, raising=False)
        return calls

    return replace


def test_a_step_operator_takes_its_run_and_counts_its_audit_lines(outside):
    calls = outside(filter_consent_operator, "filter_consent", ["AUDIT a", "AUDIT b"])
    operator = filter_consent_operator.FilterConsentOperator(task_id="t", sync_run_id=RUN_ID)

    value = operator.execute({})

    assert value == {"lines": 2}
    assert calls[0][1] == {"run_id": UUID(RUN_ID)}


def test_a_mapped_operator_works_for_its_libraries(outside):
    calls = outside(staging_to_cicero_operator, "apply_to_cicero", StepResult())
    operator = staging_to_cicero_operator.StagingToCiceroOperator(
        task_id="t", sync_run_id=RUN_ID, libraries=["2030000", "2040000"]
    )

    value = operator.execute(a_context())

    assert value == {"libraries": 2, "unfinished": 0}
    assert calls[0][1]["libraries"] == ["2030000", "2040000"]


def test_opening_spreads_the_libraries_and_hands_on_the_same_id_at_a_retry(outside):
    outside(open_sync_run_operator, "open_run", ["1", "2", "3"])
    operator = open_sync_run_operator.OpenSyncRunOperator(task_id="t", flow="pull")
    tasks = [FakeTask(), FakeTask()]

    groups = [operator.execute(a_context(task)) for task in tasks]

    assert groups[0] == [["1", "3"], ["2"]]
    assert tasks[0].pushed == tasks[1].pushed
    assert UUID(tasks[0].pushed["sync_run_id"])


def test_opening_hands_on_one_empty_group_when_no_library_is_enabled(outside):
    outside(open_sync_run_operator, "open_run", [])
    operator = open_sync_run_operator.OpenSyncRunOperator(task_id="t", flow="push")

    assert operator.execute(a_context()) == [[]]


def test_the_report_is_red_and_names_library_and_cause(outside):
    tally = LibraryTally("pull", "2030000", failure_code="X", failure_detail="no log-in")
    outside(report_run_operator, "report_run", [tally])
    operator = report_run_operator.ReportRunOperator(task_id="t", sync_run_id=RUN_ID)

    with pytest.raises(Exception, match="library 2030000: no log-in"):
        operator.execute({})


def test_the_report_is_red_when_the_numbers_do_not_add_up(outside):
    outside(report_run_operator, "report_run", [LibraryTally("pull", "2030000", read=3, updated=2)])
    operator = report_run_operator.ReportRunOperator(task_id="t", sync_run_id=RUN_ID)

    with pytest.raises(Exception, match="read 3, accounted 2: 1 record has no outcome"):
        operator.execute({})
