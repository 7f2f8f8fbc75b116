"""
Say which faults in the planner and the guards no test would find (``make mutants``, by hand).

Each statement is changed in one place, in memory only, and the tests of single statements that run
it are run until one fails. What fails none is listed, unless ``EQUIVALENT`` says why it makes no
difference.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from _pytest.runner import runtestprotocol

PROJECT_DIR = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT_DIR), str(PROJECT_DIR / "plugins")]

from registry_operators.ledger import database  # noqa: E402
from tools.sql_mutants import Mutant, mutants_of  # noqa: E402

SQL_DIR = PROJECT_DIR / "include" / "sql"
EQUIVALENT = PROJECT_DIR / "tools" / "equivalent_mutants.csv"
STATEMENTS = (
    "pull/plan_*", "push/plan_*", "run/plan_*", "run/judge_conflicts", "guard/*",
    "p*/list_missing_values", "p*/filter_consent", "p*/filter_local_cards",
)  # fmt: skip
TESTS = [
    f"tests/db/test_sql_{name}.py"
    for name in ("bystanders", "consent_filters", "guard*", "pull*", "push*", "values")
]
OUTCOMES = ("killed", "survived", "equivalent", "invalid")
# PostgreSQL refuses to run these, so they say nothing about the tests.
INVALID = re.compile(r"\((Syntax|Undefined|Ambiguous|DatatypeMismatch|Grouping|CannotCoerce)\w*")
TIME_OUT_S = 60


class Hunt:
    """Takes the place of pytest's loop over the tests: they are run again for each mutant."""

    def __init__(self, statements: dict[str, list[Mutant]]) -> None:
        self.statements = statements
        self.text: dict[str, bytes] = {}
        self.used_by: dict[str, dict[pytest.Item, float]] = defaultdict(dict)
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        with EQUIVALENT.open(encoding="utf-8", newline="") as file:
            self.equivalent = {tuple(row[:-1]) for row in csv.reader(file)}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Find out which test runs which statement, then hunt."""
        original, used = database._sql, set[str]()

        def read(statement: str) -> bytes:
            used.add(statement)
            return self.text.get(statement) or original(statement)

        database._sql = read  # type: ignore[assignment]
        for item in session.items:
            used.clear()
            start = time.monotonic()
            if failure := failure_of(item):
                raise pytest.UsageError(f"{item.nodeid} fails without a mutant:\n{failure}")
            for statement in used & self.statements.keys():
                self.used_by[statement][item] = time.monotonic() - start
        for statement, mutants in self.statements.items():
            self.hunt(statement, mutants)
        return True

    def hunt(self, statement: str, mutants: list[Mutant]) -> None:
        """Run the tests of a statement on each of its mutants; who killed last comes first."""
        took = self.used_by[statement]
        order = sorted(took, key=took.__getitem__)
        for mutant in mutants:
            self.text = {statement: mutant.text.encode()}
            for item in order:
                if failure := failure_of(item):
                    order.remove(item)
                    order.insert(0, item)
                    self.count(statement, "invalid" if INVALID.search(failure) else "killed")
                    break
            else:
                known = (statement, *mutant.key) in self.equivalent
                self.count(statement, "equivalent" if known else "survived")
                if not known:
                    row = io.StringIO()
                    csv.writer(row, lineterminator="").writerow((statement, *mutant.key))
                    say(f"{mutant.line:>4}  {row.getvalue()}")
        self.text = {}

    def count(self, statement: str, outcome: str) -> None:
        self.counts[statement][outcome] += 1


def failure_of(item: pytest.Item) -> str:
    """Run one test and keep what belongs to the session; empty when it passes."""
    item._initrequest()  # type: ignore[attr-defined]
    with time_limit():
        # The session as what comes next: everything is torn down but what belongs to it.
        reports = runtestprotocol(item, log=False, nextitem=item.session)  # type: ignore[arg-type]
    return "".join(report.longreprtext or "failed" for report in reports if report.failed)


@contextmanager
def time_limit() -> Iterator[None]:
    """Let a test fail that a mutant keeps from ending."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(TIME_OUT_S)
    try:
        yield
    finally:
        signal.alarm(0)


def say(line: str) -> None:
    """Write past pytest, which keeps what is written while tests run."""
    os.write(2, f"{line}\n".encode())


def table(counts: dict[str, Counter[str]]) -> Iterator[str]:
    """Yield the outcomes of each statement and of all; the score leaves out what is equivalent."""
    total: Counter[str] = sum(counts.values(), Counter())
    for name, count in (*counts.items(), ("all", total)):
        score = count["killed"] / max(1, count["killed"] + count["survived"])
        parts = "".join(f"{count[outcome]:>5} {outcome}" for outcome in OUTCOMES)
        yield f"{name:<28}{parts}{score:>7.1%}"


def main() -> int:
    """Hunt the mutants of the statements that were named, and tell what was found."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("statements", nargs="*", default=STATEMENTS, help="such as guard/*")
    arguments.add_argument("--tests", nargs="*", default=TESTS, help="files, by glob")
    given = arguments.parse_args()
    files = sorted(path for name in given.statements for path in SQL_DIR.glob(f"{name}.sql"))
    hunt = Hunt(
        {
            path.relative_to(SQL_DIR).with_suffix("").as_posix(): mutants_of(
                path.read_text("utf-8")
            )
            for path in files
        }
    )
    tests = [str(path) for name in given.tests for path in sorted(PROJECT_DIR.glob(name))]
    os.environ["PGOPTIONS"] = "-c statement_timeout=20s"
    pytest.main(["-p", "no:cacheprovider", *tests], plugins=[hunt])
    sys.stdout.writelines(f"{line}\n" for line in table(hunt.counts))
    return not hunt.counts or any(count["survived"] for count in hunt.counts.values())


if __name__ == "__main__":
    sys.exit(main())
