"""Days that are hard on a synchroniser: late commits, clock changes, absence, masses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from registry_operators.domain.registry_time import REGISTRY_ZONE
from registry_operators.steps.apply_held_changes import apply_held_changes
from registry_operators.steps.decide_held_changes import approve_held, list_held, reject_held
from tests.db.flow_world import World
from tests.factories import (
    LIBRARY,
    SECRETS,
    Cicero,
    a_card_number,
    a_config,
    a_library_config,
    a_patron,
)
from tests.unit.steps.fake_registry import FakeRegistry

MANY, DELETED = 200, 60


@pytest.fixture
def world(ledger, cicero) -> World:
    return World(ledger, cicero)


def test_what_is_committed_after_the_push_is_sent_by_the_next(world: World, database_url) -> None:
    world.both(a_patron(0))
    world.both(a_patron(1))
    world.rounds(1)

    with psycopg.connect(database_url) as form:
        form.execute("select 1")  # a librarian's form that stays open
        Cicero(form).change_card(1, a_card_number(60))
        world.cicero.change_card(2, a_card_number(61))
        world.push()
        sent_too_early = world.registry.of(0).card
    world.push()

    assert sent_too_early == a_card_number(0)
    assert [world.registry.of(index).card for index in (0, 1)] == [
        a_card_number(60), a_card_number(61),
    ]  # fmt: skip
    assert world.push()[LIBRARY].writes == 0


def test_what_is_committed_while_the_push_runs_is_sent_by_the_next(
    world: World, database_url, monkeypatch
) -> None:
    from registry_operators.steps import run_flow as flows

    world.both(a_patron(0))
    world.rounds(1)
    with psycopg.connect(database_url) as form:
        form.execute("select 1")
        Cicero(form).set_pin(1, "2468")
        last_step = "move_watermark"
        original = getattr(flows, last_step)

        def commit_first(*args, **kwargs):
            form.commit()
            return original(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(flows, last_step, commit_first)
            world.push()
    assert world.registry.pin_of(0) == "4711"

    world.push()

    assert world.registry.pin_of(0) == "2468"


class NightRegistry(FakeRegistry):
    """A registry whose clock shows Norwegian wall time, also in the night when that changes."""

    moment = datetime(2026, 1, 1, tzinfo=UTC)

    def set_clock(self, moment: datetime) -> None:
        self.moment = moment
        self.now = moment.astimezone(REGISTRY_ZONE).replace(tzinfo=None)

    def pass_time(self, **by: float) -> None:
        """Runs take no time; the test moves the clock."""


@pytest.mark.parametrize("minutes", [10, 30, 50, 70])
@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"], ids=["spring", "autumn"])
def test_a_night_in_which_the_clock_is_changed_loses_and_repeats_nothing(
    world: World, night: str, minutes: int
) -> None:
    registry = world.registry = NightRegistry()
    begin = datetime.fromisoformat(f"{night}T00:00+00:00") - timedelta(hours=1)
    registry.set_clock(begin - timedelta(days=2))
    changes = {begin + timedelta(minutes=9 * number + 4): number for number in range(28)}
    people = [world.both(a_patron(number))[1] for number in changes.values()]
    registry.set_clock(begin - timedelta(days=1))
    world.rounds(1)

    writes = 0
    for minute in range(300):
        registry.set_clock(begin + timedelta(minutes=minute))
        number = changes.get(registry.moment)
        if number is not None:
            registry.change(people[number], pin=f"6{number:03d}")
        if minute % minutes == 0 or minute == 299:
            writes += world.pull()[LIBRARY].writes

    assert [world.cicero.pin(number + 1) for number in changes.values()] == [
        (f"6{number:03d}", False, "registry") for number in changes.values()
    ]
    assert writes == len(changes)
    registry.set_clock(begin + timedelta(hours=24))
    assert [tally.writes for tally in world.rounds(1)] == [0, 0]


def test_a_missed_week_is_caught_up_in_one_night(world: World) -> None:
    for number in range(15):
        world.both(a_patron(number))
    world.rounds(1)
    cicero, registry = world.cicero, world.registry
    for day in range(7):
        registry.pass_time(hours=24)
        cicero.set_pin(day + 1, f"13{day:02d}")
        registry.change(registry.of(day + 7), card=a_card_number(day + 80))
    cicero.delete(15)
    cicero.add(a_patron(20, card=None))

    pushed, pulled, *after = world.rounds()

    assert [registry.pin_of(day) for day in range(7)] == [f"13{day:02d}" for day in range(7)]
    assert [cicero.card(day + 8) for day in range(7)] == [a_card_number(d + 80) for d in range(7)]
    assert registry.of(14).relations == set()
    assert registry.of(20).card == cicero.card(16)
    assert (pushed.failures, pulled.failures) == ({}, {})
    assert [tally.writes for tally in after] == [0, 0]


@pytest.fixture
def mass_deletion(world: World) -> World:
    """Three in ten patrons of a library are deleted, and one of the others has a new PIN."""
    world.config = a_config()
    with world.cicero.db.transaction():
        for number in range(MANY):
            world.both(a_patron(number), relations=(LIBRARY,))
    world.rounds(1)
    with world.cicero.db.transaction():
        for patron_id in range(1, DELETED + 1):
            world.cicero.delete(patron_id)
        world.cicero.set_pin(MANY, "2468")
    return world


def related(world: World) -> int:
    return sum(LIBRARY in one.relations for one in world.registry.people)


def test_a_mass_deletion_is_held_and_nothing_else_is(mass_deletion: World) -> None:
    before = mass_deletion.state("patrons", "cards", "base")

    tally = mass_deletion.push()[LIBRARY]

    assert (tally.held, tally.updated, tally.failures) == (DELETED, 1, {})
    assert related(mass_deletion) == MANY
    assert mass_deletion.registry.pin_of(MANY - 1) == "2468"
    assert mass_deletion.state("patrons", "cards")["cards"] == before["cards"]
    assert len(mass_deletion.state("base")["base"]) == len(before["base"])
    (held,) = list_held(mass_deletion.ledger)
    assert (held.kind, held.changes) == ("relation_removals", DELETED)


def test_a_mass_deletion_that_is_approved_is_carried_out(mass_deletion: World) -> None:
    mass_deletion.push()
    (held,) = list_held(mass_deletion.ledger)
    approve_held(mass_deletion.ledger, held.held_set_id, digest=held.digest, decided_by="kari",
                 reason="the branch was closed", four_eyes=True)  # fmt: skip

    apply_held_changes(mass_deletion.ledger, mass_deletion.registry.connect, SECRETS,
                       held_set_id=held.held_set_id)  # fmt: skip

    assert related(mass_deletion) == MANY - DELETED
    assert all(settled for _, _, settled in mass_deletion.state("deleted")["deleted"])
    assert [tally.writes for tally in mass_deletion.rounds(1)] == [0, 0]


def test_a_mass_deletion_that_is_rejected_keeps_the_relations_for_good(
    mass_deletion: World,
) -> None:
    mass_deletion.push()
    (held,) = list_held(mass_deletion.ledger)

    reject_held(mass_deletion.ledger, held.held_set_id, decided_by="kari", reason="a mistake")
    tallies = mass_deletion.rounds()

    assert related(mass_deletion) == MANY
    assert [tally.writes for tally in tallies] == [0, 0, 0, 0]
    assert list_held(mass_deletion.ledger) == []


def test_a_mass_deletion_that_nobody_decides_on_is_asked_about_once(mass_deletion: World) -> None:
    mass_deletion.push()
    mass_deletion.rounds()

    assert related(mass_deletion) == MANY
    assert len(list_held(mass_deletion.ledger)) == 1


def test_who_vanished_from_the_registry_is_made_anew_with_the_pin(world: World) -> None:
    _, person = world.both(a_patron())
    world.rounds(1)

    world.registry.bury(person)
    world.cicero.change_card(1, a_card_number(60))
    world.rounds()

    assert world.registry.of(0).card == a_card_number(60)
    assert world.registry.pin_of(0) == "4711"


def test_a_pin_of_the_registry_comes_before_a_default_also_in_the_next_push(world: World) -> None:
    world.both(a_patron(pin=None), pin="2468")
    world.push()
    world.cicero.change_card(1, a_card_number(60))

    world.push()
    given_too_early = world.cicero.pin(1)
    world.pull()

    assert given_too_early is None
    assert world.cicero.pin(1) == ("2468", False, "registry")


def test_who_is_made_anew_while_pins_are_off_gets_the_pin_when_they_are_on(world: World) -> None:
    _, person = world.both(a_patron())
    world.rounds(1)
    world.registry.bury(person)
    world.cicero.change_card(1, a_card_number(60))
    pins_on = world.config
    world.config = a_config(
        _2030000=a_library_config(synchronise={"card_number": True, "pin": False})
    )
    world.rounds(1)
    assert world.registry.of(0).card == a_card_number(60)

    world.config = pins_on
    world.push(is_full=True)

    assert world.registry.pin_of(0) == "4711"
