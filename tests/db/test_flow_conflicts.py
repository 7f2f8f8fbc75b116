"""Both sides changed the same value differently (spec X3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registry_operators.steps.decide_held_changes import list_held, reject_held
from tests.db.flow_world import World
from tests.factories import LIBRARY, a_config, a_library_config, a_patron

IN_REGISTRY, IN_CICERO = "1111", "2222"


def policy(name: str) -> Any:
    conflicts = {"card_number": name, "pin": name}
    return a_config(**{f"_{LIBRARY}": a_library_config(LIBRARY, conflicts=conflicts)})


def changed_on_both_sides(world: World, *, newer: str) -> int:
    """A PIN that both sides changed; which of them did last is told by their clocks."""
    world.registry.now = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(days=3)
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    by = timedelta(days=2) if newer == "registry" else timedelta(hours=-1)
    world.cicero.set_pin(patron_id, IN_CICERO)
    world.registry.change(person, pin=IN_REGISTRY)
    person.changed_at = (datetime.now(UTC).replace(tzinfo=None, microsecond=0) + by).isoformat()
    return patron_id


def both_pins(world: World, patron_id: int) -> tuple[str | None, str | None]:
    pin = world.cicero.pin(patron_id)
    return (pin[0] if pin else None), world.registry.pin_of(0)


@pytest.mark.parametrize(("first", "kept"), [("push", IN_CICERO), ("pull", IN_REGISTRY)])
def test_the_sender_wins_and_the_conflict_is_told(world: World, first: str, kept: str) -> None:
    patron_id = changed_on_both_sides(world, newer="registry")

    tally = world.run(first)[LIBRARY]

    assert (tally.conflicts, both_pins(world, patron_id)) == (1, (kept, kept))


@pytest.mark.parametrize("first", ["push", "pull"])
@pytest.mark.parametrize(("newer", "kept"), [("registry", IN_REGISTRY), ("cicero", IN_CICERO)])
def test_the_newest_wins_whichever_job_comes_first(
    world: World, first: str, newer: str, kept: str
) -> None:
    patron_id = changed_on_both_sides(world, newer=newer)
    world.config = policy("newest_wins")

    for flow in (first, *("pull", "push") * 2):
        world.run(flow)

    assert both_pins(world, patron_id) == (kept, kept)
    assert [tally.writes for tally in world.rounds(1)] == [0, 0]
    assert not world.state("pending")["pending"]


@pytest.mark.parametrize("flow", ["push", "pull"])
def test_a_held_conflict_is_written_by_neither_job(world: World, flow: str) -> None:
    patron_id = changed_on_both_sides(world, newer="registry")
    world.config = policy("hold")

    tally = world.run(flow)[LIBRARY]

    assert (tally.held, tally.conflicts) == (1, 1)
    assert both_pins(world, patron_id) == (IN_CICERO, IN_REGISTRY)
    assert [row.kind for row in list_held(world.ledger)] == ["conflicts"]


def test_of_a_rejected_conflict_the_other_sides_value_stands(world: World) -> None:
    patron_id = changed_on_both_sides(world, newer="registry")
    world.config = policy("hold")
    world.pull()
    (row,) = list_held(world.ledger)

    reject_held(world.ledger, row.held_set_id, decided_by="ola", reason="Cicero is right")
    world.config = a_config()
    world.push()

    assert both_pins(world, patron_id) == (IN_CICERO, IN_CICERO)


def test_a_conflict_is_told_with_both_sides_times(world: World, query: Callable[..., Any]) -> None:
    changed_on_both_sides(world, newer="registry")

    world.pull()

    ((registry, cicero),) = query(
        "select registry_changed_at, cicero_changed_at from patron_sync.plan where is_conflict"
    )
    assert registry > cicero


def test_a_push_does_not_overwrite_what_only_the_registry_changed(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, pin=IN_REGISTRY)
    world.cicero.db.execute("update cicero.patron set surname = 'Ny' where true")

    tally = world.push()[LIBRARY]

    assert (tally.conflicts, world.registry.pin_of(0)) == (0, IN_REGISTRY)
    world.pull()
    assert both_pins(world, patron_id) == (IN_REGISTRY, IN_REGISTRY)


def test_equal_changes_on_both_sides_are_no_conflict(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, pin=IN_REGISTRY)
    world.cicero.set_pin(patron_id, IN_REGISTRY)

    tallies = world.rounds(1)

    assert [(tally.conflicts, tally.writes) for tally in tallies] == [(0, 0), (0, 0)]
