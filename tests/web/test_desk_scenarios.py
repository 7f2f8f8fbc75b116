"""
Every scenario that a librarian can meet, walked on the pages with the registry stand-in (N3.3).

By default one row of each kind, and the night after one of each rule; with ``DESK_SCENARIOS=all``
every row with its night.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from registry_operators.domain.creation import LookUp, Queue, Sending, ValueSource
from registry_operators.domain.registry_time import registry_now
from registry_operators.web.views.desk_words import CARD_SOURCES, LOOK_UPS, QUEUES, SENDINGS
from stand_ins.registry.process import running_registry
from tests.cms.scenario_stand_in import ScenarioStandIn
from tests.db.flow_world import World
from tests.db.scenario_table import (
    GIVEN_CARD,
    GIVEN_PIN,
    PERSON,
    SCENARIOS,
    Row,
    assert_nights_follow_the_table,
    both_answers,
    created,
    present,
    set_stage,
)
from tests.factories import LIBRARY, a_library_config
from tests.faults.fault_world import BOTH, LiveRegistry
from tests.web.desk_forms import DeskPages, number_in, section

Staged = Callable[..., DeskPages]
ALL = os.environ.get("DESK_SCENARIOS") == "all"
HERE = [row for row in SCENARIOS if row["actor"] == "L"]
PINS = {
    "GIVEN": "The one that was typed.",
    "REGISTRY": "The one that the patron has in the registry.",
    "DEFAULT": "The library's default PIN, which must be changed.",
}
PUSHED = {
    "N": Sending.NEVER,
    "Y": Sending.ALWAYS,
    "only if found": Sending.IF_FOUND,
    "only if differs (CONFLICT)": Sending.IF_DIFFERENT,
    "only if re-lookup=not found": Sending.IF_NOT_FOUND,
}
ANSWERS = {"found": LookUp.FOUND, "notfound": LookUp.NOT_FOUND, "unreachable": LookUp.UNREACHABLE}


def walked() -> Iterator[ParameterSet]:
    """Yield rows of the desk with what the registry holds, and whether the night is lived too."""
    met: Counter[tuple[object, ...]] = Counter()
    many = {rule for rule, rows in Counter(row["rule"] for row in HERE).items() if rows > 4}
    for case in both_answers(HERE):
        row, is_found = case.values
        assert isinstance(row, dict)
        rule = row["rule"]
        # Where the registry has no part, its switches make no difference but to what is sent.
        kind = (rule, row["card_given"], row["pin_given"], row["registry"], is_found)
        if ALL or rule not in many or not met[kind]:
            yield pytest.param(row, is_found, ALL or not met[(rule,)], id=case.id)
        met.update([kind, (rule,)])


@pytest.fixture(scope="module")
def server() -> Iterator[LiveRegistry]:
    with running_registry(patrons=0, libraries=BOTH) as process:
        yield LiveRegistry(process, page_size=100)


@pytest.fixture
def world(ledger, cicero, server: LiveRegistry) -> Iterator[World]:
    stand_in: Any = ScenarioStandIn(server)
    yield World(ledger, cicero, stand_in, clock=registry_now)
    stand_in.forget(PERSON)


@pytest.fixture
def staged(world: World, libraries_yaml, librarian) -> Staged:
    """Set the stage of a row, and stand at the desk of its library."""

    def stage(row: Row, *, is_found: bool) -> DeskPages:
        set_stage(world, row, is_found=is_found)
        switches = {"card_number": row["card_sync"] == "1", "pin": row["pin_sync"] == "1"}
        libraries_yaml(libraries={LIBRARY: a_library_config(synchronise=switches)})
        return DeskPages(librarian)

    return stage


def wish(row: Row) -> dict[str, str]:
    """What the row adds to the form."""
    return {
        **({"consent": "yes"} if row["consent"] == "1" else {}),
        **({"card_number": GIVEN_CARD} if row["card_given"] == "1" else {}),
        **({"pin": GIVEN_PIN} if row["pin_given"] == "1" else {}),
    }


def expected(row: Row) -> tuple[str, str]:
    """What the page says of the row before anything is saved: what will happen, and why."""
    queue = Queue(row["queue"])
    push = "Nothing: the patron is left out." if row["rule"] == "N0" else QUEUES[queue]
    parts = [
        f"Card number {CARD_SOURCES[ValueSource(row['card_src'])]}",
        f"PIN {PINS[row['pin_src']]}",
        f"The next run to the registry {push}",
    ]
    if queue is not Queue.NONE:
        parts.append(f"The card number then {SENDINGS[PUSHED[row['push_card']]]}")
        parts.append(f"The PIN then {SENDINGS[PUSHED[row['push_pin']]]}")
    was_asked = row["lookup"] != "N"
    answer = LOOK_UPS[ANSWERS[row["registry"]] if was_asked else None]
    return " ".join(parts), f"The registry {answer} The reason"


@pytest.mark.parametrize(("row", "is_found", "has_night"), list(walked()))
def test_a_scenario_is_foretold_and_done(row, is_found, has_night, world, staged, cicero) -> None:
    desk = staged(row, is_found=is_found)

    foretold = desk.fill_in(PERSON, **wish(row))

    happens, why = expected(row)
    assert section(foretold, "What is done") == happens
    assert section(foretold, "Why").startswith(why)
    assert section(foretold, "Why").endswith(f"Row of the table of scenarios {row['rule']}")
    assert cicero.db.execute("select count(*) from cicero.patron").fetchone() == (0,)

    patron_id = number_in(desk.save(foretold))
    world.registry.away_libraries.clear()

    if has_night:
        assert_nights_follow_the_table(world, patron_id, row, is_found=is_found)
    else:
        assert present(world, patron_id).cicero == created(row)
        queued = cicero.db.execute("select reason from patron_sync.pending").fetchall()
        assert queued == ([] if row["queue"] == "NONE" else [(row["queue"],)])


def test_each_rule_of_the_desk_is_lived_with_each_answer() -> None:
    cases: list[Any] = [case.values for case in walked()]

    rules = {row["rule"] for row in SCENARIOS}
    assert len(HERE) == 96
    assert {row["rule"] for row, _, has_night in cases if has_night} == rules
    for answer in ANSWERS:
        assert {row["rule"] for row, _, _ in cases if row["registry"] == answer} == {
            row["rule"] for row in HERE if row["registry"] == answer
        }
