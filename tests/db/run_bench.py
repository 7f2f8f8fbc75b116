"""A run in which everything happens, for the tests of its lists and pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.db.flow_world import World
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_config,
    a_library_config,
    a_patron,
    a_run_id,
)

HELD = 3
STRICT: dict[str, Any] = {"limits": {"pin_overwrites": {"percent": 0, "at_least": HELD - 1}}}


def a_mixed_pull(world: World, **request: Any) -> UUID:
    """
    A full pull of two libraries, with records of every outcome that a pull can have.

    At the first library: three PINs held, one card updated, one card that both sides changed, one
    that is somebody else's and fails, one patron who has withdrawn, one stranger, one unchanged. At
    the second: one card updated, one unchanged.
    """
    world.config = a_config(
        STRICT, **{f"_{code}": a_library_config(code) for code in (LIBRARY, OTHER_LIBRARY)}
    )
    ids = [world.both(a_patron(index))[0] for index in range(8)]
    for index in (20, 21):
        world.both(a_patron(index, library=OTHER_LIBRARY))
    world.rounds(1)
    people = world.registry
    for index in range(HELD):
        people.change(people.of(index), pin=f"200{index}")
    people.change(people.of(3), card=a_card_number(60))
    people.change(people.of(4), card=a_card_number(61))
    world.cicero.change_card(ids[4], a_card_number(62))
    people.change(people.of(5), card=a_card_number(7))
    world.cicero.withdraw(ids[6])
    people.change(people.of(6), pin="2222")
    people.add(90)
    people.change(people.of(20), card=a_card_number(63, OTHER_LIBRARY))
    world.pull(is_full=True, **request)
    return a_run_id(world.runs)
