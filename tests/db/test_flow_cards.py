"""Card numbers through whole runs (N2.4, N2.6, N3.2, N3.5, N3.6)."""

from __future__ import annotations

from registry_operators.domain.reasons import Reason
from tests.db.flow_world import World
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_config,
    a_library_config,
    a_patron,
)

FIRST_OF_SEQUENCE = "N105000000"


def test_a_local_card_is_never_sent_and_the_national_one_is_added_beside_it(world: World) -> None:
    patron_id, person = world.both(a_patron(card=None, local_card="L0000001"))

    world.rounds()

    assert world.cicero.cards(patron_id) == {
        "L0000001": ("local", "active", "librarian"),
        person.card: ("national", "active", "registry"),
    }
    assert not world.registry.mentions("L0000001")
    assert LIBRARY in person.relations


def test_a_local_card_of_somebody_unknown_stays_at_home(world: World) -> None:
    patron_id = world.cicero.add(a_patron(card=None, local_card="L0000001"))

    tally, *_ = world.rounds()

    assert tally.left_out == {Reason.LOCAL_CARD: 1}
    assert list(world.cicero.cards(patron_id)) == ["L0000001"]
    assert not world.registry.writes()
    assert not world.registry.people


def test_a_number_of_national_form_outside_all_series_counts_as_local(world: World) -> None:
    patron_id = world.cicero.add(a_patron(card="N999999999"))

    world.rounds()

    assert list(world.cicero.cards(patron_id)) == ["N999999999"]
    assert not world.registry.mentions("N999999999")


def test_a_missing_card_comes_from_the_sequence_when_the_registry_knows_nobody(world) -> None:
    patron_id = world.cicero.add(a_patron(card=None))

    tally, *_ = world.rounds()

    assert world.cicero.cards(patron_id) == {FIRST_OF_SEQUENCE: ("national", "active", "sequence")}
    assert tally.created == 1
    assert world.registry.of(0).card == FIRST_OF_SEQUENCE
    assert world.registry.of(0).relations == {LIBRARY}


def test_a_missing_card_comes_from_the_registry_when_the_patron_is_there(world: World) -> None:
    patron_id, person = world.both(a_patron(card=None))

    world.rounds()

    assert world.cicero.cards(patron_id) == {person.card: ("national", "active", "registry")}
    assert world.state("sequence")["sequence"][0] == (LIBRARY, 105_000_000)


def test_without_card_sync_a_missing_card_comes_from_the_sequence(world: World) -> None:
    synchronise = {"card_number": False, "pin": True}
    world.config = a_config(_2030000=a_library_config(synchronise=synchronise))
    patron_id, person = world.both(a_patron(card=None))

    world.rounds()

    assert world.cicero.card(patron_id) == FIRST_OF_SEQUENCE
    assert person.card == a_card_number(0)
    assert LIBRARY in person.relations


def test_a_card_changed_by_a_librarian_replaces_the_registrys(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)

    world.cicero.change_card(patron_id, a_card_number(50))
    pushed, pulled, *_ = world.rounds()

    assert person.card == a_card_number(50)
    assert world.cicero.card(patron_id) == a_card_number(50)
    assert (pushed.updated, pulled.writes) == (1, 0)


def test_a_card_changed_in_the_registry_replaces_ciceros(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)

    world.registry.change(person, card=a_card_number(50))
    world.rounds()

    assert world.cicero.cards(patron_id) == {
        a_card_number(0): ("national", "replaced", "librarian"),
        a_card_number(50): ("national", "active", "registry"),
    }
    assert person.card == a_card_number(50)


def test_an_old_card_that_comes_back_is_put_in_force_again(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, card=a_card_number(50))
    world.rounds(1)

    world.registry.change(person, card=a_card_number(0))
    world.rounds()

    assert world.cicero.card(patron_id) == a_card_number(0)
    assert world.cicero.cards(patron_id)[a_card_number(50)][1] == "replaced"


def test_a_supplied_card_overwrites_the_registrys_and_is_told_as_a_conflict(world: World) -> None:
    patron_id, person = world.both(a_patron(card=a_card_number(50)))

    pushed, *_ = world.rounds()

    assert person.card == a_card_number(50)
    assert world.cicero.card(patron_id) == a_card_number(50)
    assert pushed.conflicts == 1


def test_a_card_in_use_in_cicero_fails_its_record_and_is_tried_again(world: World) -> None:
    holder = world.cicero.add(a_patron(1, consent=False))
    patron_id, person = world.both(a_patron(card=None), card=a_card_number(1))
    world.push()

    first = world.pull()[LIBRARY]
    again = world.pull()[LIBRARY]
    world.cicero.delete(holder)
    last = world.pull()[LIBRARY]

    assert first.failures == again.failures == {Reason.CARD_IN_USE: 1}
    assert last.failures == {}
    assert world.cicero.card(patron_id) == person.card


def test_a_card_in_use_at_another_library_by_another_person_is_not_written(world: World) -> None:
    world.cicero.add(a_patron(1, library=OTHER_LIBRARY, card=a_card_number(1), consent=False))
    patron_id, _ = world.both(a_patron(card=None), card=a_card_number(1))
    world.push()

    tally = world.pull()[LIBRARY]

    assert tally.failures == {Reason.CARD_IN_USE: 1}
    assert world.cicero.card(patron_id) is None


def test_a_card_in_use_in_the_registry_fails_and_the_relation_is_made_all_the_same(world) -> None:
    _, person = world.both(a_patron(card=a_card_number(50)))
    world.registry.add(7, card=a_card_number(50))

    tally = world.push()[LIBRARY]

    assert tally.failures == {Reason.CARD_IN_USE: 1}
    assert person.card == a_card_number(0)
    assert LIBRARY in person.relations
    assert ("push", LIBRARY) in [one[:2] for one in world.state("pending")["pending"]]


def test_the_same_person_at_two_libraries_may_hold_the_same_card(world: World) -> None:
    here, person = world.both(a_patron())
    there = world.cicero.add(a_patron(library=OTHER_LIBRARY, card=None))

    world.rounds()

    assert world.cicero.card(here) == world.cicero.card(there) == person.card
    assert person.relations == {LIBRARY, OTHER_LIBRARY}
