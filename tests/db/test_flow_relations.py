"""Relations and deletions through whole runs (N3.4, N3.7)."""

from __future__ import annotations

from typing import Any

import pytest

from registry_operators.domain.reasons import Reason
from tests.db.flow_world import World
from tests.factories import LIBRARY, OTHER_LIBRARY, a_national_id, a_patron


def deleted_rows(world: World) -> list[tuple[Any, ...]]:
    """National id and whether settled."""
    return [(national_id, settled_at is not None)
            for _, national_id, settled_at in world.state("deleted")["deleted"]]  # fmt: skip


def test_a_patron_of_the_registry_is_related_to_the_new_library(world: World) -> None:
    _, person = world.both(a_patron(), relations=(OTHER_LIBRARY,))

    tally, *_ = world.rounds()

    assert person.relations == {LIBRARY, OTHER_LIBRARY}
    assert tally.updated == 1


def test_being_related_already_is_no_error_and_no_change_there(world: World) -> None:
    _, person = world.both(a_patron(), relations=(LIBRARY,), changed_at="2026-01-01T08:00:00")

    tally, *_ = world.rounds()

    assert tally.failures == {}
    assert person.changed_at == "2026-01-01T08:00:00"


def test_an_unknown_patron_is_created_with_card_and_pin(world: World) -> None:
    world.cicero.add(a_patron())

    tally, *_ = world.rounds()

    person = world.registry.of(0)
    assert (tally.created, tally.writes) == (1, 3)
    assert person.relations == {LIBRARY}
    assert world.registry.pin_of(0) == "4711"


def test_without_card_sync_an_unknown_patron_is_not_created(world: World, query) -> None:
    from tests.factories import a_config, a_library_config

    synchronise = {"card_number": False, "pin": True}
    world.config = a_config(_2030000=a_library_config(synchronise=synchronise))
    world.cicero.add(a_patron())

    tally, *_ = world.rounds()

    assert tally.left_out == {Reason.NOT_IN_REGISTRY: 1}
    assert not world.registry.writes()


def test_deleting_a_patron_removes_the_relation_and_keeps_the_person(world: World) -> None:
    patron_id, person = world.both(a_patron(), relations=(OTHER_LIBRARY,))
    world.rounds(1)

    world.cicero.delete(patron_id)
    world.rounds()

    assert person.relations == {OTHER_LIBRARY}
    assert deleted_rows(world) == [(None, True)]
    assert not world.state("base")["base"]


def test_a_removal_outlives_the_patron_until_it_is_confirmed(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.cicero.delete(patron_id)
    world.registry.away_libraries = {LIBRARY}
    world.push()

    waiting = deleted_rows(world)
    world.registry.away_libraries = set()
    world.push()

    assert waiting == [(a_national_id(0), False)]
    assert person.relations == set()
    assert deleted_rows(world) == [(None, True)]


@pytest.mark.parametrize("gone", ["not_related", "not_in_registry"])
def test_a_removal_that_is_needless_counts_as_confirmed(world: World, gone: str) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.cicero.delete(patron_id)
    person.relations.clear()
    if gone == "not_in_registry":
        world.registry.bury(person)

    tally = world.push()[LIBRARY]

    assert tally.failures == {}
    assert deleted_rows(world) == [(None, True)]


def test_deleting_a_patron_without_consent_tells_the_registry_nothing(world: World) -> None:
    patron_id, person = world.both(a_patron(consent=False), relations=(LIBRARY,))
    world.cicero.delete(patron_id)

    tally = world.push()[LIBRARY]

    assert tally.left_out == {Reason.NO_CONSENT: 1}
    assert not world.registry.mentions(a_national_id(0), person.card)
    assert deleted_rows(world) == [(None, True)]


def test_a_patron_deleted_and_created_again_keeps_the_relation(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)

    world.cicero.delete(patron_id)
    world.cicero.add(a_patron())
    tally = world.push()[LIBRARY]

    assert tally.left_out == {Reason.RECREATED: 1}
    assert LIBRARY in person.relations
    assert deleted_rows(world) == [(None, True)]


def test_a_patron_who_was_never_pushed_leaves_without_a_call(world: World) -> None:
    patron_id = world.cicero.add(a_patron())
    world.cicero.delete(patron_id)

    world.rounds()

    assert not world.registry.mentions(a_national_id(0))
    assert deleted_rows(world) == [(None, True)]


def test_a_creation_whose_answer_was_lost_is_not_made_twice(world: World) -> None:
    world.cicero.add(a_patron())
    world.registry.lost_answers = 1
    world.push()

    tally = world.push()[LIBRARY]

    assert len(world.registry.people) == 1
    assert world.registry.of(0).relations == {LIBRARY}
    assert tally.failures == {}


def test_a_patron_created_elsewhere_meanwhile_is_taken_over_by_the_next_push(world) -> None:
    from tests.db.test_flow_consent import after

    with pytest.MonkeyPatch.context() as patch:
        world.cicero.add(a_patron())
        after("plan_changes", lambda: world.registry.add(0, card="N120000001"), patch)
        first = world.push()[LIBRARY]

    world.rounds()

    assert first.failures == {Reason.ALREADY_IN_REGISTRY: 1}
    assert LIBRARY in world.registry.of(0).relations
    assert len(world.registry.people) == 1
