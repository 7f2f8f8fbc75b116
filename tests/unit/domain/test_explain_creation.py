"""Every scenario of creation has words, and they say what it does."""

from __future__ import annotations

import csv

import pytest

from registry_operators.domain.creation import (
    Actor,
    CreationCase,
    LookUp,
    Queue,
    decide_creation,
)
from registry_operators.domain.explain_creation import creation_in_words
from registry_operators.domain.explain_reasons import is_explained
from registry_operators.paths import PROJECT_DIR

ROWS = list(
    csv.DictReader((PROJECT_DIR / "docs/creation_scenarios.csv").read_text("utf-8").splitlines())
)
ANSWERS = {"found": LookUp.FOUND, "notfound": LookUp.NOT_FOUND, "unreachable": LookUp.UNREACHABLE}


def words(row: dict[str, str], *, draws_pin: bool = False) -> str:
    case = CreationCase(
        Actor.LIBRARIAN,
        has_consent=row["consent"] == "1",
        has_card=row["card_given"] == "1",
        has_pin=row["pin_given"] == "1",
        syncs_card=row["card_sync"] == "1",
        syncs_pin=row["pin_sync"] == "1",
    )
    creation = decide_creation(case, ANSWERS[row["registry"]])
    return " ".join(fact.says for fact in creation_in_words(creation, draws_pin=draws_pin))


@pytest.mark.parametrize("row", [row for row in ROWS if row["actor"] == "L"],
                         ids=lambda row: "-".join(list(row.values())[:8]))  # fmt: skip
def test_a_scenario_is_told_with_its_row(row) -> None:
    told = words(row)

    assert f"Row {row['rule']} of the table" in told
    assert (row["queue"] in told) == (row["queue"] != "NONE")
    assert ("must change it" in told) == (row["must_change_pin"] == "Y")
    assert ("when the patron was created" in told) == (row["queue"] == "LOOKUP_PENDING")


def test_a_drawn_pin_is_announced() -> None:
    row = next(row for row in ROWS if row["rule"] == "D5")

    assert "told once" in words(row, draws_pin=True)
    assert "default PIN" in words(row)


@pytest.mark.parametrize("queue", [one for one in Queue if one is not Queue.NONE])
def test_what_waits_for_the_push_is_explained(queue: Queue) -> None:
    assert is_explained(queue)
