"""Both sides in agreement, and what makes them differ although no change tells of it."""

from __future__ import annotations

from typing import Any

from tests.db.flow_world import World
from tests.factories import a_card_number, a_national_id, a_patron, wire

MANY = 30
LONG_AGO = "2026-03-01T12:00:00"


def agree(world: World) -> list[int]:
    """Patrons on whom both sides agree, after two full nights."""
    ids = [world.both(a_patron(index))[0] for index in range(MANY)]
    world.rounds()
    for person in world.registry.people:
        person.changed_at = LONG_AGO
    return ids


def unseen(world: World, statement: str, *values: Any) -> None:
    """Change Cicero behind its triggers, as a restored backup would."""
    with world.cicero.db.transaction():
        world.cicero.db.execute("set local session_replication_role = replica")
        world.cicero.db.execute(statement, values)


def drop_pin(world: World, patron_id: int) -> None:
    unseen(world, "delete from cicero.pin where patron_id = %s", patron_id)


def drop_card(world: World, patron_id: int) -> None:
    unseen(world, "delete from cicero.card where patron_id = %s", patron_id)


def other_pin(world: World, patron_id: int, digits: str = "8642") -> None:
    """A PIN that no change tells of."""
    world.cicero.set_pin(patron_id, digits)
    world.cicero.db.execute("delete from cicero.change")


def forget_base(world: World, index: int) -> None:
    person = world.registry.of(index)
    person.pin = wire("1357")
    world.cicero.db.execute(
        "delete from patron_sync.base where field = 'pin' and person_key ="
        " (select person_key from cicero.patron where national_id = %s)",
        [a_national_id(index)],
    )


def new_card_there(world: World, ids: list[int]) -> None:
    world.registry.of(0).card = a_card_number(70)


def new_pin_there(world: World, ids: list[int]) -> None:
    world.registry.of(0).pin = wire("2222")


def both_pins(world: World, ids: list[int]) -> None:
    new_pin_there(world, ids)
    other_pin(world, ids[0])


def no_pin_there(world: World, ids: list[int]) -> None:
    world.registry.of(0).pin = ""


def gone(world: World, ids: list[int]) -> None:
    world.registry.people.remove(world.registry.of(0))
