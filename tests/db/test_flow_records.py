"""Records that are not as they should be (N4.2, X4, X5): one fails or is left out, others go on."""

from __future__ import annotations

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.errors import RefusedError
from tests.db.flow_world import World
from tests.factories import (
    LIBRARY,
    a_card_number,
    a_national_id,
    a_patron,
)
from tests.unit.steps.fake_registry import LibrarysView


def wrong(national_id: str) -> str:
    return national_id[:-1] + str((int(national_id[-1]) + 1) % 10)


def pulled(world: World):
    return world.pull(libraries=(LIBRARY,))[LIBRARY]


def test_a_patron_with_a_wrong_national_id_fails_and_no_call_mentions_it(world: World) -> None:
    world.cicero.add(a_patron(national_id=wrong(a_national_id(0)), pin=None))

    first = world.push()[LIBRARY]
    again = world.push()[LIBRARY]

    assert first.failures == again.failures == {Reason.INVALID_NATIONAL_ID: 1}
    assert not world.registry.mentions(wrong(a_national_id(0)), a_card_number(0))


def test_a_corrected_national_id_is_synchronised(world: World) -> None:
    patron_id = world.cicero.add(a_patron(national_id=wrong(a_national_id(0)), pin=None))
    world.push()

    world.cicero.db.execute(
        "update cicero.patron set national_id = %s where patron_id = %s",
        [a_national_id(0), patron_id],
    )
    tally, *_ = world.rounds()

    assert tally.created == 1
    assert not world.state("pending")["pending"]


def test_a_patron_without_national_id_is_left_out(world: World) -> None:
    world.cicero.add(a_patron(national_id=None, pin=None))

    tally, *_ = world.rounds()

    assert tally.left_out == {Reason.NO_NATIONAL_ID: 1}
    assert not world.registry.mentions(a_card_number(0))


def test_a_registry_record_with_a_wrong_national_id_is_left_out(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.registry.change(person, card=a_card_number(50))
    person.national_id = wrong(person.national_id)

    tally = pulled(world)

    assert tally.left_out == {Reason.INVALID_NATIONAL_ID: 1}
    assert world.cicero.card(patron_id) == a_card_number(0)


def test_a_record_without_national_id_is_matched_by_its_card(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, pin="2468")
    person.national_id = ""

    tally = pulled(world)

    assert tally.updated == 1
    assert world.cicero.pin(patron_id) == ("2468", False, "registry")


def test_a_record_without_national_id_and_with_an_unknown_card_is_nobodys(world: World) -> None:
    world.registry.add(0, national_id="")

    assert pulled(world).left_out == {Reason.UNKNOWN_PERSON: 1}


def test_a_tombstone_changes_nothing_in_cicero(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    before = world.state("cards", "pins")

    world.registry.bury(person)
    tally = pulled(world)

    assert tally.left_out == {Reason.TOMBSTONE: 1}
    assert world.state("cards", "pins") == before
    assert world.cicero.card(patron_id) == a_card_number(0)


@pytest.mark.parametrize("text", ["2026-02-30T10:00:00", "yesterday", "2026-13-01"])
def test_a_record_with_an_impossible_date_fails_and_the_others_go_on(world: World, text) -> None:
    patron_id, person = world.both(a_patron(card=None))
    other, _ = world.both(a_patron(1, card=None))
    person.changed_at = text

    tally = pulled(world)

    assert tally.failures == {Reason.IMPOSSIBLE_DATE: 1}
    assert world.cicero.card(patron_id) is None
    assert world.cicero.card(other) == a_card_number(1)


def test_a_record_that_comes_twice_is_dealt_with_once(world: World) -> None:
    patron_id, person = world.both(a_patron(card=None))
    world.registry.people.append(person)

    tally = pulled(world)

    assert (tally.read, tally.updated, tally.left_out) == (2, 1, {Reason.SUPERSEDED: 1})
    assert world.cicero.card(patron_id) == person.card


def test_of_two_versions_of_a_record_the_newer_counts(world: World) -> None:
    patron_id, _ = world.both(a_patron(card=None), changed_at="2026-02-01T10:00:00")
    world.registry.add(0, pin="2468", changed_at="2026-02-01T10:00:01")

    tally = pulled(world)

    assert tally.left_out == {Reason.SUPERSEDED: 1}
    assert world.cicero.pin(patron_id) == ("2468", False, "registry")


def test_one_person_with_two_cards_at_the_same_moment_fails(world: World) -> None:
    patron_id, _ = world.both(a_patron(card=None))
    world.registry.add(0, card=a_card_number(50))

    tally = pulled(world)

    assert tally.failures == {Reason.AMBIGUOUS_PERSON: 1}
    assert world.cicero.card(patron_id) is None


def test_one_person_with_two_cards_fails_in_the_look_up_of_a_push(world: World) -> None:
    world.both(a_patron())
    world.registry.add(0, card=a_card_number(50))

    tally = world.push()[LIBRARY]

    assert tally.failures == {Reason.AMBIGUOUS_PERSON: 1}
    assert not world.registry.writes()


def test_a_failed_person_is_asked_about_again_until_it_is_settled(world: World) -> None:
    patron_id, person = world.both(a_patron(card=None))
    twin = world.registry.add(0, card=a_card_number(50))
    pulled(world)
    world.registry.pass_time(days=1)

    still = pulled(world)
    world.registry.people.remove(twin)
    at_last = pulled(world)

    assert still.failures == {Reason.AMBIGUOUS_PERSON: 1}
    assert (at_last.failures, at_last.updated) == ({}, 1)
    assert world.cicero.card(patron_id) == person.card
    assert not world.state("pending")["pending"]


def test_a_look_up_that_is_refused_fails_its_record_only(world: World, monkeypatch) -> None:
    first = world.cicero.add(a_patron(0, card=None))
    world.cicero.add(a_patron(1))
    refuse_look_ups_of(a_national_id(0), monkeypatch)

    tally = world.push()[LIBRARY]

    assert tally.failures == {Reason.REFUSED: 1}
    assert tally.created == 1
    assert world.cicero.card(first) is None


def test_a_pending_person_whose_look_up_is_refused_does_not_stop_the_pull(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.both(a_patron(card=None))
    world.push()
    other, _ = world.both(a_patron(1, card=None), changed_at="2027-01-01T00:00:00")
    refuse_look_ups_of(a_national_id(0), monkeypatch)
    world.registry.of(0).changed_at = "1800-01-01T00:00:00"

    tally = pulled(world)

    assert tally.failure_code is None
    assert tally.failures == {Reason.REFUSED: 1}
    assert world.cicero.card(other) == a_card_number(1)


def refuse_look_ups_of(national_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = LibrarysView.find

    def find(self, identifier):
        if identifier == national_id:
            raise RefusedError("the fake does not take this one")
        return original(self, identifier)

    monkeypatch.setattr(LibrarysView, "find", find)
