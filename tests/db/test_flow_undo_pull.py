"""Taking back what a pull wrote into Cicero (X7)."""

from __future__ import annotations

from registry_operators.domain.reasons import Reason
from registry_operators.steps.apply_to_cicero import apply_to_cicero
from tests.db.flow_world import CICERO, World
from tests.db.sql_bench import run_at
from tests.db.undo_bench import is_quiet, undo
from tests.factories import LIBRARY, OTHER_LIBRARY, SECRETS, a_card_number, a_patron

BOTH = (*CICERO, "base")


def test_puts_card_and_pin_back_and_stays_so(world: World, pulled: int) -> None:
    outcome = undo(world)

    assert outcome == {
        ("cicero", "card", "reversed", None): 1,
        ("cicero", "pin", "reversed", None): 1,
    }
    assert world.cicero.card(pulled) == a_card_number(0)
    assert world.cicero.cards(pulled)[a_card_number(60)][1] == "replaced"
    assert world.cicero.pin(pulled) == ("4711", False, "patron")
    assert is_quiet(world)


def test_a_full_run_does_not_do_it_again(world: World, pulled: int) -> None:
    undo(world)

    writes = [world.run(flow, is_full=True)[LIBRARY].writes for flow in ("push", "pull")]

    assert writes == [0, 0]
    assert world.cicero.card(pulled) == a_card_number(0)


def test_what_the_registry_changes_later_comes_in(world: World, pulled: int) -> None:
    undo(world)
    world.rounds(1)
    world.registry.change(world.registry.of(0), card=a_card_number(61), pin="1357")

    world.rounds(1)

    assert world.cicero.card(pulled) == a_card_number(61)
    assert world.cicero.pin(pulled) == ("1357", False, "registry")
    assert is_quiet(world)
    assert world.cicero.db.execute("select * from patron_sync.difference").fetchall() == []


def test_what_cicero_changes_later_goes_out(world: World, pulled: int) -> None:
    undo(world)
    world.rounds(1)
    world.cicero.set_pin(pulled, "1357")
    world.cicero.change_card(pulled, a_card_number(62))

    world.rounds(1)

    assert (world.registry.of(0).card, world.registry.pin_of(0)) == (a_card_number(62), "1357")
    assert is_quiet(world)


def test_the_same_change_by_the_registry_counts_after_both_agreed(
    world: World, pulled: int
) -> None:
    undo(world)
    person = world.registry.of(0)
    world.registry.change(person, card=a_card_number(61))
    world.rounds(1)
    world.registry.change(person, card=a_card_number(60))

    world.rounds(1)

    assert world.cicero.card(pulled) == a_card_number(60)


def test_keeps_what_cicero_changed_since(world: World, pulled: int) -> None:
    world.cicero.change_card(pulled, a_card_number(63))
    world.cicero.set_pin(pulled, "9999")

    outcome = undo(world)

    assert outcome == {
        ("cicero", "card", "kept", Reason.TARGET_CHANGED): 1,
        ("cicero", "pin", "kept", Reason.TARGET_CHANGED): 1,
    }
    assert world.cicero.card(pulled) == a_card_number(63)
    assert world.cicero.pin(pulled) == ("9999", False, "patron")


def test_keeps_a_card_whose_old_one_is_blocked_by_now(world, pulled: int) -> None:
    world.cicero.db.execute(
        "update cicero.card set status = 'blocked' where card_number = %s", [a_card_number(0)]
    )

    outcome = undo(world, fields=("card",))

    assert outcome == {("cicero", "card", "kept", Reason.CARD_BLOCKED): 1}
    assert world.cicero.card(pulled) == a_card_number(60)


def test_without_consent_nothing_is_written(world: World, pulled: int) -> None:
    world.cicero.withdraw(pulled)
    before = world.state(*BOTH)

    outcome = undo(world)

    assert {(state, reason) for _, _, state, reason in outcome} == {
        ("kept", Reason.CONSENT_WITHDRAWN)
    }
    assert world.state(*BOTH) == before


def test_of_a_patron_who_is_gone_is_kept(world: World, pulled: int) -> None:
    world.cicero.delete(pulled)

    outcome = undo(world)

    assert {reason for *_, reason in outcome} == {Reason.PATRON_DELETED}


def test_without_its_journal_is_kept(world: World, pulled: int, query) -> None:
    query("delete from patron_sync.journal")

    outcome = undo(world)

    assert {reason for *_, reason in outcome} == {Reason.OLD_VALUE_UNKNOWN}


def test_a_card_and_a_pin_that_were_not_there_go_and_are_not_given_again(world) -> None:
    patron_id, _ = world.both(a_patron(card=None, pin=None))
    world.push()
    assert world.pull()[LIBRARY].writes == 2

    outcome = undo(world)

    assert set(outcome.values()) == {1}
    assert {state for _, _, state, _ in outcome} == {"reversed"}
    assert (world.cicero.card(patron_id), world.cicero.pin(patron_id)) == (None, None)
    assert is_quiet(world)


def test_a_default_pin_goes_and_is_not_given_again(world: World) -> None:
    patron_id, _ = world.both(a_patron(pin=None), pin=None)
    assert world.push()[LIBRARY].writes == 2

    undo(world, fields=("pin",))

    assert world.cicero.pin(patron_id) is None
    assert is_quiet(world)


def test_a_default_pin_comes_back_in_the_place_of_the_registrys(world: World) -> None:
    patron_id, person = world.both(a_patron(pin=None), pin=None)
    world.rounds()
    world.registry.change(person, pin="2468")
    world.pull()

    undo(world)

    assert world.cicero.pin(patron_id) == ("7314", True, "default")
    assert is_quiet(world)


def test_only_the_asked_library_and_field(world: World) -> None:
    ids = []
    for index, library in enumerate((LIBRARY, OTHER_LIBRARY)):
        patron = a_patron(index, library=library, card=a_card_number(index))
        ids.append(world.both(patron)[0])
    world.rounds()
    for index in (0, 1):
        world.registry.change(world.registry.of(index), card=a_card_number(60 + index), pin="2468")
    world.pull()

    undo(world, fields=("card",), libraries=(OTHER_LIBRARY,))

    assert [world.cicero.card(one) for one in ids] == [a_card_number(60), a_card_number(1)]
    assert [world.cicero.pin(one) for one in ids] == [("2468", False, "registry")] * 2


def test_a_card_that_staff_entered_between_plan_and_write_is_theirs(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, card=a_card_number(60))
    run_id = run_at(world, "pull", "guarded")
    world.cicero.change_card(patron_id, a_card_number(60))
    apply_to_cicero(world.ledger, SECRETS.keys, run_id=run_id, libraries=[LIBRARY])

    outcome = undo(world, run_id=run_id, fields=("card",))

    assert outcome == {("cicero", "card", "kept", Reason.OLD_VALUE_UNKNOWN): 1}
    assert world.cicero.card(patron_id) == a_card_number(60)
