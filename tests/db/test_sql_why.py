"""Each statement of ``include/sql/why``, run twice on a few rows."""

from __future__ import annotations

import pytest

from tests.db.flow_world import World
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    PADS,
    a_card_number,
    a_national_id,
    a_patron,
    a_person_key,
    a_run_id,
)

NOBODY = {"patron_id": None, "card_number": None, "person_key": None, "national_id": None}


@pytest.fixture
def patron(world: World) -> int:
    """A patron whom a push has created and a pull has seen."""
    patron_id = world.cicero.add(a_patron())
    world.push(libraries=(LIBRARY,))
    world.pull(libraries=(LIBRARY,))
    return patron_id


def twice(world: World, statement: str, **parameters):
    first = world.ledger.rows(statement, **parameters)
    assert world.ledger.rows(statement, **parameters) == first
    return first


@pytest.mark.parametrize(
    "question",
    [
        {"card_number": a_card_number()},
        {"person_key": a_person_key()},
        {"national_id": a_national_id()},
        {"patron_id": 1},
    ],
    ids=["card", "person", "national id", "number"],
)
def test_find_patrons_finds_the_person_everywhere(world: World, patron: int, question) -> None:
    other = world.cicero.add(a_patron(library=OTHER_LIBRARY, card=None))
    world.push(libraries=(OTHER_LIBRARY,))
    if "patron_id" in question:
        question = {"patron_id": patron}

    rows = twice(
        world, "why/find_patrons",
        **NOBODY | question | {"libraries": [LIBRARY, OTHER_LIBRARY]},
    )  # fmt: skip

    assert [(row.patron_id, row.library, row.is_here) for row in rows] == [
        (patron, LIBRARY, True), (other, OTHER_LIBRARY, True)
    ]  # fmt: skip
    assert rows[0].is_asked_for


def test_find_patrons_finds_the_deleted(world: World, patron: int) -> None:
    world.cicero.delete(patron)

    (row,) = twice(
        world, "why/find_patrons", **NOBODY | {"patron_id": patron, "libraries": [LIBRARY]}
    )

    assert (row.is_here, row.deleted_at is None) == (False, False)


def test_find_traces_finds_who_is_in_the_ledger_alone(world: World, patron: int, query) -> None:
    world.cicero.delete(patron)
    query("delete from cicero.deleted_patron")

    (row,) = twice(world, "why/find_traces", patron_id=patron)

    assert (row.library, bytes(row.person_key), row.is_here) == (LIBRARY, a_person_key(), False)


def test_list_runs_gives_the_last_ones_and_says_what_they_remember(
    world: World, patron: int, query
) -> None:
    rows = twice(world, "why/list_runs", libraries=[LIBRARY], runs=1)

    assert [(row.flow, row.library, row.stage, row.remembers_all) for row in rows] == [
        ("pull", LIBRARY, "done", True)
    ]
    query("delete from patron_sync.staged_patron")
    remember = [row.remembers_all for row in twice(
        world, "why/list_runs", libraries=[LIBRARY], runs=9
    )]  # fmt: skip
    assert remember == [False, True]


def test_list_records_says_where_each_stands(world: World, patron: int) -> None:
    world.cicero.withdraw(patron)
    world.push(libraries=(LIBRARY,))

    rows = twice(world, "why/list_records", patron_ids=[patron], run_ids=[a_run_id(1), a_run_id(3)])

    assert sorted((row.is_staged, row.step) for row in rows) == [
        (False, "consent_filter"), (True, None)
    ]  # fmt: skip


def test_list_changes_gives_the_plan_of_the_patron(world: World, patron: int) -> None:
    world.cicero.add(a_patron(1))

    rows = twice(world, "why/list_changes", patron_ids=[patron], run_ids=[a_run_id(1)])

    assert [(row.field, row.rule, row.state) for row in rows] == [
        (field, "NEW_PATRON", "confirmed") for field in ("relation", "pin", "card")
    ]


def test_list_changes_tells_what_an_undo_did(world: World, patron: int, query) -> None:
    query(
        "insert into patron_sync.undo_change (run_id, library, record_no, field, target, undo_id,"
        " person_key, state, reason, settled_at) select run_id, library, record_no, field, target,"
        " run_id, person_key, 'kept', 'TARGET_CHANGED', now() from patron_sync.plan"
        " where field = 'pin'"
    )

    rows = twice(world, "why/list_changes", patron_ids=[patron], run_ids=[a_run_id(1)])

    assert [(row.field, row.undo_state, row.undo_reason) for row in rows] == [
        ("relation", None, None), ("pin", "kept", "TARGET_CHANGED"), ("card", None, None),
    ]  # fmt: skip
    assert [row.undone_at is None for row in rows] == [True, False, True]


def test_list_differences_ends_with_a_base(world: World, patron: int, query) -> None:
    query(
        "insert into patron_sync.difference (library, person_key, field, undo_id)"
        " select library, person_key, unnest(array['card', 'pin']), %s from cicero.patron"
        " where patron_id = %s", a_run_id(9), patron,
    )  # fmt: skip
    query("delete from patron_sync.base where field = 'pin'")

    rows = twice(world, "why/list_differences", patron_ids=[patron])

    assert [(row.patron_id, row.field) for row in rows] == [(patron, "pin")]


def test_read_patrons_reads_consent_and_pin(world: World, patron: int) -> None:
    world.cicero.withdraw(patron)

    (row,) = twice(world, "why/read_patrons", patron_ids=[patron])

    assert (row.has_national_id, row.has_person_key, row.must_change) == (True, True, False)
    assert row.withdrawn_at > row.consented_at
    world.cicero.consent(patron)
    (row,) = twice(world, "why/read_patrons", patron_ids=[patron])
    assert row.withdrawn_at is None


def test_list_cards_gives_cards_and_reserved_numbers(world: World, patron: int, query) -> None:
    query(
        "insert into patron_sync.taken_card_number (library, patron_id, card_number, run_id)"
        " values (%s, %s, %s, gen_random_uuid())",
        LIBRARY, patron, a_card_number(60),
    )  # fmt: skip

    rows = twice(world, "why/list_cards", patron_ids=[patron], libraries=[LIBRARY])

    assert [(row.card_number, row.status) for row in rows] == [
        (a_card_number(), "active"), (a_card_number(60), "reserved")
    ]  # fmt: skip


def test_list_base_says_whether_cicero_still_agrees(world: World, patron: int) -> None:
    world.cicero.set_pin(patron, "2580")

    rows = twice(world, "why/list_base", patron_ids=[patron], **PADS)

    assert {row.field: row.is_same for row in rows} == {
        "relation": True, "card": True, "pin": False
    }  # fmt: skip


def test_list_waiting_gives_pending_removals_and_held(world: World, patron: int, query) -> None:
    query("insert into patron_sync.pending (flow, library, patron_id, reason)"
          " values ('push', %s, %s, 'REFUSED')", LIBRARY, patron)  # fmt: skip
    query(
        "insert into patron_sync.held_set (held_set_id, run_id, library, kind, digest, changes,"
        " allowed, population, asked_by, expires_at)"
        " values (%s, %s, %s, 'pin_overwrites', '-', 1, 0, 1, 'x', now() + interval '1 day')",
        a_run_id(50), a_run_id(1), LIBRARY,
    )  # fmt: skip
    query("update patron_sync.plan set state = 'held', held_set_id = %s where field = 'pin'",
          a_run_id(50))  # fmt: skip
    scope = {"patron_ids": [patron], "libraries": [LIBRARY], "person_keys": [a_person_key()]}

    rows = twice(world, "why/list_waiting", **scope)

    assert sorted((row.kind, row.flow, row.reason) for row in rows) == [
        ("held", "push", "pin_overwrites"), ("pending", "push", "REFUSED")
    ]  # fmt: skip
    world.cicero.delete(patron)
    assert "removal" in {row.kind for row in twice(world, "why/list_waiting", **scope)}


def test_list_national_ids_says_who_may_be_asked_about(world: World, patron: int) -> None:
    other = world.cicero.add(a_patron(1, consent=False))

    rows = twice(world, "why/list_national_ids", patron_ids=[patron, other])

    assert [(row.patron_id, row.has_consent) for row in rows] == [(patron, True), (other, False)]


def test_plan_for_few_lasts_as_long_as_its_transaction(world: World, query) -> None:
    with world.ledger.transaction():
        first = twice(world, "why/plan_for_few")
        second = twice(world, "why/plan_for_few")

    assert tuple(first[0]) == tuple(second[0]) == ("off", "off", "off")
    with world.ledger.transaction():
        assert world.ledger.rows("run/tune_session")
