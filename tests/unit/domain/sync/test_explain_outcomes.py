"""Whatever a run of a data sync can say about a record, staff can read (X6)."""

from __future__ import annotations

import re

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.domain.sync.explain_outcomes import explain_outcome, is_outcome_explained
from registry_operators.domain.sync.record_mapper import Defect
from registry_operators.paths import SQL_DIR

_NO_REASONS = {"UTC"}
_SQL = "\n".join(
    line
    for path in (SQL_DIR / "data_sync").glob("*.sql")
    for line in path.read_text(encoding="utf-8").splitlines()
    if not line.startswith("--")
)
# Of what an undo left of a run's things, not of a record.
_OF_AN_UNDO = {"CHANGED_SINCE", "GONE"}
CODES = sorted(
    (set(re.findall(r"'([A-Z][A-Z_]+)'", _SQL)) - _NO_REASONS - _OF_AN_UNDO)
    | {*map(str, Defect), Reason.REJECTED, Reason.EXPIRED, "UNDONE"}
)


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained_with_its_requirement_and_what_to_do(code: str) -> None:
    explanation = explain_outcome(code)

    assert is_outcome_explained(code)
    assert re.fullmatch(r"[DX]\d{1,2}(\.\d)?", explanation.rule)
    assert explanation.says.endswith(".")
    assert explanation.todo.endswith(".")


def test_there_are_codes() -> None:
    assert len(CODES) > 12


def test_a_code_of_another_release_is_named() -> None:
    assert "FROM_TOMORROW" in explain_outcome("FROM_TOMORROW").says
