"""Each statement of ``include/sql/pull``, run twice on a few rows."""

from __future__ import annotations

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.steps.registry_record import COLUMN_TYPES, RecordReader
from tests.db.flow_world import World
from tests.db.sql_bench import advance, here, load_to_cicero, run_at, unheld
from tests.factories import (
    LIBRARY,
    PADS,
    SECRETS,
    a_card_number,
    a_patron,
    a_person_key,
    a_registry_patron,
)

ADDED = "pull/add_cards"
RETIRED = "pull/retire_cards"
ACTIVATED = "pull/activate_cards"
PINS = "pull/write_pins"


@pytest.fixture
def changed(world: World) -> int:
    """A patron whose card and PIN are others in the registry by now."""
    patron_id, _ = world.both(a_patron(), card=a_card_number(50), pin="2468")
    return patron_id


def test_copy_registry_records_streams_rows_in(world: World, query) -> None:
    run_id = run_at(world, "pull", "opened")
    reader = RecordReader(SECRETS, run_id, LIBRARY, syncs_pin=True)
    rows = [reader.read(number + 1, a_registry_patron(number)) for number in range(2)]

    for _ in range(2):
        world.ledger.run("run/clear_library", **here(run_id))
        assert world.ledger.copy("pull/copy_registry_records", COLUMN_TYPES, rows) == 2

    found = query("select person_key from patron_sync.staged_patron order by record_no")
    assert found == [(a_person_key(0),), (a_person_key(1),)]


def test_filter_consent_moves_records_to_verdicts_once(world: World, query, changed: int) -> None:
    world.both(a_patron(1, consent=False))
    world.registry.add(2)
    run_id = run_at(world, "pull", "staged")

    assert world.ledger.run("pull/filter_consent", run_id=run_id) == 2
    advance(world.ledger, run_id, "consent_filtered")
    assert world.ledger.run("pull/filter_consent", run_id=run_id) == 0

    assert query("select patron_id from patron_sync.staged_patron") == [(changed,)]
    reasons = query("select reason from patron_sync.verdict order by reason")
    assert reasons == [(Reason.NO_CONSENT,), (Reason.UNKNOWN_PERSON,)]


def test_filter_local_cards_puts_aside_what_is_not_of_national_form(world, query) -> None:
    world.both(a_patron(), card="X12345")
    run_id = run_at(world, "pull", "consent_filtered")

    assert world.ledger.run("pull/filter_local_cards", run_id=run_id) == 1
    assert world.ledger.run("pull/filter_local_cards", run_id=run_id) == 0

    found = query("select card_number, card_reason from patron_sync.staged_patron")
    assert found == [(None, Reason.LOCAL_CARD)]


def test_find_persons_by_card_knows_national_cards_of_the_library(world: World) -> None:
    world.cicero.add(a_patron(0, local_card="L0000001"))
    run_at(world, "pull", "staged")
    asked = {"library": LIBRARY, "card_numbers": [a_card_number(0), "L0000001", a_card_number(9)]}

    for _ in range(2):
        (row,) = world.ledger.rows("pull/find_persons_by_card", **asked)
        assert (row.card_number, row.person_key) == (a_card_number(0), a_person_key(0))


def test_list_pending_patrons_leaves_out_who_was_told_of_or_withdrew(world: World, query) -> None:
    ids = [world.cicero.add(a_patron(0)), world.cicero.add(a_patron(1, withdrawn=True))]
    ids.append(world.both(a_patron(2))[0])
    query(
        "insert into patron_sync.pending (flow, library, patron_id, reason)"
        " select 'pull', %s, unnest(%s::bigint[]), 'REFUSED'", LIBRARY, ids,
    )  # fmt: skip
    run_id = run_at(world, "pull", "opened")
    reader = RecordReader(SECRETS, run_id, LIBRARY, syncs_pin=True)
    rows = [reader.read(1, a_registry_patron(2))]
    world.ledger.copy("pull/copy_registry_records", COLUMN_TYPES, rows)
    for index, patron_id in enumerate(ids):
        query(
            "update cicero.patron set person_key = %s where patron_id = %s",
            a_person_key(index), patron_id,
        )  # fmt: skip

    for _ in range(2):
        (row,) = world.ledger.rows("pull/list_pending_patrons", **here(run_id))
        assert (row.patron_id, row.person_key) == (ids[0], a_person_key(0))


def test_list_missing_values_names_who_stays_without(world: World) -> None:
    patron_id, _ = world.both(a_patron(card=None, pin=None), card="", pin=None)
    world.both(a_patron(1))
    run_id = run_at(world, "pull", "cards_filtered")

    for _ in range(2):
        (row,) = world.ledger.rows("pull/list_missing_values", run_id=run_id)
        assert (row.patron_id, row.needs_card, row.needs_pin) == (patron_id, True, True)


def test_plan_cards_plans_what_differs_once(world: World, query, changed: int) -> None:
    world.both(a_patron(1))
    run_id = run_at(world, "pull", "assigned")

    assert world.ledger.run("pull/plan_cards", run_id=run_id, **PADS) == 1
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("pull/plan_cards", run_id=run_id, **PADS) == 0

    planned = query("select patron_id, field, action, state, is_conflict from patron_sync.plan")
    assert planned == [(changed, "card", "update", "planned", True)]


def test_plan_pins_plans_what_differs_once(world: World, query, changed: int) -> None:
    world.both(a_patron(1))
    run_id = run_at(world, "pull", "assigned")

    assert world.ledger.run("pull/plan_pins", run_id=run_id) == 1
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("pull/plan_pins", run_id=run_id) == 0

    assert query("select patron_id, field from patron_sync.plan") == [(changed, "pin")]


def test_drop_without_consent_drops_once(world: World, query, changed: int) -> None:
    run_id = run_at(world, "pull", "planned")
    world.cicero.withdraw(changed)

    for field in ("card", "pin"):
        assert world.ledger.run("pull/drop_without_consent", **unheld(run_id), field=field) == 1
        assert world.ledger.run("pull/drop_without_consent", **unheld(run_id), field=field) == 0

    found = query("select distinct state, outcome_reason from patron_sync.plan")
    assert found == [("dropped", Reason.CONSENT_WITHDRAWN)]


def test_add_cards_adds_beside_the_old_one_once(world: World, changed: int) -> None:
    run_id = run_at(world, "pull", "planned")

    assert world.ledger.run(ADDED, **unheld(run_id)) == 1
    assert world.ledger.run(ADDED, **unheld(run_id)) == 0

    assert world.cicero.card(changed) == a_card_number(0)
    assert world.cicero.cards(changed)[a_card_number(50)] == ("national", "replaced", "registry")


def test_retire_cards_retires_what_is_replaced_once(world: World, changed: int) -> None:
    world.both(a_patron(1))
    run_id = run_at(world, "pull", "planned")
    load_to_cicero(world, run_id, ADDED)

    assert world.ledger.run(RETIRED, **unheld(run_id)) == 1
    assert world.ledger.run(RETIRED, **unheld(run_id)) == 0

    assert world.cicero.card(changed) is None


def test_activate_cards_puts_the_new_one_in_force_once(world: World, changed: int) -> None:
    run_id = run_at(world, "pull", "planned")
    load_to_cicero(world, run_id, ADDED, RETIRED)

    assert world.ledger.run(ACTIVATED, **unheld(run_id)) == 1
    assert world.ledger.run(ACTIVATED, **unheld(run_id)) == 0

    assert world.cicero.card(changed) == a_card_number(50)


def test_write_pins_writes_a_pin_once(world: World, changed: int) -> None:
    newcomer, _ = world.both(a_patron(1, pin=None))
    run_id = run_at(world, "pull", "planned")

    assert world.ledger.run(PINS, **unheld(run_id)) == 2
    assert world.ledger.run(PINS, **unheld(run_id)) == 0

    assert world.cicero.pin(changed) == ("2468", False, "registry")
    assert world.cicero.pin(newcomer) == ("4711", False, "registry")


def test_settle_plan_confirms_what_cicero_holds(world: World, query, changed: int) -> None:
    run_id = run_at(world, "pull", "planned")
    load_to_cicero(world, run_id, PINS)

    for field in ("card", "pin"):
        assert world.ledger.run("pull/settle_plan", **unheld(run_id), field=field) == 1
        assert world.ledger.run("pull/settle_plan", **unheld(run_id), field=field) == 0

    found = query("select field, state, outcome_reason from patron_sync.plan order by field")
    assert found == [("card", "failed", Reason.CHANGED_SINCE_PLAN), ("pin", "confirmed", None)]


def test_write_card_base_remembers_agreement_once(world: World, changed: int) -> None:
    world.both(a_patron(1, pin="0000", must_change=True), pin="0000")
    run_id = run_at(world, "pull", "planned")
    load_to_cicero(world, run_id, ADDED, RETIRED, ACTIVATED, PINS)

    assert world.ledger.run("pull/write_card_base", **here(run_id), **PADS, held_set_id=None) == 2
    assert world.ledger.run("pull/write_card_base", **here(run_id), **PADS, held_set_id=None) == 0


def test_write_pin_base_leaves_out_pins_that_must_change(world: World, changed: int) -> None:
    world.both(a_patron(1, pin="0000", must_change=True), pin="0000")
    run_id = run_at(world, "pull", "planned")
    load_to_cicero(world, run_id, ADDED, RETIRED, ACTIVATED, PINS)

    assert world.ledger.run("pull/write_pin_base", **here(run_id), held_set_id=None) == 1
    assert world.ledger.run("pull/write_pin_base", **here(run_id), held_set_id=None) == 0


def test_forget_taken_numbers_forgets_what_is_held(world: World, query) -> None:
    patron_id = world.cicero.add(a_patron(card="N105000000"))
    for number, holder in (("N105000000", patron_id), ("N105000001", patron_id + 1)):
        world.ledger.run(
            "run/keep_card_number", **here(run_at(world, "pull", "opened")), patron_id=holder,
            card_number=number,
        )  # fmt: skip

    assert world.ledger.run("pull/forget_taken_numbers", library=LIBRARY) == 1
    assert world.ledger.run("pull/forget_taken_numbers", library=LIBRARY) == 0

    assert query("select card_number from patron_sync.taken_card_number") == [("N105000001",)]
