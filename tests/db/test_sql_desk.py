"""The statements of ``include/sql/desk`` about patrons and their cards, each run twice."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from registry_operators.errors import LedgerError
from registry_operators.ledger.database import Ledger
from tests.db.desk_bench import DeskBench
from tests.db.flow_world import World
from tests.db.sql_bench import know_persons, put
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_national_id,
    a_patron,
    a_person_key,
    a_run_id,
)

CARD, OTHER_CARD = a_card_number(0), a_card_number(60)
KEY = b"\x07" * 32
PATRON: dict[str, Any] = {
    "library": LIBRARY, "national_id": a_national_id(0), "person_key": a_person_key(0),
    "pin_key": None, "surname": "Nyberg", "first_name": "Nora", "name_origin": "registry",
    "created_by": "self_service",
}  # fmt: skip


@pytest.fixture
def patron_id(world: World) -> int:
    """A patron without a card, whom a run has seen."""
    patron_id = world.cicero.add(a_patron(card=None))
    know_persons(world)
    return patron_id


def card(patron_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "patron_id": patron_id, "library": LIBRARY, "card_number": CARD, "kind": "national",
        "origin": "librarian",
    } | changes  # fmt: skip


def twice(world: World, statement: str, **parameters: Any) -> tuple[list[Any], list[Any]]:
    """The rows that a statement returns at each of two calls."""
    first = world.ledger.rows(statement, **parameters)
    return first, world.ledger.rows(statement, **parameters)


def test_add_patron_adds_a_person_once(world: World, query) -> None:
    first, second = twice(world, "desk/add_patron", **PATRON)

    assert (len(first), second) == (1, [])
    assert query(
        "select patron_id, surname, first_name, name_origin, created_by, former_person_key"
        " from cicero.patron"
    ) == [(first[0].patron_id, "Nyberg", "Nora", "registry", "self_service", None)]


@pytest.mark.parametrize("known_by", ["national_id", "person_key"])
def test_add_patron_knows_a_person_by_either(world: World, patron_id: int, known_by) -> None:
    other = {"national_id": a_national_id(1), "person_key": a_person_key(1)}
    assert (
        world.ledger.rows("desk/add_patron", **PATRON | other | {known_by: PATRON[known_by]}) == []
    )


def test_add_patron_adds_as_many_as_come_without_a_national_id(world: World, query) -> None:
    nobody = {"national_id": None, "person_key": None, "pin_key": KEY}

    first, second = twice(world, "desk/add_patron", **PATRON | nobody)

    assert first != second
    assert query("select former_person_key from cicero.patron") == [(KEY,)] * 2


def test_add_detail_is_written_once(world: World, patron_id: int, query) -> None:
    detail = {
        "patron_id": patron_id, "born_on": "1999-01-31", "address": json.dumps({"city": "By"}),
        "settings": json.dumps({"a": 1}), "blocked_reason": "U", "blocked_since": "2026-03-01",
    }  # fmt: skip
    assert world.ledger.run("desk/add_detail", **detail) == 1
    before = query("select * from cicero.patron_detail")

    with pytest.raises(LedgerError, match="patron_detail_pkey"):
        world.ledger.run("desk/add_detail", **detail)

    assert query("select * from cicero.patron_detail") == before
    assert query("select address, settings, blocked_reason from cicero.patron_detail") == [
        ({"city": "By"}, {"a": 1}, "U")
    ]


def test_add_guardian_keeps_the_last_one(world: World, patron_id: int, query) -> None:
    told = "select person_key, name, contact from cicero.guardian"
    for name, index in (("Kari", 8), ("Ola", 9)):
        guardian = {"person_key": a_person_key(index), "name": name, "contact": '{"b": 2}'}
        for _ in range(2):
            assert world.ledger.run("desk/add_guardian", patron_id=patron_id, **guardian) == 1
            assert query(told) == [(a_person_key(index), name, {"b": 2})]


def test_change_name_is_the_librarians(world: World, query) -> None:
    patron_id, _ = (world.cicero.add(a_patron(index)) for index in (0, 1))
    query("update cicero.patron set name_origin = 'unknown'")
    name = {"patron_id": patron_id, "surname": "Dal", "first_name": ""}

    first, second = twice(world, "desk/change_name", **name, library=LIBRARY)

    assert first == second == [(patron_id,)]
    assert world.ledger.rows("desk/change_name", **name, library=OTHER_LIBRARY) == []

    assert query("select surname, first_name, name_origin from cicero.patron order by patron_id")[
        0
    ] == ("Dal", "", "librarian")
    assert query("select count(*) from cicero.patron where name_origin = 'unknown'") == [(1,)]


def test_change_settings_replaces_them_all(world: World, query) -> None:
    patron_id = world.cicero.add(a_patron())
    put(world, "cicero.patron_detail", patron_id=patron_id, born_on="1999-01-31")
    for settings in ('{"a": 1}', '{"b": 2}'):
        for _ in range(2):
            settled = {"patron_id": patron_id, "settings": settings}
            assert world.ledger.run("desk/change_settings", **settled) == 1

    assert query("select settings, born_on::text from cicero.patron_detail") == [
        ({"b": 2}, "1999-01-31")
    ]


class TestAddCard:
    def test_add_card_gives_a_number_and_makes_it_active_again(self, world, patron_id) -> None:
        first, second = twice(world, "desk/add_card", **card(patron_id))
        world.cicero.db.execute("update cicero.card set status = 'replaced'")
        assert first == second == world.ledger.rows("desk/add_card", **card(patron_id))

        assert world.cicero.cards(patron_id) == {CARD: ("national", "active", "librarian")}

    def test_add_card_needs_the_patron_of_the_library(self, world: World, patron_id: int) -> None:
        assert twice(world, "desk/add_card", **card(patron_id, library=OTHER_LIBRARY)) == ([], [])

    @pytest.mark.parametrize("library", [LIBRARY, OTHER_LIBRARY])
    @pytest.mark.parametrize("is_seen", [True, False])
    def test_add_card_refuses_somebody_elses(self, world, patron_id, library, is_seen) -> None:
        world.cicero.change_card(
            world.cicero.add(a_patron(1, library=library, card=CARD)), "N100000077"
        )
        if is_seen:
            know_persons(world)

        assert twice(world, "desk/add_card", **card(patron_id)) == ([], [])

    def test_add_card_takes_the_persons_own_of_another_library(self, world, patron_id) -> None:
        world.cicero.add(a_patron(0, library=OTHER_LIBRARY, card=CARD))

        first, second = twice(world, "desk/add_card", **card(patron_id))

        assert first == second != []

    def test_add_card_of_two_without_a_national_id_takes_them_for_two(self, world: World) -> None:
        nobody = {"national_id": None, "pin": None}
        world.cicero.add(a_patron(1, library=OTHER_LIBRARY, card=CARD, **nobody))
        patron_id = world.cicero.add(a_patron(2, card=None, **nobody))

        assert twice(world, "desk/add_card", **card(patron_id)) == ([], [])

    @pytest.mark.parametrize("kind", ["local", "national"])
    def test_add_card_lets_two_libraries_use_a_local_number(self, world, patron_id, kind) -> None:
        other = world.cicero.add(a_patron(1, library=OTHER_LIBRARY, card=None))
        world.cicero.add_card(other, CARD, kind="local")

        first, second = twice(world, "desk/add_card", **card(patron_id, kind=kind))

        assert first == second != []

    def test_add_card_refuses_numbers_that_are_reserved_or_retired(self, world, patron_id) -> None:
        put(world, "patron_sync.retired_card_number", card_number=CARD)
        for holder, number in ((patron_id + 1, OTHER_CARD), (patron_id, a_card_number(61))):
            put(
                world, "patron_sync.taken_card_number", library=LIBRARY, patron_id=holder,
                card_number=number, run_id=a_run_id(),
            )  # fmt: skip

        for number in (CARD, OTHER_CARD):
            assert twice(world, "desk/add_card", **card(patron_id, card_number=number)) == ([], [])
        own = card(patron_id, card_number=a_card_number(61))
        assert twice(world, "desk/add_card", **own)[1] != []


def test_block_card_blocks_the_patrons_own(world: World, patron_id: int, query) -> None:
    world.cicero.add_card(patron_id, OTHER_CARD)
    world.cicero.change_card(patron_id, CARD)
    other = world.cicero.add(a_patron(1))
    blocked = {"patron_id": patron_id, "card_number": CARD}
    first = world.ledger.rows("desk/block_card", **blocked)
    when = query("select changed_at from cicero.card where card_number = %s", CARD)

    assert world.ledger.rows("desk/block_card", **blocked) == first != []

    assert query("select changed_at from cicero.card where card_number = %s", CARD) == when
    for number in (OTHER_CARD, a_card_number(1), "17"):
        assert world.ledger.rows("desk/block_card", patron_id=patron_id, card_number=number) == []
    assert world.cicero.cards(patron_id)[OTHER_CARD][1] == "replaced"
    assert world.cicero.cards(other)[a_card_number(1)][1] == "active"


def test_retire_cards_replaces_the_others_of_a_kind(world: World, patron_id: int) -> None:
    for number, kind in ((CARD, "national"), ("17", "local"), ("18", "local"), ("19", "local")):
        world.cicero.add_card(patron_id, number, kind=kind)
    world.ledger.rows("desk/block_card", patron_id=patron_id, card_number="19")
    other = world.cicero.add(a_patron(1, local_card="20"))
    retired = {"patron_id": patron_id, "kind": "local", "except_number": "18"}

    assert world.ledger.run("desk/retire_cards", **retired) == 1
    assert world.ledger.run("desk/retire_cards", **retired) == 0

    assert {number: status for number, (_, status, _) in world.cicero.cards(patron_id).items()} == {
        CARD: "active", "17": "replaced", "18": "active", "19": "blocked",
    }  # fmt: skip
    assert world.cicero.cards(other)["20"][1] == "active"


def test_list_cards_tells_national_ones_first(world: World, patron_id: int) -> None:
    world.cicero.add_card(patron_id, "17", kind="local")
    world.cicero.add_card(patron_id, OTHER_CARD)
    world.cicero.change_card(patron_id, CARD)
    world.cicero.add(a_patron(1))

    first, second = twice(world, "desk/list_cards", patron_id=patron_id)

    assert first == second
    assert [(row.card_number, row.kind, row.status, row.origin) for row in first] == [
        (OTHER_CARD, "national", "replaced", "librarian"),
        (CARD, "national", "active", "librarian"),
        ("17", "local", "active", "librarian"),
    ]


def test_lock_card_number_keeps_others_waiting_until_the_end(desk: DeskBench) -> None:
    tries = "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
    with psycopg.connect(desk.url, autocommit=True) as other, Ledger.connect(desk.url) as ledger:
        with ledger.transaction():
            for _ in range(2):
                ledger.rows("desk/lock_card_number", card_number=CARD)
            assert other.execute(tries, [CARD]).fetchone() == (False,)
            assert other.execute(tries, [OTHER_CARD]).fetchone() == (True,)

        assert other.execute(tries, [CARD]).fetchone() == (True,)


def test_lock_patron_keeps_others_from_the_row(desk: DeskBench, patron_id: int) -> None:
    """But not from writing what hangs on it, which the foreign key of a card would lock."""
    free = "select patron_id from cicero.patron for no key update skip locked"
    mine = {"patron_id": patron_id, "library": LIBRARY}
    with psycopg.connect(desk.url, autocommit=True) as other, Ledger.connect(desk.url) as ledger:
        with ledger.transaction():
            rows = [ledger.rows("desk/lock_patron", **mine) for _ in range(2)]
            assert other.execute(free).fetchall() == []
            desk.world.cicero.add_card(patron_id, CARD)

        assert rows == [[(patron_id,)]] * 2
        assert other.execute(free).fetchall() == [(patron_id,)]
        assert ledger.rows("desk/lock_patron", **mine | {"library": OTHER_LIBRARY}) == []
