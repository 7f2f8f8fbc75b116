"""A statement without a test of its own would be found by nobody but the night run."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry_operators.paths import SQL_DIR

HERE = Path(__file__).parent
STATEMENTS = sorted(
    path.relative_to(SQL_DIR).with_suffix("").as_posix()
    for path in SQL_DIR.rglob("*.sql")
    if path.parent.name != "schema"
)
TESTS = "\n".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_sql_*.py"))


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_sql_file_has_a_test_of_its_name(statement: str) -> None:
    assert f'"{statement}"' in TESTS
    assert f"def test_{statement.rpartition('/')[2]}_" in TESTS


def test_there_are_statements() -> None:
    assert len(STATEMENTS) > 50
