"""The 192 scenarios of creation, lived: created, pushed, pulled, and quiet after that (N3.3)."""

from __future__ import annotations

from typing import Any

import pytest

from registry_operators.desk.create_patron import create_patron
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.domain.creation import Actor
from tests.db.desk_bench import LIBRARIAN, SELF_SERVICE, a_request, desk_at
from tests.db.scenario_table import (
    GIVEN_CARD,
    GIVEN_PIN,
    PERSON,
    SCENARIOS,
    assert_nights_follow_the_table,
    both_answers,
    set_stage,
)


@pytest.fixture
def start(world, database_url):
    """Set the stage of a row, and create the patron."""

    def create(row: dict[str, str], *, is_found: bool) -> Any:
        set_stage(world, row, is_found=is_found)
        request = a_request(
            PERSON,
            has_consent=row["consent"] == "1",
            card_number=GIVEN_CARD if row["card_given"] == "1" else None,
            pin=GIVEN_PIN if row["pin_given"] == "1" else None,
        )
        try:
            with desk_at(world, database_url) as desk:
                return create_patron(
                    desk, LIBRARIAN if row["actor"] == "L" else SELF_SERVICE, request
                )
        finally:
            world.registry.away_libraries.clear()

    return create


@pytest.mark.parametrize(("row", "is_found"), list(both_answers(SCENARIOS)))
def test_a_scenario_ends_as_the_table_says(row, is_found, start, world, query):
    if row["created"] != "Y":
        with pytest.raises(DeskError) as refused:
            start(row, is_found=is_found)
        assert refused.value.refusal is Refusal.REGISTRY_UNREACHABLE
        assert row["actor"] == "S"
        assert query("select count(*) from cicero.patron") == [(0,)]
        return

    made = start(row, is_found=is_found)

    assert made.creation.rule == row["rule"]
    assert_nights_follow_the_table(world, made.patron.patron_id, row, is_found=is_found)


def test_the_doors_are_the_two_of_the_table():
    assert {LIBRARIAN.actor, SELF_SERVICE.actor} == set(Actor)
