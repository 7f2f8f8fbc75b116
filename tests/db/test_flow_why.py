"""Whole runs, and what is told afterwards about one patron: a test for each kind of answer."""

from __future__ import annotations

import json

from registry_operators.domain.reasons import Reason
from tests.db.flow_world import World
from tests.db.why_bench import ask, code, facts, last, now, story
from tests.factories import (
    LIBRARY,
    a_card_number,
    a_config,
    a_library_config,
    a_national_id,
    a_patron,
)


def test_a_patron_without_consent_is_told_so_with_the_requirement(world: World) -> None:
    patron_id = world.cicero.add(a_patron(consent=False))
    world.rounds(1)

    told = story(world, patron_id)

    push = last(told, "push")
    assert (push.was_read, push.outcome, code(push)) == (True, "left_out", Reason.NO_CONSENT)
    assert push.reason is not None
    assert push.reason.rule == "N3.1"
    assert [(one.outcome, code(one), one.needs_registry) for one in told.now] == [
        ("left_out", Reason.NO_CONSENT, False)
    ] * 2
    assert "no consent" in facts(told)


def test_a_withdrawn_consent_stops_both_directions(world: World) -> None:
    patron_id, _ = world.both(a_patron())
    world.rounds(1)
    world.cicero.withdraw(patron_id)
    world.push()

    told = story(world, patron_id)

    assert code(last(told, "push")) == Reason.CONSENT_WITHDRAWN
    assert {code(one) for one in told.now} == {Reason.CONSENT_WITHDRAWN}
    assert "withdrawn" in facts(told)


def test_nobody_without_consent_is_asked_about(world: World) -> None:
    patron_id = world.cicero.add(a_patron(consent=False))

    told = story(world, patron_id, registry=True)

    assert world.registry.calls == []
    assert any("was not asked" in says for says in now(told, "push").says)


def test_a_local_card_stays_at_home(world: World) -> None:
    patron_id = world.cicero.add(a_patron(card=None, local_card="L0000001"))
    world.push()

    told = story(world, patron_id)

    assert (last(told, "push").outcome, code(last(told, "push"))) == ("left_out", Reason.LOCAL_CARD)
    assert "L·····" in facts(told)
    assert "L0000001" not in json.dumps(ask(world, patron_id=patron_id).as_dict(), default=str)


def test_a_blocked_card_is_not_sent(world: World, query) -> None:
    patron_id = world.cicero.add(a_patron())
    query("update cicero.card set status = 'blocked'")
    world.push()

    told = story(world, patron_id)

    assert code(last(told, "push")) == Reason.CARD_BLOCKED
    assert "is blocked" in facts(told)
    assert now(told, "push").needs_registry


def test_who_is_unknown_to_the_registry_would_be_created(world: World) -> None:
    patron_id = world.cicero.add(a_patron())

    told = story(world, patron_id, registry=True)

    push = now(told, "push")
    assert (push.is_due, push.outcome, push.needs_registry) == (True, "created", False)
    assert {change.rule.code for change in push.changes} == {"NEW_PATRON"}
    assert code(now(told, "pull")) == Reason.NOT_IN_REGISTRY


def test_without_asking_it_says_that_only_the_registry_can_tell(world: World) -> None:
    patron_id = world.cicero.add(a_patron())

    told = story(world, patron_id)

    assert [(one.outcome, one.needs_registry) for one in told.now] == [(None, True)] * 2
    assert all("--ask" in " ".join(one.says) for one in told.now)


def test_who_was_written_by_a_push_is_told_with_rule_and_state(world: World) -> None:
    patron_id = world.cicero.add(a_patron())
    world.push()

    push = last(story(world, patron_id), "push")

    assert push.outcome == "created"
    assert [(one.field, one.state, one.rule.rule) for one in push.changes] == [
        ("relation", "confirmed", "N3.2"), ("pin", "confirmed", "N3.2"),
        ("card", "confirmed", "N3.2"),
    ]  # fmt: skip


def test_what_a_push_wrote_comes_back_as_an_echo_and_is_not_written(world: World) -> None:
    patron_id = world.cicero.add(a_patron())
    world.rounds(1)

    pull = last(story(world, patron_id), "pull")

    assert (pull.was_read, pull.outcome, pull.changes) == (True, "unchanged", ())


def test_who_was_written_by_a_pull_is_told_with_rule_and_state(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, pin="2580")
    world.pull()

    pull = last(story(world, patron_id), "pull")

    assert pull.outcome == "updated"
    assert [(one.field, one.target, one.state) for one in pull.changes] == [
        ("pin", "cicero", "confirmed")
    ]
    assert pull.changes[0].rule.rule == "N1.3"


def test_who_did_not_change_was_not_read_and_would_not_be(world: World) -> None:
    patron_id, _ = world.both(a_patron())
    world.rounds(3)

    told = story(world, patron_id, registry=True)

    assert last(told, "push").was_read is False
    assert now(told, "push").is_due is False
    assert [one.outcome for one in told.now] == ["unchanged"] * 2


def test_a_value_that_both_sides_changed_is_told_as_a_conflict(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    world.registry.change(person, pin="2580")
    world.cicero.set_pin(patron_id, "1379")
    world.pull(libraries=(LIBRARY,))

    pull = last(story(world, patron_id), "pull")

    assert pull.changes[0].is_conflict
    assert "both sides" in pull.changes[0].text


def test_a_failed_patron_waits_for_the_next_run(world: World) -> None:
    patron_id = world.cicero.add(a_patron(0))
    world.registry.add(1, card=a_card_number(0), national_id=a_national_id(1))
    world.push()

    told = story(world, patron_id)

    assert (last(told, "push").outcome, code(last(told, "push"))) == ("failed", Reason.CARD_IN_USE)
    assert any(Reason.CARD_IN_USE in fact.says for fact in told.waiting)
    assert now(told, "push").is_due is True


def test_a_record_that_could_not_be_read_is_explained(world: World) -> None:
    patron_id, person = world.both(a_patron())
    world.rounds(1)
    person.changed_at = "2026-99-99T00:00:00"
    world.pull()

    pull = last(story(world, patron_id), "pull")

    assert (pull.outcome, code(pull)) == ("failed", Reason.IMPOSSIBLE_DATE)


def test_a_default_pin_is_not_sent_until_it_is_changed(world: World) -> None:
    patron_id = world.cicero.add(a_patron(pin="7314", must_change=True))
    world.push()

    told = story(world, patron_id)

    assert {change.field for change in last(told, "push").changes} == {"relation", "card"}
    assert "until the patron changes it" in facts(told)


def test_a_deleted_patron_is_known_by_the_removal(world: World) -> None:
    patron_id, _ = world.both(a_patron())
    world.rounds(1)
    world.cicero.delete(patron_id)

    before = story(world, patron_id)
    world.push()
    after = story(world, patron_id)

    assert before.state == after.state == "deleted"
    assert [fact.rule for fact in before.waiting] == ["N3.7"]
    assert [(one.flow, one.outcome, one.is_due) for one in before.now] == [
        ("push", "updated", True)
    ]
    assert last(after, "push").changes[0].action == "remove"
    assert (after.waiting, after.now) == ((), ())


def test_who_is_nowhere_but_in_the_ledger_is_found_by_number(world: World, query) -> None:
    patron_id = world.cicero.add(a_patron())
    world.push()
    world.cicero.delete(patron_id)
    query("delete from cicero.deleted_patron")

    told = story(world, patron_id)

    assert (told.state, told.now) == ("gone", ())
    assert last(told, "push").outcome == "created"


def test_a_disabled_library_reads_nobody(world: World) -> None:
    world.config = a_config(**{f"_{LIBRARY}": a_library_config(enabled=False)})
    patron_id = world.cicero.add(a_patron())
    world.rounds(1)

    told = story(world, patron_id)

    assert {(one.was_read, one.outcome) for one in told.history} == {(False, None)}
    assert "not enabled" in facts(told)
    assert told.now == ()


def test_a_library_that_failed_is_the_reason_why_nobody_was_read(world: World) -> None:
    patron_id = world.cicero.add(a_patron())
    world.registry.refused_libraries = {LIBRARY}
    world.pull()

    pull = last(story(world, patron_id), "pull")

    assert (pull.was_read, code(pull)) == (False, "LOGIN_REFUSED")


def test_old_runs_without_staging_tell_what_was_planned_and_admit_the_rest(
    world: World, query
) -> None:
    written = world.cicero.add(a_patron(0))
    same, _ = world.both(a_patron(1))
    world.push()
    world.pull()
    query("delete from patron_sync.staged_patron")

    assert last(story(world, written), "push").outcome == "created"
    assert last(story(world, same), "pull").was_read is None
