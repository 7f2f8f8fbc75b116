"""A document is changed where it is to be changed, and stays as it was written elsewhere (X11)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_operators.errors import ConfigurationError
from registry_operators.settings.data_sync_text import (
    change_document,
    read_content,
    rename,
    write_document,
)

DOCUMENT = """\
# Everybody at the school

name: readers   # also the name of the DAG
description: "a # b"
# where they come from
source: {ils: koha, connection: koha_main}   # the main one
type: create_and_update            # create | update
match_on: [ils_record_id, email]
filter:
  # the students
  - {field: category_id, is_one_of: [UGRD, GRAD]}   # codes
  - {field: date_enrolled, within_last: 6 months}

mapping:
  - {from: firstname, to: first_name}
  # the card
  - from: cardnumber
    to: {all_types: library_card_number}
schedule: {first: 2026-12-01, at: "06:30", every: 1 week}
# the end
"""
CONTENT = read_content(DOCUMENT) or {}
CARD = {"from": "cardnumber", "to": {"all_types": "library_card_number"}}


def changed_lines(text: str) -> tuple[list[str], list[str]]:
    """Lines that are gone, and lines that are new."""
    before, after = DOCUMENT.splitlines(), text.splitlines()
    return [one for one in before if one not in after], [one for one in after if one not in before]


def test_what_says_the_same_is_the_same_text():
    assert change_document(DOCUMENT, dict(CONTENT)).text == DOCUMENT
    assert change_document(DOCUMENT, {}).text == DOCUMENT


@pytest.mark.parametrize(
    ("changes", "gone", "new"),
    [
        (
            {"type": "update"},
            ["type: create_and_update            # create | update"],
            ["type: update            # create | update"],
        ),
        (
            {"source": {"ils": "alma", "connection": "alma"}},
            ["source: {ils: koha, connection: koha_main}   # the main one"],
            ["source: {ils: alma, connection: alma}   # the main one"],
        ),
        (
            {"filter": [*CONTENT["filter"], {"field": "email", "is_empty": True}]},
            [],
            ["  - {field: email, is_empty: true}"],
        ),
        (
            {"filter": CONTENT["filter"][:1]},
            ["  - {field: date_enrolled, within_last: 6 months}"],
            [],
        ),
        ({"mapping": [CARD, CONTENT["mapping"][0]]}, [], []),
        ({"schedule": None}, ['schedule: {first: 2026-12-01, at: "06:30", every: 1 week}'], []),
        (
            {"errors": "stop", "empty_fields": "replace"},
            [],
            ["empty_fields: replace", "errors: stop"],
        ),
        ({"description": None}, ['description: "a # b"'], []),
    ],
    ids=[
        "a word", "a pair", "a row more", "a row less", "another order", "a key less", "keys more",
        "a key that looks as if it had a remark",
    ],
)  # fmt: skip
def test_only_what_changes_is_written_anew(changes, gone, new):
    changed = change_document(DOCUMENT, changes)

    assert changed_lines(changed.text) == (gone, new)
    assert changed.lost_remarks == 0


def test_new_keys_stand_in_the_order_of_the_language():
    text = change_document(DOCUMENT, {"errors": "stop", "empty_fields": "replace"}).text

    keys = [line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()]
    assert keys == [
        "name", "description", "source", "type", "match_on", "empty_fields", "errors", "filter",
        "mapping", "schedule",
    ]  # fmt: skip


def test_remarks_that_go_are_counted():
    assert change_document(DOCUMENT, {"filter": None}).lost_remarks == 2
    assert change_document(DOCUMENT, {"mapping": CONTENT["mapping"][:1]}).lost_remarks == 1
    assert (
        change_document("{name: a, type: create}  # flow\n", {"type": "update"}).lost_remarks == 1
    )


@pytest.mark.parametrize("text", [
    "{name: a, type: create}\n",
    "name: a\ntype: create\nname: b\n",
    "name: a\n\n\n",
    "---\nname: a\ntype: create",
    "name: a\nfilter: [{field: x, equals: 1}]\n",
    "name: a\nfilter:\n- {field: x, equals: 1}\n-   field: y\n    equals: 2\n",
    "name: a\ndescription: >\n  long\n  text\n",
    "? name\n: a\n",
], ids=["flow", "twice", "blank lines", "a head and no end", "flow rows", "rows at the edge",
        "folded", "complex key"])  # fmt: skip
def test_a_document_of_another_layout_says_what_it_is_to_say(text):
    wanted = {"name": "a", "type": "update", "filter": [{"field": "y", "equals": 2}]}

    changed = change_document(text, {**wanted, "description": None})

    assert read_content(changed.text) == wanted


@pytest.mark.parametrize(
    "text", ["", "name: [", "- a\n", "a", "name: *x\n", "1: 2\n", "x" * 300_000]
)
def test_what_is_no_document_has_no_content(text):
    assert read_content(text) is None


def test_true_is_not_one():
    text = "name: a\nfilter:\n  - {field: x, equals: 1}\n"

    changed = change_document(text, {"filter": [{"field": "x", "equals": True}]})

    assert changed.text == "name: a\nfilter:\n  - {field: x, equals: true}\n"


def test_a_document_is_written_in_the_usual_form():
    assert write_document(
        {
            "mapping": [{"from": "firstname", "to": "first_name"}],
            "name": "readers",
            "schedule": {"first": date(2026, 12, 1), "at": "06:30"},
        }
    ) == (
        "name: readers\nmapping:\n  - {from: firstname, to: first_name}\n"
        "schedule: {first: 2026-12-01, at: '06:30'}\n"
    )


def test_a_copy_has_another_name_and_all_remarks():
    assert changed_lines(rename(DOCUMENT, "others")) == (
        ["name: readers   # also the name of the DAG"],
        ["name: others   # also the name of the DAG"],
    )  # fmt: skip
    with pytest.raises(ConfigurationError, match="needs a name"):
        rename("type: create\n", "others")


_SCALARS = st.one_of(st.text(max_size=20), st.booleans(), st.integers(-9, 9999), st.dates())
_ROWS = st.lists(
    st.dictionaries(st.sampled_from(["field", "equals", "is_one_of"]), _SCALARS, min_size=1),
    max_size=4,
)


@given(filter_rows=_ROWS, mapping=_ROWS, name=_SCALARS, again=_ROWS)
def test_whatever_it_is_to_say_it_says(filter_rows, mapping, name, again):
    text = write_document({"name": name, "filter": filter_rows, "mapping": mapping})

    changed = change_document(text, {"filter": again, "type": name})

    assert read_content(changed.text) == {
        "name": name, "filter": again, "mapping": mapping, "type": name,
    }  # fmt: skip
