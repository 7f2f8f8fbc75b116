"""Whatever the ledger can say about a patron, staff can read."""

from __future__ import annotations

import re

import pytest

from registry_operators import errors
from registry_operators.domain.creation import Queue
from registry_operators.domain.explain_reasons import explain_reason, is_explained
from registry_operators.domain.explain_rules import (
    explain_failure,
    explain_rule,
    is_failure_explained,
    is_rule_explained,
)
from registry_operators.domain.reasons import Reason
from registry_operators.paths import PROJECT_DIR, SQL_DIR

_NO_REASONS = {"SYNC_WITH_NATIONAL_REGISTRY", "NO_CARD"}
_NOT_OF_A_LIBRARY = {"SYNC_ERROR", "RUN_FAILED", "DECISION_REFUSED"}
_CODE = re.compile(r"'([A-Z][A-Z_]{3,})'")


def codes_of(pattern: str) -> set[str]:
    """The codes that statements of the engine write, without texts of comments."""
    return {
        code
        for path in SQL_DIR.rglob(pattern)
        if path.parent.name in {"run", "push", "pull", "guard", "held"}
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.lstrip().startswith("--")
        for code in _CODE.findall(line)
    } - _NO_REASONS


def error_codes() -> set[str]:
    return {
        one.code
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, errors.SyncError)
    } - _NOT_OF_A_LIBRARY


def stop_codes() -> set[str]:
    """What the guard stops a library with."""
    source = PROJECT_DIR / "plugins/registry_operators/steps/guard_changes.py"
    return set(re.findall(r'^\s+"([A-Z]+_[A-Z]+)",$', source.read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_explained(reason: Reason) -> None:
    assert is_explained(reason)


def test_every_rule_that_a_statement_plans_with_is_explained() -> None:
    rules = codes_of("plan_*.sql") - {str(reason) for reason in Reason}

    assert len(rules) >= 5
    assert {rule for rule in rules | {"PATRON_DELETED"} if not is_rule_explained(rule)} == set()


def test_every_code_that_a_statement_writes_is_explained() -> None:
    assert {
        code for code in codes_of("*.sql") if not (is_explained(code) or is_rule_explained(code))
    } == set()


def test_every_failure_of_a_library_is_explained() -> None:
    codes = error_codes() | stop_codes() | {str(Reason.SEQUENCE_EXHAUSTED)}

    assert stop_codes()
    assert {code for code in codes if not is_failure_explained(code)} == set()


_QUEUES = [one for one in Queue if one is not Queue.NONE]


@pytest.mark.parametrize("queue", _QUEUES)
def test_what_waits_for_the_push_of_a_new_patron_is_explained_and_in_the_glossary(queue) -> None:
    glossary = (PROJECT_DIR / "docs/glossary.md").read_text("utf-8")

    assert is_explained(queue)
    assert f"`{queue}`" in glossary


@pytest.mark.parametrize("code", [*Reason, "NOT_YET_COMPARED", *_QUEUES])
def test_an_explanation_names_a_requirement_and_what_to_do(code: str) -> None:
    explanation = explain_reason(code)

    assert re.fullmatch(r"[NX]\d{1,2}(\.\d)?", explanation.rule)
    assert explanation.says.endswith(".")
    assert explanation.todo.endswith(".")


@pytest.mark.parametrize("explain", [explain_reason, explain_rule, explain_failure])
def test_a_code_of_another_release_is_named(explain) -> None:
    assert "FROM_TOMORROW" in explain("FROM_TOMORROW").says
