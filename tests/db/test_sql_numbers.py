"""The statements of ``include/sql/run`` about numbers, PINs and keys, each run twice."""

from __future__ import annotations

import threading

import psycopg
import pytest

from registry_operators.ledger.database import Ledger
from tests.db.flow_world import World
from tests.db.sql_bench import advance, here, run_at
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    PADS,
    a_national_id,
    a_patron,
    a_person_key,
    a_run_id,
)

SEQUENCE = {
    "library": LIBRARY, "prefix": "N", "first_value": 10, "last_value": 19, "next_value": 10,
    "width": 9,
}  # fmt: skip


@pytest.fixture
def sequence(ledger: Ledger) -> Ledger:
    ledger.run("run/set_sequence", **SEQUENCE)
    return ledger


def take(ledger: Ledger, count: int) -> tuple[int, int]:
    (block,) = ledger.rows("run/take_card_numbers", library=LIBRARY, count=count)
    assert (block.prefix, block.width) == ("N", 9)
    return block.first_taken, block.last_taken


def test_take_card_numbers_gives_others_at_each_call_until_none_is_left(sequence: Ledger) -> None:
    assert [take(sequence, 4) for _ in range(4)] == [(10, 13), (14, 17), (18, 19), (20, 19)]


def test_take_card_numbers_makes_callers_wait_for_each_other(sequence, database_url) -> None:
    blocks: list[tuple[int, int]] = []

    def take_two() -> None:
        with Ledger.connect(database_url) as ledger:
            blocks.extend(take(ledger, 1) for _ in range(2))

    threads = [threading.Thread(target=take_two) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(blocks) == [(value, value) for value in range(10, 18)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 14), ({"next_value": 16}, 16), ({"last_value": 30}, 14),
        ({"first_value": 100, "last_value": 109, "next_value": 100}, 100),
        ({"prefix": "M"}, 10), ({"width": 8}, 10),
    ],
    ids=["same", "ahead", "longer", "another_range", "another_prefix", "another_width"],
)  # fmt: skip
def test_set_sequence_never_goes_back_within_a_range(sequence, query, change, expected) -> None:
    take(sequence, 4)

    for _ in range(2):
        sequence.run("run/set_sequence", **SEQUENCE | change)

    assert query("select next_value from patron_sync.card_sequence") == [(expected,)]


def test_keep_card_number_keeps_the_first(ledger: Ledger, query) -> None:
    kept = {"library": LIBRARY, "patron_id": 1, "run_id": a_run_id()}

    assert ledger.run("run/keep_card_number", **kept, card_number="N000000010") == 1
    assert ledger.run("run/keep_card_number", **kept, card_number="N000000011") == 0

    assert query("select card_number from patron_sync.taken_card_number") == [("N000000010",)]


def test_list_taken_card_numbers_finds_those_of_the_patrons(ledger: Ledger) -> None:
    kept = {"library": LIBRARY, "run_id": a_run_id()}
    for patron_id in (1, 2):
        number = f"N00000001{patron_id}"
        ledger.run("run/keep_card_number", **kept, patron_id=patron_id, card_number=number)

    for _ in range(2):
        rows = ledger.rows("run/list_taken_card_numbers", library=LIBRARY, patron_ids=[1, 3])
        assert [tuple(row) for row in rows] == [(1, "N000000011")]


def test_list_used_card_numbers_looks_at_cards_and_reservations_of_all(world: World) -> None:
    world.cicero.add(a_patron(0, library=OTHER_LIBRARY, card="N000000010"))
    world.ledger.run(
        "run/keep_card_number", library=LIBRARY, patron_id=9, card_number="N000000011",
        run_id=a_run_id(),
    )  # fmt: skip
    asked = {"card_numbers": [f"N00000001{digit}" for digit in range(3)]}

    for _ in range(2):
        rows = world.ledger.rows("run/list_used_card_numbers", **asked)
        assert sorted(row.card_number for row in rows) == ["N000000010", "N000000011"]


def test_assign_values_writes_the_same_values_again(world: World, query) -> None:
    world.cicero.add(a_patron(card=None))
    run_id = run_at(world, "push", "looked_up")
    given = {
        **here(run_id), "record_no": 1, "card_number": "N105000000", "card_reason": None,
        "pin_encrypted": b"x", "pin_fingerprint": b"y",
    }  # fmt: skip

    for _ in range(2):
        assert world.ledger.run("run/assign_values", **given) == 1

    row = query("select assigned_card_number, card_reason from patron_sync.staged_patron")
    assert row == [("N105000000", "NO_CARD")]


def test_plan_assigned_values_plans_number_and_pin_once(world: World, query) -> None:
    world.cicero.add(a_patron(card=None, pin=None))
    run_id = run_at(world, "push", "assigned")

    assert world.ledger.run("run/plan_assigned_values", run_id=run_id, **PADS) == 2
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("run/plan_assigned_values", run_id=run_id, **PADS) == 0

    rows = query("select field, target, reason from patron_sync.plan order by field")
    assert rows == [("card", "cicero", "SEQUENCE"), ("pin", "cicero", "DEFAULT_PIN")]


def test_list_patrons_without_key_leaves_out_who_has_one_or_no_id(world: World, query) -> None:
    waiting = world.cicero.add(a_patron(0))
    world.cicero.add(a_patron(1, national_id=None, pin=None))
    done = world.cicero.add(a_patron(2))
    query("update cicero.patron set person_key = %s where patron_id = %s", b"k" * 32, done)

    for _ in range(2):
        rows = world.ledger.rows("run/list_patrons_without_key", library=LIBRARY)
        assert [row.patron_id for row in rows] == [waiting]


def computed(patron_id: int, index: int = 0) -> dict[str, list[object]]:
    return {"patron_ids": [patron_id], "national_ids": [a_national_id(index)]}


def test_set_person_keys_forgets_a_key_of_an_id_that_was_corrected_meanwhile(
    world: World, query
) -> None:
    patron_id = world.cicero.add(a_patron())

    keys = {"person_keys": [a_person_key(1)]}
    assert world.ledger.run("run/set_person_keys", **computed(patron_id, 1), **keys) == 0

    assert query("select person_key from cicero.patron") == [(None,)]


def test_set_person_keys_leaves_a_key_that_is_there(world: World, query) -> None:
    patron_id = world.cicero.add(a_patron())
    for key in (a_person_key(0), b"k" * 32):
        world.ledger.run("run/set_person_keys", **computed(patron_id), person_keys=[key])

    assert query("select person_key from cicero.patron") == [(a_person_key(0),)]


def test_a_key_of_the_wrong_length_is_refused_without_telling_it(world: World) -> None:
    from registry_operators.errors import LedgerError

    patron_id = world.cicero.add(a_patron())

    with pytest.raises(LedgerError, match="patron_person_key_check") as caught:
        world.ledger.run("run/set_person_keys", **computed(patron_id), person_keys=[b"short"])
    assert "short" not in str(caught.value)
    assert not isinstance(caught.value.__cause__, psycopg.Error)


def test_reseal_pin_leaves_a_pin_that_changed_meanwhile(world: World, query) -> None:
    patron_id = world.cicero.add(a_patron())
    ((before,),) = query("select pin_encrypted from cicero.pin")
    fresh = {"pin_encrypted": b"e" * 32, "pin_fingerprint": b"f" * 32, "pin_before": before}

    assert world.ledger.run("run/reseal_pin", patron_id=patron_id, **fresh) == 1
    assert world.ledger.run("run/reseal_pin", patron_id=patron_id, **fresh) == 0

    assert query("select pin_encrypted, pin_fingerprint from cicero.pin") == [
        (b"e" * 32, b"f" * 32)
    ]
