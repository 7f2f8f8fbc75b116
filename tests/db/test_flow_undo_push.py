"""Taking back what a push wrote into the registry (X7)."""

from __future__ import annotations

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.steps.undo_in_registry import RegistryUndo
from tests.db.flow_world import CICERO, World
from tests.db.undo_bench import is_quiet, undo
from tests.factories import LIBRARY, OTHER_LIBRARY, a_card_number, a_patron, a_run_id, wire

BOTH = (*CICERO, "base")


def test_puts_card_and_pin_back_and_stays_so(world: World, pushed: int) -> None:
    outcome = undo(world)

    assert outcome == {
        ("registry", "card", "reversed", None): 1,
        ("registry", "pin", "reversed", None): 1,
    }
    assert (world.registry.of(0).card, world.registry.pin_of(0)) == (a_card_number(0), "4711")
    assert world.cicero.card(pushed) == a_card_number(60)
    assert is_quiet(world)


def test_a_full_run_does_not_do_it_again(world: World, pushed: int) -> None:
    undo(world)

    writes = [world.run(flow, is_full=True)[LIBRARY].writes for flow in ("push", "pull")]

    assert writes == [0, 0]
    assert world.registry.pin_of(0) == "4711"


def test_what_cicero_changes_later_goes_out(world: World, pushed: int) -> None:
    undo(world)
    world.rounds(1)
    world.cicero.set_pin(pushed, "1357")
    world.cicero.change_card(pushed, a_card_number(62))

    world.rounds(1)

    assert (world.registry.of(0).card, world.registry.pin_of(0)) == (a_card_number(62), "1357")
    assert is_quiet(world)


def test_what_the_registry_changes_later_comes_in(world: World, pushed: int) -> None:
    undo(world)
    world.rounds(1)
    world.registry.change(world.registry.of(0), card=a_card_number(61), pin="1357")

    world.rounds(1)

    assert world.cicero.card(pushed) == a_card_number(61)
    assert world.cicero.pin(pushed) == ("1357", False, "registry")
    assert is_quiet(world)


def test_keeps_what_the_registry_changed_since(world: World, pushed: int) -> None:
    world.registry.change(world.registry.of(0), card=a_card_number(61), pin="1357")

    outcome = undo(world)

    assert {(state, reason) for _, _, state, reason in outcome} == {("kept", Reason.TARGET_CHANGED)}
    assert (world.registry.of(0).card, world.registry.pin_of(0)) == (a_card_number(61), "1357")


def test_without_consent_the_registry_is_not_even_asked(world, pushed: int) -> None:
    world.cicero.withdraw(pushed)
    world.registry.calls.clear()

    outcome = undo(world)

    assert {reason for *_, reason in outcome} == {Reason.CONSENT_WITHDRAWN}
    assert world.registry.calls == []


def test_a_consent_withdrawn_between_question_and_write_stops_the_write(
    world: World, pushed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = RegistryUndo._judge

    def withdraws(self, row, found):
        world.cicero.withdraw(pushed)
        return original(self, row, found)

    monkeypatch.setattr(RegistryUndo, "_judge", withdraws)
    writes = len(world.registry.writes())

    outcome = undo(world)

    assert {reason for *_, reason in outcome} == {Reason.CONSENT_WITHDRAWN}
    assert len(world.registry.writes()) == writes


def test_a_pin_that_the_registry_did_not_have_stays(world: World) -> None:
    world.both(a_patron(), pin=None)
    world.rounds()

    outcome = undo(world, run_id=a_run_id(1), fields=("pin",))

    assert outcome == {("registry", "pin", "kept", Reason.CANNOT_BE_EMPTIED): 1}
    assert world.registry.pin_of(0) == "4711"


def test_a_pin_that_could_not_be_read_stays(world: World) -> None:
    _, person = world.both(a_patron())
    person.pin = "0" * 32
    world.push()

    outcome = undo(world, fields=("pin",))

    assert outcome == {("registry", "pin", "kept", Reason.OLD_VALUE_UNKNOWN): 1}


def test_a_number_that_somebody_else_has_by_now_fails_and_the_pin_goes_back(
    world: World, pushed: int
) -> None:
    world.registry.add(9, card=a_card_number(0))

    outcome = undo(world)

    assert outcome == {
        ("registry", "card", "failed", Reason.CARD_IN_USE): 1,
        ("registry", "pin", "reversed", None): 1,
    }
    assert world.registry.pin_of(0) == "4711"


def test_what_came_through_although_its_answer_was_lost_goes_back(world: World) -> None:
    patron_id, _ = world.both(a_patron())
    world.rounds()
    world.cicero.set_pin(patron_id, "2468")
    world.registry.lost_answers = 1
    assert world.push()[LIBRARY].failed == 1
    assert world.registry.pin_of(0) == "2468"
    run_id = a_run_id(world.runs)
    world.rounds(1)

    outcome = undo(world, run_id=run_id)

    assert outcome == {("registry", "pin", "reversed", None): 1}
    assert world.registry.pin_of(0) == "4711"
    assert is_quiet(world)


def test_what_a_later_run_had_to_send_again_belongs_to_that_run(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds()
    world.cicero.set_pin(patron_id, "2468")
    world.registry.lost_answers = 1
    world.push()
    first = a_run_id(world.runs)
    person.pin = wire("4711")
    assert world.push()[LIBRARY].writes == 1

    assert undo(world, run_id=first) == {}
    assert undo(world) == {("registry", "pin", "reversed", None): 1}


def test_a_relation_is_removed_and_not_made_again(world: World) -> None:
    _, person = world.both(a_patron(), relations=(OTHER_LIBRARY,))
    world.push()

    outcome = undo(world)

    assert outcome == {("registry", "relation", "reversed", None): 1}
    assert person.relations == {OTHER_LIBRARY}
    assert is_quiet(world)


def test_a_relation_that_is_gone_already_is_kept(world: World) -> None:
    _, person = world.both(a_patron())
    world.push()
    person.relations.clear()

    assert undo(world) == {("registry", "relation", "kept", Reason.TARGET_CHANGED): 1}


def test_a_created_person_stays_without_the_relation(world: World) -> None:
    world.cicero.add(a_patron())
    world.push()

    outcome = undo(world)

    assert outcome == {
        ("registry", "relation", "reversed", None): 1,
        ("registry", "card", "kept", Reason.CREATED_IN_REGISTRY): 1,
        ("registry", "pin", "kept", Reason.CREATED_IN_REGISTRY): 1,
    }
    assert world.registry.of(0).relations == set()
    assert is_quiet(world)


def test_a_number_of_the_sequence_goes_out_of_force_and_to_nobody_else(world) -> None:
    patron_id = world.cicero.add(a_patron(card=None))
    world.push()
    number = world.cicero.card(patron_id)

    undo(world)

    assert world.cicero.card(patron_id) is None
    assert world.cicero.cards(patron_id)[number][1] == "replaced"
    assert is_quiet(world)
    other = world.cicero.add(a_patron(1, card=None))
    world.rounds(1)
    assert world.cicero.card(other) not in {None, number}


def test_a_removed_relation_comes_back_when_the_patron_is_here_again(world) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds()
    world.cicero.delete(patron_id)
    world.push()
    assert person.relations == set()
    assert undo(world) == {("registry", "relation", "kept", Reason.PATRON_DELETED): 1}
    world.cicero.add(a_patron())
    world.cicero.db.execute(
        "update cicero.patron set person_key = (select distinct person_key"
        " from patron_sync.journal where field = 'relation' and action = 'remove')"
    )

    assert undo(world) == {("registry", "relation", "reversed", None): 1}
    assert person.relations == {LIBRARY}
