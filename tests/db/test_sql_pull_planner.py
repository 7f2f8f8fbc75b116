"""What a pull plans for one patron, and how conflicts are judged, rule by rule."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from registry_operators.domain.keys import fingerprint, pin_fingerprint
from registry_operators.domain.pin import Pin
from tests.db.flow_world import World
from tests.db.sql_bench import advance, know_persons, put, run_that_is_at, stage, turn_off
from tests.factories import (
    KEYS,
    LIBRARY,
    OTHER_LIBRARY,
    PADS,
    a_card_number,
    a_patron,
    a_person_key,
    a_run,
)

NEW, HELD, OTHER = "N100000077", a_card_number(0), "N100000088"
PLANNED = (
    "select action, state, outcome_reason, is_conflict, settled_at is not null"
    " from patron_sync.plan where field = %s"
)
UPDATE, CREATE = (
    ("update", "planned", None, False, False),
    ("create", "planned", None, False, False),
)
CONFLICT = ("update", "planned", None, True, False)
IN_USE = ("create", "failed", "CARD_IN_USE", False, True)


def agree(world: World, field: str, value: bytes) -> None:
    """Let this be what both sides last agreed on for the first person."""
    facts = {"library": LIBRARY, "person_key": a_person_key(0), "run_id": "0" * 32}
    put(world, "patron_sync.base", field=field, fingerprint=value, **facts)


def card(number: str, **patron: Any) -> dict[str, Any]:
    """A patron with one card in some state."""
    return {"index": 0, "status": "active", "number": number, "library": LIBRARY} | patron


@pytest.mark.parametrize(
    ("cards", "base", "number", "planned"),
    [
        pytest.param([card(HELD)], HELD, NEW, [UPDATE], id="changed"),
        pytest.param([card(HELD)], None, NEW, [CONFLICT], id="never_agreed"),
        pytest.param([card(HELD)], OTHER, NEW, [CONFLICT], id="both_changed"),
        pytest.param([card(HELD)], None, HELD, [], id="equal"),
        pytest.param([card(HELD)], NEW, NEW, [], id="changed_here_only"),
        pytest.param([card(HELD)], HELD, None, [], id="registry_has_none"),
        pytest.param([], OTHER, NEW, [CREATE], id="has_none"),
        pytest.param([card("L1")], None, NEW, [CREATE], id="local"),
        pytest.param([card(HELD, status="replaced")], HELD, NEW, [CREATE], id="replaced"),
        pytest.param([card(HELD, status="blocked")], HELD, NEW, [CREATE], id="other_is_blocked"),
        pytest.param([card(NEW, status="blocked")], None, NEW, [], id="blocked_here"),
        pytest.param(
            [card(HELD), card(NEW, status="replaced")], HELD, NEW, [UPDATE], id="had_it_before"
        ),
        pytest.param(
            [card(NEW, library=OTHER_LIBRARY, status="blocked")], None, NEW, [CREATE],
            id="blocked_elsewhere",
        ),
        pytest.param([card(NEW, library=OTHER_LIBRARY)], None, NEW, [CREATE], id="has_it_there"),
        pytest.param([card(NEW, index=5)], None, NEW, [IN_USE], id="somebody_else_has_it"),
        pytest.param([card(NEW, index=20)], None, NEW, [IN_USE], id="somebody_unknown_has_it"),
    ],
)  # fmt: skip
def test_plan_cards_of_a_pull(world: World, query, cards, base, number, planned) -> None:
    ids = {(0, LIBRARY): world.cicero.add(a_patron(card=None))}
    world.cicero.add(a_patron(3, library=OTHER_LIBRARY))
    for one in cards:
        who = one["index"], one["library"]
        if who not in ids:
            ids[who] = world.cicero.add(a_patron(who[0], library=who[1], card=None, pin=None))
        put(
            world, "cicero.card", patron_id=ids[who], library=who[1], card_number=one["number"],
            kind="local" if one["number"][0] == "L" else "national", status=one["status"],
            origin="librarian",
        )  # fmt: skip
    know_persons(world)
    if base:
        agree(world, "card", fingerprint(a_person_key(0), "card", base, KEYS))
    run_id = run_that_is_at(world, "pull", "assigned")
    stage(world, run_id, card_number=number)

    assert world.ledger.run("pull/plan_cards", run_id=run_id, **PADS) == len(planned)
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("pull/plan_cards", run_id=run_id, **PADS) == 0

    assert query(PLANNED, "card") == planned


def of(digits: str) -> bytes:
    return pin_fingerprint(a_person_key(0), Pin(digits), KEYS)


BROKEN = {"pin_fingerprint": None, "pin_reason": "BAD"}


@pytest.mark.parametrize(
    ("held", "base", "record", "planned"),
    [
        pytest.param("patron", "1111", {}, [UPDATE], id="changed"),
        pytest.param("patron", None, {}, [CONFLICT], id="never_agreed"),
        pytest.param("librarian", "9999", {}, [CONFLICT], id="both_changed"),
        pytest.param("default", None, {}, [UPDATE], id="default_pin"),
        pytest.param("registry", None, {}, [UPDATE], id="the_registrys"),
        pytest.param(None, None, {}, [CREATE], id="has_none"),
        pytest.param(None, "1111", {}, [CREATE], id="has_none_any_more"),
        pytest.param("patron", None, {"pin_fingerprint": of("1111")}, [], id="equal"),
        pytest.param("patron", "2222", {}, [], id="changed_here_only"),
        pytest.param("patron", "1111", {"pin_fingerprint": None}, [], id="registry_has_none"),
        pytest.param(
            "patron", "1111", BROKEN, [("update", "failed", "BAD", False, True)], id="unreadable"
        ),
        pytest.param(None, None, BROKEN, [("create", "failed", "BAD", False, True)], id="broken"),
    ],
)
def test_plan_pins_of_a_pull(world: World, query, held, base, record, planned) -> None:
    patron_id = world.cicero.add(a_patron(pin="1111" if held else None))
    world.cicero.add(a_patron(1))
    query("update cicero.pin set origin = %s, must_change = %s where patron_id = %s",
          held, held == "default", patron_id)  # fmt: skip
    know_persons(world)
    if base:
        agree(world, "pin", of(base))
    run_id = run_that_is_at(world, "pull", "assigned")
    stage(world, run_id, **{"pin_fingerprint": of("2222")} | record)

    assert world.ledger.run("pull/plan_pins", run_id=run_id) == len(planned)
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("pull/plan_pins", run_id=run_id) == 0

    assert query(PLANNED, "pin") == planned


@pytest.mark.parametrize("field", ["card", "pin"])
def test_a_pull_plans_no_field_that_a_library_does_not_synchronise(world, query, field) -> None:
    world.cicero.add(a_patron())
    know_persons(world)
    run_id = run_that_is_at(world, "pull", "assigned")
    stage(world, run_id, card_number=NEW, pin_fingerprint=of("2222"))
    turn_off(world, f"syncs_{field}")

    world.ledger.run("pull/plan_cards", run_id=run_id, **PADS)
    world.ledger.run("pull/plan_pins", run_id=run_id)

    assert query("select field from patron_sync.plan") == [("pin" if field == "card" else "card",)]


WITHOUT_THE_OTHER = {
    "card": "delete from cicero.pin where patron_id = %s",
    "pin": "delete from cicero.card where patron_id = %s",
}
CHANGED_AT = {
    "card": "update cicero.card set changed_at = %s::timestamp at time zone 'Europe/Oslo'"
    " where patron_id = %s and card_number = 'N100000077'",
    "pin": "update cicero.pin set changed_at = %s::timestamp at time zone 'Europe/Oslo'"
    " where patron_id = %s",
}
EARLIER, NOON, LATER = (f"2026-03-01 {hour}:00" for hour in (11, 12, 13))  # in Oslo


def stage_among_others(world: World, run_id: UUID, **values: Any) -> None:
    """Stage a record before and after others, which differ in number, library or run."""
    others: list[dict[str, Any]] = [
        {"record_no": 2}, {"library": OTHER_LIBRARY}, {"run_id": a_run(world.ledger, number=2)},
        {"record_no": 3}, {"library": "2050000"}, {"run_id": a_run(world.ledger, number=3)},
    ]  # fmt: skip
    for one in (*others[:3], values, *others[3:]):
        facts: dict[str, Any] = {"run_id": run_id, "changed_at": "2027-06-01"} | one
        stage(world, **facts)


@pytest.mark.parametrize("field", ["card", "pin"])
@pytest.mark.parametrize(
    ("target", "changed", "policy", "state"),
    [
        ("cicero", EARLIER, "newest_wins", "planned"),
        ("cicero", NOON, "newest_wins", "planned"),
        ("cicero", LATER, "newest_wins", "dropped"),
        ("registry", EARLIER, "newest_wins", "dropped"),
        ("registry", NOON, "newest_wins", "planned"),
        ("registry", LATER, "newest_wins", "planned"),
        ("registry", EARLIER, "hold", "held"),
        ("registry", EARLIER, "sender_wins", "planned"),
    ],
)
def test_judge_conflicts_looks_at_its_own_field_alone(
    world: World, query, field: str, target: str, changed: str, policy: str, state: str
) -> None:
    """Other cards, other patrons and other records changed at other times."""
    patron_id = world.cicero.add(a_patron(local_card="L1"))
    world.cicero.add(a_patron(1, local_card="L2"))
    world.cicero.change_card(patron_id, NEW)
    query(WITHOUT_THE_OTHER[field], patron_id)
    query("update cicero.card set changed_at = '2027-01-01'")
    query("update cicero.pin set changed_at = '2027-01-01'")
    query(CHANGED_AT[field], changed, patron_id)
    run_id = run_that_is_at(world, "pull", "assigned")
    policies = {"card": "hold", "pin": "hold", field: policy}
    query("update patron_sync.run_library set card_policy = %s, pin_policy = %s",
          policies["card"], policies["pin"])  # fmt: skip
    stage_among_others(world, run_id, changed_at=NOON)
    put(
        world, "patron_sync.plan", run_id=run_id, library=LIBRARY, record_no=1, field=field,
        target=target, patron_id=patron_id, person_key=a_person_key(0), action="update", reason="R",
        is_conflict=True,
    )  # fmt: skip

    assert world.ledger.run("run/judge_conflicts", run_id=run_id) == 1

    hours = {EARLIER: 1, NOON: 0, LATER: -1}
    assert query(
        "select state, extract(epoch from registry_changed_at - cicero_changed_at)::int / 3600"
        " from patron_sync.plan"
    ) == [(state, hours[changed])]
