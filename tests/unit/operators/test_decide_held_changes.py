"""A person's answer: what reaches the steps, and what is refused before anything is written."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from airflow.sdk.exceptions import AirflowFailException

from registry_operators.errors import DecisionRefusedError, WriterBusyError
from registry_operators.operators import decide_held_changes_operator as module
from tests.factories import a_config

SET = UUID(int=1)
CONF = {"held_set_id": str(SET), "digest": "d" * 64}
OLA = {"id": "7", "name": "ola"}


class FakeSteps:
    """The steps that the operator calls: one set with a state, and what was asked of it."""

    def __init__(self) -> None:
        self.state = "open"
        self.asked_by = "schedule"
        self.calls: list[str] = []
        self.failing: Exception | None = None

    def list_held(self, ledger: object, state: str | None) -> list[Any]:
        return [SimpleNamespace(held_set_id=SET, state=self.state)]

    def approve_held(self, ledger: object, held_set_id: UUID, **how: Any) -> None:
        assert (held_set_id, how["digest"]) == (SET, CONF["digest"])
        self._must_be_open()
        if how["four_eyes"] and how["decided_by"] == self.asked_by:
            raise DecisionRefusedError("somebody else must")
        self.state = "approved"
        self.calls.append(f"approve by {how['decided_by']}: {how['reason']}")

    def reject_held(
        self, ledger: object, held_set_id: UUID, *, decided_by: str, reason: str
    ) -> int:
        self._must_be_open()
        self.state = "rejected"
        self.calls.append(f"reject by {decided_by}: {reason}")
        return 3

    def apply_held_changes(self, *_: object, held_set_id: UUID) -> list[str]:
        if self.failing is not None:
            raise self.failing
        if self.state == "applied":
            return []
        self.state = "applied"
        self.calls.append("apply")
        return ["AUDIT a", "AUDIT b"]

    def _must_be_open(self) -> None:
        if self.state != "open":
            raise DecisionRefusedError(f"the set is {self.state} and cannot be decided again")


class FakeLedger:
    def __enter__(self) -> FakeLedger:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> FakeSteps:
    fake = FakeSteps()
    for name in ("list_held", "approve_held", "reject_held", "apply_held_changes"):
        monkeypatch.setattr(module, name, getattr(fake, name))
    monkeypatch.setattr(module, "PatronDbHook", lambda _: SimpleNamespace(ledger=FakeLedger))
    sync = SimpleNamespace(config=fours(True), secrets=lambda: None)
    monkeypatch.setattr(module, "PatronSyncHook", lambda _: sync)
    monkeypatch.setattr(module, "PatronRegistryHook", lambda _: SimpleNamespace(connect=None))
    return fake


def fours(four_eyes: bool) -> Any:
    return lambda: a_config({"approval": {"four_eyes": four_eyes}})


def decide(answer: object, conf: dict[str, str] | None = CONF) -> dict[str, int]:
    context: Any = {
        "dag_run": SimpleNamespace(conf=conf),
        "ti": SimpleNamespace(xcom_pull=lambda task_ids: {"ask": answer}[task_ids]),
    }
    return module.DecideHeldChangesOperator(task_id="t", ask_task_id="ask").execute(context)


def answered(*options: str, by: dict[str, str] | None = OLA) -> dict[str, object]:
    return {"chosen_options": list(options), "responded_by_user": by}


def test_an_approval_is_carried_out_in_the_name_of_who_answered(steps: FakeSteps) -> None:
    assert decide(answered("Approve")) == {"lines": 2}

    assert steps.calls == ["approve by ola: decided in Airflow", "apply"]


@pytest.mark.parametrize("options", [("Reject",), (), ("Approve", "Reject"), ("approve",)])
def test_anything_but_approve_rejects(steps: FakeSteps, options: tuple[str, ...]) -> None:
    assert decide(answered(*options)) == {"lines": 0}

    assert steps.calls == ["reject by ola: decided in Airflow"]


@pytest.mark.parametrize(
    "answer",
    [None, {}, answered("Approve", by=None), answered("Approve", by={}),
     answered("Approve", by={"id": "7", "name": ""})],
)  # fmt: skip
def test_without_somebody_who_answered_nothing_is_decided(steps: FakeSteps, answer: object) -> None:
    with pytest.raises(AirflowFailException, match="nobody has answered"):
        decide(answer)

    assert (steps.state, steps.calls) == ("open", [])


@pytest.mark.parametrize("conf", [None, {}, {"digest": "d"}])
def test_a_run_that_no_night_has_started_is_told(
    steps: FakeSteps, conf: dict[str, str] | None
) -> None:
    with pytest.raises(AirflowFailException, match="started by the nightly runs"):
        decide(answered("Approve"), conf)

    assert steps.calls == []


def test_whoever_asked_may_not_approve_and_is_not_retried(steps: FakeSteps) -> None:
    steps.asked_by = "ola"

    with pytest.raises(AirflowFailException, match="DECISION_REFUSED: somebody else must"):
        decide(answered("Approve"))

    assert (steps.state, steps.calls) == ("open", [])


def test_two_pairs_of_eyes_are_needed_only_where_configured(
    steps: FakeSteps, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.asked_by = "ola"
    sync = SimpleNamespace(config=fours(False), secrets=lambda: None)
    monkeypatch.setattr(module, "PatronSyncHook", lambda _: sync)

    assert decide(answered("Approve")) == {"lines": 2}


@pytest.mark.parametrize(
    ("state", "option"),
    [("rejected", "Approve"), ("applied", "Reject"), ("approved", "Reject"),
     ("expired", "Approve"), ("expired", "Reject"), ("superseded", "Approve")],
)  # fmt: skip
def test_a_set_that_is_decided_otherwise_is_left_as_it_is(
    steps: FakeSteps, state: str, option: str
) -> None:
    steps.state = state

    with pytest.raises(AirflowFailException, match=f"the set is {state}"):
        decide(answered(option))

    assert (steps.state, steps.calls) == (state, [])


def test_an_interrupted_approval_goes_on_when_the_task_is_repeated(steps: FakeSteps) -> None:
    steps.failing = WriterBusyError("another run is writing")
    with pytest.raises(WriterBusyError):
        decide(answered("Approve"))
    steps.failing = None

    assert decide(answered("Approve")) == {"lines": 2}
    assert steps.calls == ["approve by ola: decided in Airflow", "apply"]


def test_a_repeated_task_leaves_a_set_that_is_applied_alone(steps: FakeSteps) -> None:
    decide(answered("Approve"))

    assert decide(answered("Approve")) == {"lines": 0}
    assert steps.calls == ["approve by ola: decided in Airflow", "apply"]


def test_a_repeated_rejection_is_not_an_error(steps: FakeSteps) -> None:
    decide(answered("Reject"))

    assert decide(answered("Reject")) == {"lines": 0}
    assert steps.calls == ["reject by ola: decided in Airflow"]
