"""What a push plans for one patron, rule by rule."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from registry_operators.domain.keys import fingerprint
from tests.db.flow_world import World
from tests.db.sql_bench import advance, put, run_that_is_at, stage, turn_off
from tests.factories import KEYS, LIBRARY, OTHER_LIBRARY, PADS, a_card_number, a_person_key, a_run

NEW, OLD, GIVEN = a_card_number(1), a_card_number(0), "N105000000"
NOTHING = {"registry_card_number": None, "registry_pin_fingerprint": None}
NOT_FOUND, NOT_ASKED = {"registry_state": "not_found"} | NOTHING, {"registry_state": None} | NOTHING
REMOVAL = {"deletion_id": 1}
RELATED, CREATED = ("update", "NEW_AT_LIBRARY"), ("create", "NEW_PATRON")


def of(number: str) -> bytes:
    return fingerprint(a_person_key(0), "card", number, KEYS)


def plan(world: World, run_id: UUID, action: str, **where: Any) -> None:
    """Put a planned relation there, of the first record unless said otherwise."""
    row = {"library": LIBRARY, "record_no": 1, "field": "relation", "target": "registry"} | where
    put(
        world, "patron_sync.plan", run_id=run_id, action=action, patron_id=1,
        person_key=a_person_key(0), reason="R", **row,
    )  # fmt: skip


@pytest.fixture
def run_id(world: World) -> UUID:
    """A run beside another, with relations that belong to other records and other fields."""
    run_id = run_that_is_at(world, "push", "assigned")
    plan(world, a_run(world.ledger, "push", number=2), "create")
    plan(world, run_id, "create", library=OTHER_LIBRARY)
    plan(world, run_id, "create", record_no=2)
    plan(world, run_id, "create", field="card", target="cicero")
    plan(world, run_id, "create", field="pin", target="cicero")
    return run_id


def planned(query, run_id: UUID, field: str) -> Any:
    return query(
        "select action, reason, is_conflict, value_fingerprint from patron_sync.plan"
        " where run_id = %s and field = %s and target = 'registry' and library = %s"
        " and record_no = 1", run_id, field, LIBRARY,
    )  # fmt: skip


def prepare(world: World, run_id: UUID, how: dict[str, Any], record: dict[str, Any]) -> None:
    if base := how.get("base"):
        put(
            world, "patron_sync.base", library=LIBRARY, person_key=a_person_key(0),
            field=how["field"], fingerprint=base, run_id=run_id,
        )  # fmt: skip
    if relation := how.get("relation"):
        plan(world, run_id, relation)
    if column := how.get("off"):
        turn_off(world, column)
    stage(world, run_id, patron_id=1, **record)


@pytest.mark.parametrize(
    ("record", "how", "expected"),
    [
        pytest.param({}, {}, [RELATED], id="found"),
        pytest.param({}, {"off": "syncs_card"}, [RELATED], id="found_cards_off"),
        pytest.param({}, {"base": b"x"}, [], id="related_already"),
        pytest.param(NOT_ASKED, {}, [], id="not_asked"),
        pytest.param(NOT_FOUND, {}, [CREATED], id="not_found"),
        pytest.param(NOT_FOUND, {"base": b"x"}, [CREATED], id="vanished"),
        pytest.param(NOT_FOUND, {"off": "syncs_card"}, [], id="not_found_cards_off"),
        pytest.param(NOT_FOUND | {"card_number": None}, {}, [], id="without_card"),
        pytest.param(
            NOT_FOUND | {"card_number": None, "assigned_card_number": GIVEN}, {}, [CREATED],
            id="was_given_a_number",
        ),
        pytest.param(
            NOT_FOUND | {"card_number": None, "assigned_card_number": "N900000001"}, {}, [],
            id="number_outside_the_series",
        ),
        pytest.param(
            NOT_FOUND | {"card_number": None, "assigned_card_number": GIVEN + "0"}, {}, [],
            id="number_too_long",
        ),
        pytest.param(REMOVAL, {}, [], id="removal"),
        pytest.param(REMOVAL | NOT_FOUND, {}, [], id="removal_not_found"),
    ],
)  # fmt: skip
def test_plan_relations(world: World, query, record, how, expected) -> None:
    """Series of another run, with another prefix or of another length count for nothing."""
    run_id = run_that_is_at(world, "push", "assigned")
    nines = {"first_digits": "900000000", "last_digits": "999999999"}
    for series in (
        {"run_id": a_run(world.ledger, "push", number=2), "prefix": "N"} | nines,
        {"run_id": run_id, "prefix": "M"} | nines,
        {"run_id": run_id, "prefix": "N", "first_digits": "9", "last_digits": "99999999999"},
    ):
        put(world, "patron_sync.run_series", **series)
    prepare(world, run_id, how | {"field": "relation"},
            {"registry_state": "found", "card_number": NEW} | record)  # fmt: skip

    assert world.ledger.run("push/plan_relations", run_id=run_id, **PADS) == len(expected)
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("push/plan_relations", run_id=run_id, **PADS) == 0

    assert [row[:2] for row in planned(query, run_id, "relation")] == expected


CHANGED = [("update", "CICERO_CHANGED", False)]
BOTH_CHANGED = [("update", "CICERO_CHANGED", True)]
NEWCOMER = [("create", "NEW_PATRON", False)]
ASSIGNED = {"card_number": None, "card_origin": None, "assigned_card_number": GIVEN}


@pytest.mark.parametrize(
    ("record", "how", "expected"),
    [
        pytest.param({}, {"base": of(OLD)}, CHANGED, id="changed"),
        pytest.param({}, {"base": of(OLD), "relation": "update"}, CHANGED, id="and_related"),
        pytest.param({}, {}, BOTH_CHANGED, id="never_agreed"),
        pytest.param({}, {"base": of(GIVEN)}, BOTH_CHANGED, id="both_changed"),
        pytest.param({"registry_card_number": None}, {}, CHANGED, id="registry_has_none"),
        pytest.param({"registry_card_number": NEW}, {}, [], id="equal"),
        pytest.param({}, {"base": of(NEW)}, [], id="changed_there_only"),
        pytest.param({"card_origin": "sequence"}, {"base": of(OLD)}, [], id="our_own_number"),
        pytest.param(NOT_ASKED, {"base": of(OLD)}, CHANGED, id="changed_not_asked"),
        pytest.param(NOT_ASKED, {"base": of(NEW)}, [], id="unchanged_not_asked"),
        pytest.param(NOT_ASKED, {}, [], id="never_agreed_not_asked"),
        pytest.param(NOT_FOUND, {"base": of(OLD)}, [], id="not_found_and_not_created"),
        pytest.param(NOT_FOUND, {"relation": "create"}, NEWCOMER, id="new"),
        pytest.param(
            NOT_FOUND, {"relation": "create", "base": of(NEW)}, NEWCOMER, id="made_anew"
        ),
        pytest.param(
            NOT_FOUND | ASSIGNED, {"relation": "create"}, NEWCOMER, id="was_given_a_number"
        ),
        pytest.param(
            NOT_ASKED | ASSIGNED, {"base": of(OLD)}, [], id="a_given_number_replaces_none"
        ),
        pytest.param(REMOVAL, {"base": of(OLD)}, [], id="removal"),
        pytest.param({}, {"base": of(OLD), "off": "syncs_card"}, [], id="cards_off"),
    ],
)  # fmt: skip
def test_plan_cards_of_a_push(world: World, query, run_id, record, how, expected) -> None:
    default = {
        "registry_state": "found", "registry_card_number": OLD, "card_number": NEW,
        "card_origin": "librarian",
    }  # fmt: skip
    prepare(world, run_id, how | {"field": "card"}, default | record)

    assert world.ledger.run("push/plan_cards", run_id=run_id, **PADS) == len(expected)
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("push/plan_cards", run_id=run_id, **PADS) == 0

    number = record.get("assigned_card_number", NEW)
    assert planned(query, run_id, "card") == [(*row, of(number)) for row in expected]


@pytest.mark.parametrize(
    ("record", "how", "expected"),
    [
        pytest.param({}, {"base": b"old"}, CHANGED, id="changed"),
        pytest.param({}, {"base": b"old", "relation": "update"}, CHANGED, id="and_related"),
        pytest.param({}, {}, BOTH_CHANGED, id="never_agreed"),
        pytest.param({}, {"base": b"other"}, BOTH_CHANGED, id="both_changed"),
        pytest.param(
            {"registry_pin_fingerprint": None}, {"base": b"old"}, CHANGED, id="registry_has_none"
        ),
        pytest.param({"registry_pin_fingerprint": b"new"}, {}, [], id="equal"),
        pytest.param({}, {"base": b"new"}, [], id="changed_there_only"),
        pytest.param({"pin_fingerprint": None}, {"base": b"old"}, [], id="has_none_to_send"),
        pytest.param(
            NOT_ASKED, {"base": b"old"}, CHANGED,
            id="changed_not_asked",
        ),
        pytest.param(
            NOT_FOUND, {"base": b"old"}, [],
            id="not_found_and_not_created",
        ),
        pytest.param(
            NOT_FOUND, {"relation": "create"}, NEWCOMER,
            id="new",
        ),
        pytest.param(
            NOT_FOUND,
            {"relation": "create", "base": b"new"}, NEWCOMER, id="made_anew",
        ),
        pytest.param(REMOVAL, {"base": b"old"}, [], id="removal"),
        pytest.param({}, {"base": b"old", "off": "syncs_pin"}, [], id="pins_off"),
    ],
)  # fmt: skip
def test_plan_pins_of_a_push(world: World, query, run_id, record, how, expected) -> None:
    default = {
        "registry_state": "found",
        "registry_pin_fingerprint": b"old",
        "pin_fingerprint": b"new",
    }
    prepare(world, run_id, how | {"field": "pin"}, default | record)

    assert world.ledger.run("push/plan_pins", run_id=run_id) == len(expected)
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("push/plan_pins", run_id=run_id) == 0

    assert planned(query, run_id, "pin") == [(*row, b"new") for row in expected]
