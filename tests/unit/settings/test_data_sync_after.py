"""A data sync from Cicero that follows the nightly pull: ``after: pull``."""

from __future__ import annotations

from datetime import date

import pytest

from registry_operators.errors import ConfigurationError
from registry_operators.settings.data_sync import parse_definition
from registry_operators.settings.data_sync_text import change_document
from tests.db.sync_bench import FIELDS

CICERO = """\
name: patrons
source: {ils: cicero, connection: cicero_main}
type: create_and_update
profile_type: patron
mapping:
  - {from: surname, to: last_name}
"""
AFTER = "after: pull  # so that profiles are as new as the cards\n"


def test_it_recurs_and_has_no_time_of_its_own() -> None:
    followed, by_hand = (parse_definition(text, FIELDS) for text in (CICERO + AFTER, CICERO))

    assert (followed.follows_pull, followed.recurs, followed.schedule) == (True, True, None)
    assert (by_hand.follows_pull, by_hand.recurs) == (False, False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CICERO + "after: push\n", "line 7"),
        (CICERO + 'schedule: {first: 2030-01-01, at: "06:30"}\n' + AFTER,
         "line 8: after: there is a schedule as well"),
        (CICERO.replace("cicero, connection: cicero_main", "koha, connection: koha_main")
         .replace("surname", "surname") + AFTER, "line 7: after: the pull changes nothing in koha"),
    ],
    ids=["another job", "a schedule too", "another system"],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_definition(text, FIELDS)

    assert told in str(caught.value)


def test_a_change_elsewhere_leaves_the_line_with_its_remark() -> None:
    changed = change_document(CICERO + AFTER, {"type": "update"})

    assert changed.text == CICERO.replace("create_and_update", "update") + AFTER


def test_it_stands_last_and_goes_without_a_trace() -> None:
    block = {"first": date(2030, 1, 1), "at": "06:30"}
    followed = change_document(CICERO, {"after": "pull"}).text
    timed = change_document(followed, {"after": None, "schedule": block}).text

    assert followed == CICERO + "after: pull\n"
    assert parse_definition(timed, FIELDS).follows_pull is False
