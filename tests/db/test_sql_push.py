"""Each statement of ``include/sql/push``, run twice on a few rows."""

from __future__ import annotations

from typing import Any

import pytest

from registry_operators.domain.card_number import may_be_shared
from registry_operators.domain.keys import fingerprint
from registry_operators.domain.reasons import Reason
from tests.db.flow_world import World
from tests.db.sql_bench import advance, here, run_at
from tests.factories import (
    KEYS,
    LIBRARY,
    OTHER_LIBRARY,
    PADS,
    a_card_number,
    a_national_id,
    a_patron,
    a_person_key,
)

NEXT = {"held_set_id": None, **PADS, "after_no": 0, "batch_size": 10}


@pytest.fixture
def known(world: World) -> int:
    """A patron whom the registry knows with another PIN."""
    return world.both(a_patron(0), pin="2468")[0]


@pytest.fixture
def newcomer(world: World) -> int:
    """A patron whom the registry does not know."""
    return world.cicero.add(a_patron(1))


@pytest.fixture
def deleted(world: World) -> int:
    """A patron who was related and has been deleted since."""
    patron_id, _ = world.both(a_patron(2), relations=(LIBRARY,))
    world.push()
    world.cicero.delete(patron_id)
    return patron_id


def planned(query) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = query(
        "select field, action, reason from patron_sync.plan where run_id ="
        " (select run_id from patron_sync.run order by started_at desc limit 1) order by 1, 2"
    )
    return rows


def settle(world: World, run_id, state: str, *fields: str) -> int:
    return world.ledger.run(
        "push/settle_records",
        **here(run_id),
        record_nos=[1] * len(fields),
        fields=list(fields),
        states=[state] * len(fields),
        reasons=[None] * len(fields),
    )


def test_stage_changes_takes_changed_pending_and_deleted(world, query, deleted, known, newcomer):
    query("insert into patron_sync.pending values ('push', %s, %s, 'REFUSED')", LIBRARY, newcomer)
    world.cicero.add(a_patron(3, library=OTHER_LIBRARY))
    run_id = run_at(world, "push", "opened")

    for _ in range(2):
        world.ledger.run("run/clear_library", **here(run_id))
        assert world.ledger.run("push/stage_changes", **here(run_id), patron_ids=None) == 3

    rows = query(
        "select record_no, patron_id, deletion_id is not null from patron_sync.staged_patron"
        " where run_id = %s order by record_no", run_id,
    )  # fmt: skip
    assert rows == [(1, deleted, True), (2, known, False), (3, newcomer, False)]


def test_filter_consent_moves_records_to_verdicts_once(world: World, query, known: int) -> None:
    world.cicero.add(a_patron(1, consent=False))
    world.cicero.add(a_patron(2, national_id=None, pin=None))
    run_id = run_at(world, "push", "staged")

    assert world.ledger.run("push/filter_consent", run_id=run_id) == 2
    advance(world.ledger, run_id, "consent_filtered")
    assert world.ledger.run("push/filter_consent", run_id=run_id) == 0

    reasons = query("select reason, outcome from patron_sync.verdict order by reason")
    assert reasons == [(Reason.NO_CONSENT, "left_out"), (Reason.NO_NATIONAL_ID, "left_out")]
    assert query("select patron_id from patron_sync.staged_patron") == [(known,)]


def test_filter_local_cards_puts_only_national_cards_beside(world: World, query, known) -> None:
    world.cicero.add(a_patron(1, card=None, local_card="L0000001", must_change=True))
    world.cicero.add(a_patron(2, card=None, pin=None))
    run_id = run_at(world, "push", "consent_filtered")

    for _ in range(2):
        assert world.ledger.run("push/filter_local_cards", run_id=run_id) == 3

    rows = query(
        "select card_number, card_reason, pin_fingerprint is not null"
        " from patron_sync.staged_patron order by record_no"
    )
    assert rows == [
        (a_card_number(0), None, True), (None, "LOCAL_CARD", False), (None, "NO_CARD", False)
    ]  # fmt: skip


def test_list_look_ups_names_those_without_a_base_and_not_asked_yet(world, known, newcomer):
    withdrawn = world.cicero.add(a_patron(3))
    run_id = run_at(world, "push", "cards_filtered")
    world.cicero.withdraw(withdrawn)

    batch = {**PADS, "batch_size": 10, "after_no": 0}
    rows = world.ledger.rows("push/list_look_ups", **here(run_id), **batch)
    behind = world.ledger.rows("push/list_look_ups", **here(run_id), **batch | {"after_no": 1})
    record(world, run_id, 1, "found", a_card_number(0))
    rest = world.ledger.rows("push/list_look_ups", **here(run_id), **batch)

    assert [row.national_id for row in rows] == [a_national_id(0), a_national_id(1)]
    assert behind == rest
    assert [row.national_id for row in rest] == [a_national_id(1)]


def record(world: World, run_id, number: int, state: str, card: str | None) -> int:
    return world.ledger.run(
        "push/record_look_ups",
        **here(run_id),
        record_nos=[number],
        states=[state],
        card_numbers=[card],
        pin_fingerprints=[None],
        pins_encrypted=[None],
        pin_reasons=[Reason.PIN_UNREADABLE if state == "found" else None],
        changed_ats=[None],
    )


def test_record_look_ups_writes_down_the_answers(world: World, query, known: int) -> None:
    run_id = run_at(world, "push", "cards_filtered")

    for _ in range(2):
        assert record(world, run_id, 1, "found", a_card_number(0)) == 1

    row = query(
        "select registry_state, registry_card_number, pin_reason from patron_sync.staged_patron"
    )
    assert row == [("found", a_card_number(0), Reason.PIN_UNREADABLE)]


def test_list_missing_values_names_who_gets_nothing_from_the_registry(world: World) -> None:
    world.both(a_patron(0, card=None, pin=None))
    without = world.cicero.add(a_patron(1, card=None, pin=None))
    run_id = run_at(world, "push", "looked_up")

    for _ in range(2):
        (row,) = world.ledger.rows("push/list_missing_values", run_id=run_id)
        assert (row.patron_id, row.needs_card, row.needs_pin) == (without, True, True)


def test_plan_relations_relates_and_creates_once(world, query, known, newcomer) -> None:
    run_id = run_at(world, "push", "assigned")

    assert world.ledger.run("push/plan_relations", run_id=run_id, **PADS) == 2
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("push/plan_relations", run_id=run_id, **PADS) == 0

    assert planned(query) == [
        ("relation", "create", "NEW_PATRON"), ("relation", "update", "NEW_AT_LIBRARY")
    ]  # fmt: skip


def test_plan_cards_plans_new_and_changed_numbers_once(world, query, known, newcomer) -> None:
    world.cicero.change_card(known, a_card_number(50))
    run_id = run_at(world, "push", "assigned")
    world.ledger.run("push/plan_relations", run_id=run_id, **PADS)

    assert world.ledger.run("push/plan_cards", run_id=run_id, **PADS) == 2
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("push/plan_cards", run_id=run_id, **PADS) == 0

    assert planned(query)[:2] == [
        ("card", "create", "NEW_PATRON"), ("card", "update", "CICERO_CHANGED")
    ]  # fmt: skip


def test_plan_pins_plans_what_differs_and_may_be_sent_once(world, query, known) -> None:
    world.both(a_patron(3, pin="0000", must_change=True), pin=None)
    run_id = run_at(world, "push", "assigned")

    assert world.ledger.run("push/plan_pins", run_id=run_id) == 1
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("push/plan_pins", run_id=run_id) == 0

    assert query("select patron_id, is_conflict from patron_sync.plan") == [(known, True)]


def test_plan_removals_plans_a_removal_once(world: World, query, deleted: int) -> None:
    run_id = run_at(world, "push", "assigned")

    assert world.ledger.run("push/plan_removals", run_id=run_id) == 1
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("push/plan_removals", run_id=run_id) == 0

    assert planned(query) == [("relation", "remove", "PATRON_DELETED")]


def test_next_records_gives_values_of_this_moment_in_batches(world, known, newcomer) -> None:
    run_id = run_at(world, "push", "planned")
    world.cicero.set_pin(known, "1111")
    world.cicero.withdraw(newcomer)

    for _ in range(2):
        first, second = world.ledger.rows("push/next_records", **here(run_id), **NEXT)
        assert (first.relation_action, first.is_stale, first.has_consent) == ("update", True, True)
        assert (second.relation_action, second.has_consent) == ("create", False)
        assert (second.national_id, second.card_number) == (a_national_id(1), a_card_number(1))

    later = world.ledger.rows("push/next_records", **here(run_id), **NEXT | {"after_no": 1})
    assert [row.record_no for row in later] == [2]


def test_mark_sent_marks_planned_rows_once(world: World, query, known: int) -> None:
    run_id = run_at(world, "push", "planned")

    assert world.ledger.run("push/mark_sent", **here(run_id), record_nos=[1], held_set_id=None) == 2
    assert world.ledger.run("push/mark_sent", **here(run_id), record_nos=[1], held_set_id=None) == 0

    (row,) = world.ledger.rows("push/next_records", **here(run_id), **NEXT)
    assert row.was_sent


def test_settle_records_settles_what_waits_once(world: World, query, known: int) -> None:
    run_id = run_at(world, "push", "planned")

    assert settle(world, run_id, "confirmed", "relation", "pin") == 2
    assert settle(world, run_id, "failed", "relation", "pin") == 0

    assert query("select distinct state from patron_sync.plan") == [("confirmed",)]


def test_write_base_remembers_what_was_confirmed_once(world: World, query, known: int) -> None:
    run_id = run_at(world, "push", "planned")
    settle(world, run_id, "confirmed", "relation")

    assert world.ledger.run("push/write_base", **here(run_id), record_nos=[1]) == 1
    assert world.ledger.run("push/write_base", **here(run_id), record_nos=[1]) == 0

    expected = fingerprint(a_person_key(0), "relation", "related", KEYS)
    assert query("select field, fingerprint from patron_sync.base") == [("relation", expected)]


def test_write_looked_up_base_remembers_what_was_equal_once(world: World, query, known) -> None:
    run_id = run_at(world, "push", "planned")

    assert world.ledger.run("push/write_looked_up_base", **here(run_id), **PADS) == 1
    assert world.ledger.run("push/write_looked_up_base", **here(run_id), **PADS) == 0

    expected = fingerprint(a_person_key(0), "card", a_card_number(0), KEYS)
    assert query("select field, fingerprint from patron_sync.base") == [("card", expected)]


def test_add_pull_pending_asks_for_those_whom_the_registry_knows_better(world, query) -> None:
    patron_id, _ = world.both(a_patron(card=None))
    world.both(a_patron(1))
    run_id = run_at(world, "push", "planned")

    assert world.ledger.run("push/add_pull_pending", **here(run_id)) == 1
    first = query("select raised_xid::text from patron_sync.pending")
    assert world.ledger.run("push/add_pull_pending", **here(run_id)) == 1

    assert query("select flow, patron_id from patron_sync.pending") == [("pull", patron_id)]
    assert query("select raised_xid::text from patron_sync.pending") > first


def test_settle_removals_erases_the_national_id_once(world: World, query, deleted: int) -> None:
    run_id = run_at(world, "push", "planned")
    settle(world, run_id, "confirmed", "relation")

    assert world.ledger.run("push/settle_removals", **here(run_id)) == 1
    assert world.ledger.run("push/settle_removals", **here(run_id)) == 0

    row = query("select national_id, settled_at is null from cicero.deleted_patron")
    assert row == [(None, False)]


def test_forget_removed_base_forgets_what_was_agreed_once(world: World, query, deleted) -> None:
    run_id = run_at(world, "push", "planned")
    settle(world, run_id, "confirmed", "relation")

    assert world.ledger.run("push/forget_removed_base", **here(run_id)) == 3
    assert world.ledger.run("push/forget_removed_base", **here(run_id)) == 0


def test_filter_local_cards_shares_exactly_what_the_domain_says(world: World, query) -> None:
    series = world.config.national_series
    ends = [number for one in series for number in (one.prefix + one.first, one.prefix + one.last)]
    numbers = [*ends, "N000000000", "N099999999", "N120000000", "N999999999"]
    for index, number in enumerate(numbers):
        world.cicero.add(a_patron(index, card=number))

    run_id = run_at(world, "push", "consent_filtered")
    world.ledger.run("push/filter_local_cards", run_id=run_id)

    shared = {number for (number,) in query("select card_number from patron_sync.staged_patron")}
    assert shared - {None} == {number for number in numbers if may_be_shared(number, series)}


def test_forget_replaced_base_forgets_fields_that_a_new_record_was_not_given(
    world: World, query, newcomer: int
) -> None:
    run_id = run_at(world, "push", "guarded")
    query(
        "insert into patron_sync.base (library, person_key, field, fingerprint, run_id)"
        " select library, person_key, fields.field, 'old', run_id from patron_sync.plan,"
        " unnest(array['card', 'pin']) as fields (field) where plan.field = 'relation'"
    )
    query("update patron_sync.plan set state = 'confirmed' where field in ('relation', 'card')")
    replaced = {**here(run_id), "record_nos": [1]}

    assert world.ledger.run("push/forget_replaced_base", **replaced) == 1
    assert world.ledger.run("push/forget_replaced_base", **replaced) == 0

    assert query("select field from patron_sync.base") == [("card",)]
