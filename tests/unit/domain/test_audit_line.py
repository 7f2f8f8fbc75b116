from __future__ import annotations

import re
from pathlib import Path

from registry_operators.domain.audit_line import audit_line
from registry_operators.domain.reasons import Reason
from registry_operators.paths import SQL_DIR


def test_a_line_has_flow_step_library_counts_and_labels_in_this_order() -> None:
    line = audit_line("push", "load", "2030000", {"in": 3, "out": 1}, reason="NO_CONSENT", rule="R")

    assert line == "AUDIT flow=push step=load library=2030000 in=3 out=1 reason=NO_CONSENT rule=R"


def test_a_label_without_value_is_left_out() -> None:
    assert audit_line("pull", "plan", "2030000", {}, reason=None).endswith("library=2030000")


def test_a_reason_is_written_as_its_code() -> None:
    line = audit_line("pull", "plan", "2030000", {}, reason=Reason.CARD_IN_USE)

    assert line.endswith(" reason=CARD_IN_USE")


def test_a_reason_has_one_code_that_is_its_name() -> None:
    assert all(reason.name == reason.value for reason in Reason)


def test_every_reason_that_sql_gives_is_one_of_the_list() -> None:
    files = [SQL_DIR / "pull" / "filter_consent.sql", SQL_DIR / "push" / "filter_consent.sql"]

    given = {code for file in files for code in _codes_after_then(file)}

    assert given <= set(Reason)


def _codes_after_then(file: Path) -> list[str]:
    return re.findall(r"then '([A-Z_]+)'", file.read_text(encoding="utf-8"))
