"""Which card numbers may leave, and who is given a number or a PIN, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from tests.db.flow_world import World
from tests.db.sql_bench import advance, put, run_that_is_at, stage, turn_off
from tests.factories import LIBRARY, PADS, a_card_number, a_patron, a_person_key, a_run

SHARED, OUTSIDE, LOCAL = a_card_number(0), "N900000001", "L1"
NO_CARD, LOCAL_CARD, BLOCKED = (
    (None, None, why) for why in ("NO_CARD", "LOCAL_CARD", "CARD_BLOCKED")
)
OPEN_SERIES = {"first_digits": "9", "last_digits": "99999999999"}
FULL = {"card": a_card_number(9), "pin": "4711"}


def a_card(world: World, patron_id: int, number: str, status: str, origin: str) -> None:
    put(
        world, "cicero.card", patron_id=patron_id, library=LIBRARY, card_number=number,
        kind="national" if number.startswith("N") else "local", status=status, origin=origin,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        pytest.param([], NO_CARD, id="none"),
        pytest.param([(SHARED, "active", "librarian")], (SHARED, "librarian", None), id="national"),
        pytest.param([(OUTSIDE, "active", "registry")], (OUTSIDE, "registry", None), id="its"),
        pytest.param([(OUTSIDE, "active", "cms_api")], LOCAL_CARD, id="outside"),
        pytest.param([(LOCAL, "active", "librarian")], LOCAL_CARD, id="local"),
        pytest.param([(LOCAL, "blocked", "librarian")], LOCAL_CARD, id="local_gone"),
        pytest.param(
            [(LOCAL, "active", "registry"), (SHARED, "active", "sequence")],
            (SHARED, "sequence", None), id="national_and_local",
        ),
        pytest.param([(SHARED, "replaced", "librarian")], NO_CARD, id="replaced"),
        pytest.param([(SHARED, "blocked", "librarian")], BLOCKED, id="blocked"),
        pytest.param(
            [(SHARED, "replaced", "librarian"), (LOCAL, "active", "librarian")],
            LOCAL_CARD, id="replaced_by_local",
        ),
        pytest.param(
            [(SHARED, "blocked", "librarian"), (LOCAL, "active", "librarian")],
            BLOCKED, id="blocked_and_local",
        ),
        pytest.param(
            [(SHARED, "blocked", "librarian"), (OUTSIDE, "active", "librarian")],
            LOCAL_CARD, id="blocked_and_outside",
        ),
    ],
)  # fmt: skip
def test_filter_local_cards_of_a_push(world: World, query, cards: list[Any], expected) -> None:
    """Series of another run, with another prefix or of another length make no number national."""
    patron_id = world.cicero.add(a_patron(card=None))
    for card in cards:
        a_card(world, patron_id, *card)
    a_card(world, world.cicero.add(a_patron(1, card=None)), "N900000009", "blocked", "librarian")
    a_card(world, world.cicero.add(a_patron(2, card=None)), "L9", "blocked", "librarian")
    run_id = run_that_is_at(world, "push", "consent_filtered")
    nines = {"first_digits": "900000000", "last_digits": "999999999"}
    for series in (
        {"run_id": a_run(world.ledger, number=2), "prefix": "N", **nines},
        {"run_id": run_id, "prefix": "M", **nines},
        {"run_id": run_id, "prefix": "N", **OPEN_SERIES},
    ):
        put(world, "patron_sync.run_series", **series)
    stage(world, run_id, patron_id=patron_id)

    for _ in range(2):
        assert world.ledger.run("push/filter_local_cards", run_id=run_id) == 1

    assert query("select card_number, card_origin, card_reason from patron_sync.staged_patron") == [
        expected
    ]


def test_filter_local_cards_leaves_removals_alone(world: World, query) -> None:
    run_id = run_that_is_at(world, "push", "consent_filtered")
    stage(world, run_id, patron_id=world.cicero.add(a_patron()), deletion_id=1)

    for _ in range(2):
        assert world.ledger.run("push/filter_local_cards", run_id=run_id) == 0


def test_filter_local_cards_of_a_pull_says_nothing_of_a_record_without_card(world, query) -> None:
    run_id = run_that_is_at(world, "pull", "consent_filtered")
    stage(world, run_id)

    for _ in range(2):
        assert world.ledger.run("pull/filter_local_cards", run_id=run_id) == 0


def missing(world: World, flow: str, patron: dict[str, Any], how: dict[str, Any]) -> Any:
    """Whether one patron needs a card and a PIN, or none when the patron is not listed."""
    patron_id = world.cicero.add(a_patron(**{"card": None, "pin": None} | patron))
    world.cicero.add(a_patron(1))
    run_id = run_that_is_at(world, flow, "cards_filtered" if flow == "pull" else "looked_up")
    for column in how.get("off", ()):
        turn_off(world, column)
    for field, fingerprint in how.get("undone", {}).items():
        put(
            world, "patron_sync.difference", library=LIBRARY, person_key=a_person_key(0),
            field=field, cicero_fingerprint=fingerprint, undo_id=run_id,
        )  # fmt: skip
    default = {"card_reason": "NO_CARD", "registry_state": "not_found"} if flow == "push" else {}
    stage(world, run_id, patron_id=patron_id, **default | how.get("record", {}))
    found = world.ledger.rows(f"{flow}/list_missing_values", run_id=run_id)
    assert found == world.ledger.rows(f"{flow}/list_missing_values", run_id=run_id)
    return [(row.needs_card, row.needs_pin) for row in found]


UNDONE = [
    pytest.param({}, {"undone": {"card": None}}, [(False, True)], id="card_undone"),
    pytest.param({}, {"undone": {"pin": None}}, [(True, False)], id="pin_undone"),
    pytest.param({}, {"undone": {"card": b"x", "pin": b"x"}}, [(True, True)], id="put_back"),
    pytest.param({}, {"undone": {"card": None, "pin": None}}, [], id="both_undone"),
    pytest.param({}, {}, [(True, True)], id="neither"),
    pytest.param({"pin": "4711"}, {}, [(True, False)], id="has_a_pin"),
    pytest.param({"pin": "4711"}, {"undone": {"card": None}}, [], id="has_a_pin_card_undone"),
]
CARD, PIN = {"card_number": SHARED}, {"pin_encrypted": b"x", "pin_fingerprint": b"x"}


@pytest.mark.parametrize(
    ("patron", "how", "expected"),
    [
        *UNDONE,
        pytest.param(FULL, {}, [], id="has_both"),
        pytest.param({"card": SHARED}, {}, [(False, True)], id="has_a_card"),
        pytest.param({"card": SHARED}, {"undone": {"pin": None}}, [], id="has_a_card_pin_undone"),
        pytest.param({"local_card": LOCAL}, {}, [(False, True)], id="has_a_local_card"),
        pytest.param({}, {"record": CARD}, [(False, True)], id="gets_a_card"),
        pytest.param({}, {"record": CARD, "off": ["syncs_card"]}, [(True, True)], id="cards_off"),
        pytest.param(
            FULL, {"record": CARD | PIN, "off": ["syncs_card", "syncs_pin"]}, [], id="both_off"
        ),
        pytest.param({}, {"record": PIN}, [(True, False)], id="gets_a_pin"),
        pytest.param({}, {"record": PIN, "off": ["syncs_pin"]}, [(True, True)], id="pins_off"),
        pytest.param({}, {"record": {"pin_reason": "BAD"}}, [(True, False)], id="pin_unreadable"),
    ],
)
def test_list_missing_values_of_a_pull(world: World, patron, how, expected) -> None:
    assert missing(world, "pull", patron, how) == expected


def test_list_missing_values_counts_no_card_that_is_out_of_force(world: World) -> None:
    patron_id = world.cicero.add(a_patron())
    world.cicero.db.execute("update cicero.card set status = 'blocked'")
    run_id = run_that_is_at(world, "pull", "cards_filtered")
    stage(world, run_id, patron_id=patron_id)

    for _ in range(2):
        (row,) = world.ledger.rows("pull/list_missing_values", run_id=run_id)
        assert (row.needs_card, row.needs_pin) == (True, False)


FOUND = {"registry_state": "found"}
ITS_CARD = FOUND | {"registry_card_number": SHARED}
ITS_PIN = FOUND | {"registry_pin_fingerprint": b"x"}


@pytest.mark.parametrize(
    ("patron", "how", "expected"),
    [
        *UNDONE,
        pytest.param({}, {"record": {"card_reason": "LOCAL_CARD"}}, [(False, True)], id="local"),
        pytest.param({}, {"record": {"card_reason": None}}, [(False, True)], id="has_a_card"),
        pytest.param(
            {"pin": "4711"}, {"record": {"card_reason": None} | FOUND}, [], id="has_both"
        ),
        pytest.param({}, {"record": FOUND}, [(True, True)], id="registry_has_neither"),
        pytest.param({}, {"record": {"registry_state": None}}, [(True, True)], id="not_asked"),
        pytest.param({}, {"record": ITS_CARD}, [(False, True)], id="registry_has_a_card"),
        pytest.param(
            {}, {"record": ITS_CARD, "off": ["syncs_card"]}, [(True, True)], id="cards_off"
        ),
        pytest.param({}, {"record": ITS_PIN}, [(True, False)], id="registry_has_a_pin"),
        pytest.param({}, {"record": ITS_PIN, "off": ["syncs_pin"]}, [(True, True)], id="pins_off"),
        pytest.param(
            {}, {"record": FOUND | {"pin_reason": "BAD"}}, [(True, False)], id="pin_unreadable"
        ),
        pytest.param(
            {}, {"record": ITS_CARD | ITS_PIN | {"registry_state": "not_found"}}, [(True, True)],
            id="no_record",
        ),
        pytest.param({}, {"record": {"deletion_id": 1}}, [], id="removal"),
    ],
)  # fmt: skip
def test_list_missing_values_of_a_push(world: World, patron, how, expected) -> None:
    assert missing(world, "push", patron, how) == expected


@pytest.mark.parametrize(
    ("given", "planned"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param(
            {"assigned_card_number": SHARED}, [("card", "SEQUENCE", "planned", None, False)],
            id="number",
        ),
        pytest.param(
            {"assigned_pin_fingerprint": b"x"}, [("pin", "DEFAULT_PIN", "planned", None, False)],
            id="pin",
        ),
        pytest.param(
            {"assigned_pin_fingerprint": b"x", "card_reason": "SEQUENCE_EXHAUSTED"},
            [
                ("card", "SEQUENCE", "failed", "SEQUENCE_EXHAUSTED", True),
                ("pin", "DEFAULT_PIN", "planned", None, False),
            ],
            id="exhausted",
        ),
        pytest.param(
            {"card_reason": "SEQUENCE_EXHAUSTED"},
            [("card", "SEQUENCE", "failed", "SEQUENCE_EXHAUSTED", True)], id="exhausted_alone",
        ),
    ],
)  # fmt: skip
def test_plan_assigned_values_plans_what_was_given_out(world, query, given, planned) -> None:
    run_id = run_that_is_at(world, "pull", "assigned")
    stage(world, run_id, patron_id=1, **given)

    assert world.ledger.run("run/plan_assigned_values", run_id=run_id, **PADS) == len(planned)
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("run/plan_assigned_values", run_id=run_id, **PADS) == 0

    assert planned == query(
        "select field, reason, state, outcome_reason, settled_at is not null"
        " from patron_sync.plan order by 1"
    )
