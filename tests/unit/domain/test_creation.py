from __future__ import annotations

import csv
from dataclasses import replace
from itertools import product

import pytest

from registry_operators.domain.creation import (
    RULES,
    Actor,
    CreationCase,
    LookUp,
    Queue,
    Sending,
    ValueSource,
    decide_creation,
)
from registry_operators.paths import PROJECT_DIR

SCENARIOS = list(
    csv.DictReader((PROJECT_DIR / "docs/creation_scenarios.csv").read_text("utf-8").splitlines())
)
ACTORS = {"L": Actor.LIBRARIAN, "S": Actor.SELF_SERVICE}
LOOK_UPS = {
    "found": LookUp.FOUND,
    "notfound": LookUp.NOT_FOUND,
    "unreachable": LookUp.UNREACHABLE,
}
SENDINGS = {
    "N": Sending.NEVER,
    "Y": Sending.ALWAYS,
    "only if found": Sending.IF_FOUND,
    "only if re-lookup=not found": Sending.IF_NOT_FOUND,
    "only if differs (CONFLICT)": Sending.IF_DIFFERENT,
}
EVERY_CASE = [
    CreationCase(actor, *flags) for actor in Actor for flags in product((True, False), repeat=5)
]


def the_case(row, **changes):
    flags = (
        row[name] == "1" for name in ("consent", "card_given", "pin_given", "card_sync", "pin_sync")
    )
    return replace(CreationCase(ACTORS[row["actor"]], *flags), **changes)


def name_of(row):
    return "-".join(row[name] for name in (
        "rule", "actor", "consent", "card_given", "pin_given", "registry", "card_sync", "pin_sync",
    ))  # fmt: skip


def test_the_table_is_whole():
    cases = {(the_case(row), row["registry"]) for row in SCENARIOS}

    assert len(SCENARIOS) == len(cases) == 192
    assert {case for case, _ in cases} == set(EVERY_CASE)


@pytest.mark.parametrize("row", SCENARIOS, ids=name_of)
def test_a_scenario_comes_out_as_the_table_says(row):
    case, look_up = the_case(row), LOOK_UPS[row["registry"]]

    creation = decide_creation(case, look_up)

    assert case.needs_look_up == (row["lookup"] != "N")
    assert creation.rule == row["rule"]
    assert creation.is_created == (row["created"] == "Y")
    if creation.is_created:
        assert creation.card_source == row["card_src"]
        assert creation.pin_source == row["pin_src"]
        assert creation.queue == row["queue"]
        assert creation.must_change_pin == (row["must_change_pin"] == "Y")
        assert creation.sends_card == SENDINGS[row["push_card"]]
        assert creation.sends_pin == SENDINGS[row["push_pin"]]


@pytest.mark.parametrize("look_up", LookUp)
@pytest.mark.parametrize("case", EVERY_CASE, ids=str)
def test_each_case_meets_exactly_one_rule(case, look_up):
    answer = look_up if case.needs_look_up else None

    assert len([rule for rule in RULES if rule.fits(case, answer)]) == 1


def test_no_rule_is_idle():
    met = {decide_creation(case, look_up).rule for case, look_up in product(EVERY_CASE, LookUp)}

    assert met == {rule.name for rule in RULES}


@pytest.mark.parametrize("case", [case for case in EVERY_CASE if case.needs_look_up], ids=str)
def test_silence_is_not_taken_for_an_answer(case):
    with pytest.raises(ValueError, match="look the person up first"):
        decide_creation(case)


class TestALocalCard:
    """Spec 3.3: the number stays here, so there is nothing to make a record with."""

    @pytest.mark.parametrize(
        "row", [row for row in SCENARIOS if row["card_given"] == "1"], ids=name_of
    )
    def test_is_never_sent_and_makes_no_record(self, row):
        creation = decide_creation(the_case(row, is_local_card=True), LOOK_UPS[row["registry"]])

        assert creation.card_source is ValueSource.GIVEN
        assert creation.sends_card is Sending.NEVER
        assert creation.queue not in {Queue.UPSERT, Queue.NEW_RECORD}
        assert creation.sends_pin in {Sending.NEVER, Sending.IF_FOUND}

    def test_still_gets_a_relation_when_the_person_is_known(self):
        case = CreationCase(Actor.LIBRARIAN, True, True, False, True, True, is_local_card=True)

        creation = decide_creation(case, LookUp.FOUND)

        assert (creation.rule, creation.queue) == ("B2", Queue.ADD_RELATION)
