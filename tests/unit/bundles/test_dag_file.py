from __future__ import annotations

import ast
from datetime import UTC, datetime
from typing import Any

import pytest

from registry_operators.bundles.dag_file import broken_file, dag_file
from registry_operators.settings.data_sync import parse_definition
from registry_operators.steps.data_sync.published import Published
from tests.db.sync_bench import FIELDS, a_document

SINCE = datetime(2026, 11, 22, 8, tzinfo=UTC)
SCHEDULE = 'schedule: {first: 2026-12-01, at: "06:30", every: 2 weeks, last: 2027-06-30}\n'
NO_RUNS = {"first": None, "at": None, "zone": "Europe/Oslo", "every": None, "last": None}


def a_file(text: str, *, is_cancelled: bool = False) -> str:
    published = Published("readers", 3, text, SINCE, is_cancelled)
    return dag_file(published, parse_definition(text, FIELDS), "Europe/Oslo")


def arguments(text: str) -> dict[str, Any]:
    """What the file hands to the function that makes the DAG: literals, and nothing else."""
    tree = ast.parse(text)
    call = tree.body[-1]
    assert isinstance(call, ast.Assign)
    assert isinstance(call.value, ast.Call)
    assert [type(one).__name__ for one in tree.body] == ["Expr", "ImportFrom", "Assign"]
    return {one.arg or "": ast.literal_eval(one.value) for one in call.value.keywords}


def test_all_that_it_needs_stands_in_it():
    found = arguments(a_file(a_document() + SCHEDULE))

    assert {name: value for name, value in found.items() if name != "doc"} == {
        "name": "readers",
        "version": 3,
        "description": "",
        "after_pull": False,
        "ils": "koha",
        "schedule": {
            "first": "2026-12-01", "at": "06:30", "zone": "Europe/Oslo", "every": (2, "week"),
            "last": "2027-06-30",
        },
        "since": "2026-11-22T08:00:00+00:00",
    }  # fmt: skip


def test_the_same_document_gives_the_same_file():
    assert a_file(a_document()) == a_file(a_document())


def test_without_a_schedule_it_runs_by_hand():
    assert arguments(a_file(a_document()))["schedule"] == NO_RUNS


def test_what_was_cancelled_has_no_schedule_and_says_so():
    found = arguments(a_file(a_document() + SCHEDULE, is_cancelled=True))

    assert found["schedule"] == NO_RUNS
    assert "**Cancelled:** it runs by hand only." in found["doc"]


class TestPage:
    def page(self, **changes: str) -> str:
        doc: str = arguments(a_file(a_document(**changes)))["doc"]
        return doc

    def test_shows_filter_and_mapping_in_words(self):
        page = self.page(filter="[{field: category_id, is_one_of: [UGRD, GRAD]},"
                                " {field: email, is_not_empty: true}]")  # fmt: skip

        assert "- Patron category is one of UGRD, GRAD" in page
        assert "- E-mail is not empty\n" in page
        assert "| Card number | library_card_number (all_types) |" in page
        assert "to profiles of type `patron`; create and update." in page

    def test_says_that_no_filter_means_everybody(self):
        assert "- every patron" in self.page()

    def test_keeps_values_that_may_tell_who_somebody_is(self):
        text = a_document(
            filter="[{field: email, equals: nora@example.org},"
            " {field: surname, is_one_of: [Nyberg]},"
            " {field: date_of_birth, equals: 2004-03-19},"
            " {field: date_of_birth, after: 2001-01-01}]"
        )
        told = a_file(text + "# Nora Nyberg\n")

        assert "- E-mail equals …" in told
        assert "after 2001-01-01" in told
        for value in ("nora@example.org", "Nyberg", "2004-03-19"):
            assert value not in told

    def test_says_where_the_document_is(self):
        assert self.page().endswith("`patron-sync sync show readers --version 3`")


@pytest.mark.parametrize("problem", ["line 3: wrong", '"""', "\n\n", "\\", "'); raise SystemExit"])
def test_a_broken_one_tells_what_is_wrong_and_runs_nothing(problem):
    text = broken_file(Published("readers", 3, "", SINCE), problem)

    with pytest.raises(ValueError, match="data sync readers, version 3") as raised:
        exec(text)  # noqa: S102  that is what Airflow does with it
    assert problem in str(raised.value)
    assert "airflow" in text
    assert "dag" in text  # else Airflow would not look at it
