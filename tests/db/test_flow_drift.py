"""Drift of every kind: the nights do not see it, a comparison finds it, and a repair heals it."""

from __future__ import annotations

import pytest

from tests.db.drift_bench import (
    MANY,
    agree,
    both_pins,
    drop_card,
    drop_pin,
    forget_base,
    gone,
    new_card_there,
    new_pin_there,
    no_pin_there,
    other_pin,
)
from tests.db.flow_world import CICERO, World
from tests.db.undo_bench import undo
from tests.db.why_bench import last, story
from tests.factories import LIBRARY


@pytest.fixture
def agreed(world: World) -> list[int]:
    return agree(world)


DRIFT = {
    "card changed there": ("card", "registry_changed", new_card_there),
    "PIN changed there": ("pin", "registry_changed", new_pin_there),
    "PIN changed here": ("pin", "cicero_changed", lambda world, ids: other_pin(world, ids[0])),
    "PIN changed on both": ("pin", "both_changed", both_pins),
    "PIN never agreed on": ("pin", "never_agreed", lambda world, ids: forget_base(world, 0)),
    "PIN lost there": ("pin", "missing_in_registry", no_pin_there),
    "PIN lost here": ("pin", "missing_in_cicero", lambda world, ids: drop_pin(world, ids[0])),
    "card lost here": ("card", "missing_in_cicero", lambda world, ids: drop_card(world, ids[0])),
    "person lost there": ("relation", "not_in_registry", gone),
}


@pytest.mark.parametrize(("field", "kind", "happens"), DRIFT.values(), ids=DRIFT)
class TestDrift:
    def test_is_found_by_its_kind_and_by_no_other(self, world, agreed, field, kind, happens):
        happens(world, agreed)
        before = world.state(*CICERO), world.registry.snapshot()

        result = world.reconcile()

        (drift,) = (one for one in result.drift if one.library == LIBRARY)
        assert drift.fields[field][kind] == 1
        assert drift.unexplained == 1
        assert (world.state(*CICERO), world.registry.snapshot()) == before
        assert world.registry.writes() == [] or len(world.registry.writes()) == MANY

    def test_is_not_found_by_the_nights(self, world, agreed, field, kind, happens):
        happens(world, agreed)

        assert [tally.writes for tally in world.rounds(1)] == [0, 0]

    def test_is_healed_and_the_next_comparison_is_quiet(self, world, agreed, field, kind, happens):
        happens(world, agreed)

        repaired = world.reconcile(repairs=True)
        again = world.reconcile(repairs=True)

        assert sum(tally.writes for tally in repaired.tallies) >= 1
        assert sum(one.unexplained for one in again.drift) == 0
        assert [tally.writes for tally in again.tallies] == [0] * len(again.tallies)


def test_a_repair_can_be_taken_back_and_is_then_kept_apart(world: World, agreed: list[int]) -> None:
    new_pin_there(world, agreed)
    world.reconcile(repairs=True)

    outcome = undo(world)
    result = world.reconcile(repairs=True)

    assert outcome == {("cicero", "pin", "reversed", None): 1}
    assert world.cicero.pin(agreed[0]) == ("4711", False, "patron")
    assert sum(one.unexplained for one in result.drift) == 0
    assert result.drift[0].fields["pin"] == {"equal": MANY - 1, "kept_apart": 1}
    assert [tally.writes for tally in result.tallies] == [0] * len(result.tallies)


def test_why_tells_what_a_repair_did_with_a_patron(world: World, agreed: list[int]) -> None:
    new_card_there(world, agreed)
    world.reconcile(repairs=True)

    pull = last(story(world, agreed[0]), "pull")

    assert (pull.was_read, pull.outcome) == (True, "updated")
