"""PINs through whole runs (N2.3, N2.5, N3.2, N3.6)."""

from __future__ import annotations

from registry_operators.domain.reasons import Reason
from tests.db.flow_world import World
from tests.factories import (
    DEFAULT_PIN,
    LIBRARY,
    a_card_number,
    a_config,
    a_library_config,
    a_patron,
    wire,
)

UNREADABLE = "f" * 32


def without_pins():
    synchronise = {"card_number": True, "pin": False}
    return a_config(_2030000=a_library_config(synchronise=synchronise))


def test_a_missing_pin_comes_from_the_registry(world: World) -> None:
    patron_id, _ = world.both(a_patron(pin=None), pin="2468")

    world.rounds()

    assert world.cicero.pin(patron_id) == ("2468", False, "registry")


def test_a_missing_pin_of_an_unknown_patron_is_the_default_flagged_and_never_sent(world) -> None:
    patron_id = world.cicero.add(a_patron(pin=None))

    world.rounds()

    assert world.cicero.pin(patron_id) == (DEFAULT_PIN, True, "default")
    assert world.registry.of(0).pin == ""
    assert not world.registry.mentions(wire(DEFAULT_PIN))


def test_a_default_pin_is_sent_once_the_patron_has_changed_it(world: World) -> None:
    patron_id = world.cicero.add(a_patron(pin=None))
    world.rounds()

    world.cicero.set_pin(patron_id, "8642")
    world.rounds()

    assert world.registry.pin_of(0) == "8642"
    assert world.cicero.pin(patron_id) == ("8642", False, "patron")


def test_a_registrys_empty_pin_leads_to_the_default(world: World) -> None:
    patron_id, person = world.both(a_patron(pin=None), pin=None)

    world.rounds()

    assert world.cicero.pin(patron_id) == (DEFAULT_PIN, True, "default")
    assert person.pin == ""


def test_a_pin_that_the_registry_gets_later_replaces_the_default(world: World) -> None:
    patron_id, person = world.both(a_patron(pin=None), pin=None)
    world.rounds()

    world.registry.change(person, pin="2468")
    world.rounds()

    assert world.cicero.pin(patron_id) == ("2468", False, "registry")


def test_a_pin_that_must_be_changed_is_never_sent(world: World) -> None:
    patron_id, person = world.both(a_patron(pin="0000", must_change=True), pin=None)

    world.rounds()

    assert world.cicero.pin(patron_id) == ("0000", True, "default")
    assert not world.registry.mentions(wire("0000"))
    assert person.pin == ""


def test_a_pin_changed_in_cicero_replaces_the_registrys(world: World) -> None:
    patron_id, _ = world.both(a_patron())
    world.rounds(1)

    world.cicero.set_pin(patron_id, "1357")
    world.rounds()

    assert world.registry.pin_of(0) == "1357"
    assert world.cicero.pin(patron_id) == ("1357", False, "patron")


def test_a_pin_changed_in_the_registry_replaces_ciceros(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)

    world.registry.change(person, pin="1357")
    world.rounds()

    assert world.cicero.pin(patron_id) == ("1357", False, "registry")


def test_without_pin_sync_no_pin_travels(world: World) -> None:
    world.config = without_pins()
    patron_id, person = world.both(a_patron(), pin="2468")

    world.rounds()

    assert world.cicero.pin(patron_id) == ("4711", False, "patron")
    assert world.registry.pin_of(0) == "2468"
    assert not world.registry.mentions(wire("4711"))
    assert LIBRARY in person.relations


def test_without_pin_sync_a_missing_pin_is_the_default(world: World) -> None:
    world.config = without_pins()
    patron_id, _ = world.both(a_patron(pin=None), pin="2468")

    world.rounds()

    assert world.cicero.pin(patron_id) == (DEFAULT_PIN, True, "default")


def test_an_unreadable_pin_fails_the_record_and_its_card_is_written_all_the_same(world) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, card=a_card_number(50))
    person.pin = UNREADABLE

    tally = world.pull()[LIBRARY]

    assert tally.failures == {Reason.PIN_UNREADABLE: 1}
    assert world.cicero.card(patron_id) == a_card_number(50)
    assert world.cicero.pin(patron_id) == ("4711", False, "patron")


def test_an_unreadable_pin_is_no_reason_for_a_default_one(world: World) -> None:
    patron_id, person = world.both(a_patron(pin=None))
    person.pin = UNREADABLE

    world.push()
    tally = world.pull()[LIBRARY]

    assert world.cicero.pin(patron_id) is None
    assert tally.failures == {Reason.PIN_UNREADABLE: 1}


def test_an_unreadable_pin_of_a_record_that_rests_is_told_by_the_pull(world: World) -> None:
    world.registry.add(0).pin = UNREADABLE
    world.pull()
    world.registry.pass_time(days=9)
    patron_id = world.cicero.add(a_patron(pin=None))

    world.push()
    tally = world.pull()[LIBRARY]

    assert world.cicero.pin(patron_id) is None
    assert tally.failures == {Reason.PIN_UNREADABLE: 1}


def test_an_unreadable_pin_is_tried_again_until_it_can_be_read(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person)
    person.pin = UNREADABLE
    world.pull()

    person.pin = wire("1357")
    world.registry.pass_time(days=2)
    tally = world.pull()[LIBRARY]

    assert tally.updated == 1
    assert world.cicero.pin(patron_id) == ("1357", False, "registry")
    assert not world.state("pending")["pending"]
