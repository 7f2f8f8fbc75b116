"""The statements of ``include/sql/desk`` that find a patron's library, or what is left of one."""

from __future__ import annotations

from tests.db.flow_world import World
from tests.factories import LIBRARY, OTHER_LIBRARY, a_patron


def twice(world: World, statement: str, patron_id: int):
    first = world.ledger.rows(statement, patron_id=patron_id)
    assert world.ledger.rows(statement, patron_id=patron_id) == first
    return [tuple(row) for row in first]


def test_find_library_names_the_one_of_the_patron(world: World) -> None:
    one = world.cicero.add(a_patron(0))
    other = world.cicero.add(a_patron(0, library=OTHER_LIBRARY))
    gone = world.cicero.add(a_patron(1))
    world.cicero.delete(gone)

    found = [twice(world, "desk/find_library", patron_id) for patron_id in (one, other, gone)]

    assert found == [[(LIBRARY,)], [(OTHER_LIBRARY,)], []]


def test_read_deletion_tells_the_last_one_and_whether_the_person_is_back(world: World) -> None:
    patron_id = world.cicero.add(a_patron(0))
    silent = world.cicero.add(a_patron(1, consent=False))
    world.push(libraries=(LIBRARY,))
    world.cicero.delete(patron_id)
    world.cicero.delete(silent)

    ((library, deleted_at, had_consent, settled_at, is_back),) = twice(
        world, "desk/read_deletion", patron_id
    )
    assert (library, had_consent, settled_at, is_back) == (LIBRARY, True, None, False)
    ((_, _, had_consent, _, _),) = twice(world, "desk/read_deletion", silent)
    assert not had_consent
    world.cicero.add(a_patron(0))
    world.push(libraries=(LIBRARY,))
    ((_, again_at, _, settled_at, is_back),) = twice(world, "desk/read_deletion", patron_id)
    assert (again_at, is_back) == (deleted_at, True)
    assert settled_at > deleted_at


def test_read_deletion_knows_nobody_without_a_national_id(world: World) -> None:
    patron_id = world.cicero.add(a_patron(0, national_id=None, pin=None))
    world.cicero.delete(patron_id)

    assert twice(world, "desk/read_deletion", patron_id) == []
