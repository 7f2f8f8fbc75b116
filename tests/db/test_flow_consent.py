"""Consent through whole runs (N3.1): what is not allowed never leaves and never arrives."""

from __future__ import annotations

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.steps import run_flow as flows
from tests.db.flow_world import World
from tests.factories import LIBRARY, a_card_number, a_national_id, a_patron, wire


def after(step: str, do, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something happen between a step of a flow and the next one."""
    original = getattr(flows, step)

    def followed(*args, **kwargs):
        result = original(*args, **kwargs)
        do()
        return result

    monkeypatch.setattr(flows, step, followed)


def test_without_consent_no_call_mentions_the_person(world: World) -> None:
    patron_id, person = world.both(a_patron(consent=False), card=a_card_number(50), pin="2468")

    pushed, pulled, *_ = world.rounds()

    assert not world.registry.mentions(
        a_card_number(0), a_card_number(50), a_national_id(0), wire("4711")
    )
    assert not person.relations
    assert world.cicero.card(patron_id) == a_card_number(0)
    assert world.cicero.pin(patron_id) == ("4711", False, "patron")
    assert pushed.left_out == pulled.left_out == {Reason.NO_CONSENT: 1}


def test_withdrawn_consent_is_told_apart_from_none(world: World) -> None:
    world.both(a_patron(withdrawn=True))

    pushed, pulled, *_ = world.rounds()

    assert pushed.left_out == pulled.left_out == {Reason.CONSENT_WITHDRAWN: 1}
    assert not world.registry.mentions(a_national_id(0), a_card_number(0))


def test_nothing_of_a_person_without_consent_is_stored_in_the_ledger(world: World, query) -> None:
    world.both(a_patron(consent=False), card=a_card_number(50))

    world.pull(libraries=(LIBRARY,))

    assert query("select count(*) from patron_sync.staged_patron") == [(0,)]
    (verdict,) = query("select * from patron_sync.verdict")
    assert not {a_national_id(0), a_card_number(50)} & {str(value) for value in verdict}


def test_consent_withdrawn_between_plan_and_load_of_a_push_sends_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    patron_id = world.cicero.add(a_patron())
    after("plan_changes", lambda: world.cicero.withdraw(patron_id), monkeypatch)

    tally = world.push()[LIBRARY]

    assert tally.left_out == {Reason.CONSENT_WITHDRAWN: 1}
    assert not world.registry.writes()
    assert not world.state("pending")["pending"]


def test_consent_withdrawn_between_plan_and_load_of_a_pull_writes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, card=a_card_number(50), pin="2468")
    after("plan_changes", lambda: world.cicero.withdraw(patron_id), monkeypatch)

    tally = world.pull()[LIBRARY]

    assert tally.left_out == {Reason.CONSENT_WITHDRAWN: 1}
    assert world.cicero.card(patron_id) == a_card_number(0)
    assert world.cicero.pin(patron_id) == ("4711", False, "patron")


def test_consent_withdrawn_before_the_look_up_asks_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    patron_id, _ = world.both(a_patron())
    after("filter_consent", lambda: world.cicero.withdraw(patron_id), monkeypatch)

    world.push()

    assert not world.registry.mentions(a_national_id(0), a_card_number(0))


def test_a_pending_person_who_withdraws_is_not_asked_about(world: World) -> None:
    patron_id, person = world.both(a_patron(card=None))
    world.push()
    world.cicero.withdraw(patron_id)
    world.registry.calls.clear()
    person.changed_at = "2020-01-01T00:00:00"

    world.pull()

    assert not world.registry.mentions(a_national_id(0), person.card)


def test_consent_given_later_reconciles_at_the_next_push_and_pull(world: World) -> None:
    patron_id, person = world.both(a_patron(consent=False, card=None, pin=None), pin="2468")
    world.rounds()

    world.cicero.consent(patron_id)
    world.rounds()

    assert LIBRARY in person.relations
    assert world.cicero.card(patron_id) == person.card
    assert world.cicero.pin(patron_id) == ("2468", False, "registry")


def test_withdrawing_leaves_the_registrys_record_and_relation(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)

    world.cicero.withdraw(patron_id)
    world.rounds()

    assert LIBRARY in person.relations
    assert person.card == a_card_number(0)


def test_a_consent_for_something_else_is_none(world: World) -> None:
    patron_id, _ = world.both(a_patron(consent=False))
    world.cicero.db.execute(
        "insert into cicero.consent (patron_id, consent_type, given_by)"
        " values (%s, 'KEEP_HISTORICAL_LOAN_DATA', 'patron')",
        [patron_id],
    )

    tally, *_ = world.rounds()

    assert tally.left_out == {Reason.NO_CONSENT: 1}
    assert not world.registry.mentions(a_national_id(0))
