"""Each statement of ``include/sql/report``, run twice on a few rows."""

from __future__ import annotations

import pytest

from registry_operators.domain.reasons import Reason
from tests.db.flow_world import World
from tests.factories import LIBRARY, a_patron, a_run_id


@pytest.fixture
def finished(world: World):
    """A push of one new patron, one with a local card, and one without consent."""
    world.cicero.add(a_patron(0))
    world.cicero.add(a_patron(1, card=None, local_card="L0000001"))
    world.cicero.add(a_patron(2, consent=False))
    world.push(libraries=(LIBRARY,))
    return {"run_id": a_run_id(1)}


def test_count_outcomes_gives_every_record_one(world: World, finished) -> None:
    every = {**finished, "library": None, "record_no": None}
    first = world.ledger.rows("report/count_outcomes", **every)

    assert [tuple(row) for row in first] == [
        (LIBRARY, "created", None, 1, [1]),
        (LIBRARY, "left_out", Reason.LOCAL_CARD, 1, [2]),
        (LIBRARY, "left_out", Reason.NO_CONSENT, 1, [3]),
    ]
    assert world.ledger.rows("report/count_outcomes", **every) == first


def test_count_changes_counts_plan_rows_by_kind(world: World, finished) -> None:
    first = world.ledger.rows("report/count_changes", **finished)

    assert [(row.field, row.action, row.state, row.changes) for row in first] == [
        (field, "create", "confirmed", 1) for field in ("card", "pin", "relation")
    ]
    assert world.ledger.rows("report/count_changes", **finished) == first


def test_count_step_counts_what_passed_and_what_did_not(world: World, finished) -> None:
    first = world.ledger.rows("report/count_step", **finished, step="consent_filter")

    assert [tuple(row) for row in first] == [(LIBRARY, 2, 1, Reason.NO_CONSENT)]
    assert world.ledger.rows("report/count_step", **finished, step="consent_filter") == first
    (nothing,) = world.ledger.rows("report/count_step", **finished, step="look_up")
    assert (nothing.out, nothing.reason) == (0, None)


def test_count_local_cards_counts_what_was_put_aside(world: World, finished) -> None:
    first = world.ledger.rows("report/count_local_cards", **finished)

    assert [tuple(row) for row in first] == [(LIBRARY, 1, 1)]
    assert world.ledger.rows("report/count_local_cards", **finished) == first


def test_read_status_tells_how_each_library_last_ended(world: World, finished, query) -> None:
    world.registry.refused_libraries = {LIBRARY}
    world.pull(libraries=(LIBRARY,))
    query("insert into patron_sync.pending values ('pull', %s, 1, 'REFUSED')", LIBRARY)

    first = world.ledger.rows("report/read_status")

    assert [(row.flow, row.last_state, row.waiting) for row in first] == [
        ("pull", "LOGIN_REFUSED", 1), ("push", "done", 0)
    ]  # fmt: skip
    assert [row.completed_at is None for row in first] == [True, False]
    assert world.ledger.rows("report/read_status") == first


def test_check_account_finds_nothing_in_an_account_that_adds_up(world: World, finished) -> None:
    scope = {**finished, "libraries": [LIBRARY]}

    assert world.ledger.rows("report/check_account", **scope) == []
    assert world.ledger.rows("report/check_account", **scope) == []


def test_store_account_replaces_the_one_before(world: World, finished, query) -> None:
    for writes in (5, 7):
        world.ledger.run(
            "report/store_account", **finished, libraries=[LIBRARY], writes=[writes], conflicts=[1]
        )

    assert query("select writes, conflicts, mismatches from patron_sync.account") == [(7, 1, [])]


def test_store_outcomes_replaces_counts(world: World, finished, query) -> None:
    for records in (5, 7):
        world.ledger.run(
            "report/store_outcomes", **finished, libraries=[LIBRARY], outcomes=["created"],
            reasons=[""], records=[records], record_nos=["{2,5}"],
        )  # fmt: skip

    stored = "select records, record_nos from patron_sync.outcome where outcome = 'created'"
    assert query(stored) == [(7, [2, 5])]


def test_forget_outcomes_removes_those_of_the_library(world: World, finished, query) -> None:
    scope = {**finished, "libraries": [LIBRARY]}

    assert world.ledger.run("report/forget_outcomes", **scope) == 3
    assert world.ledger.run("report/forget_outcomes", **scope) == 0


def test_note_mismatch_adds_one(world: World, finished, query) -> None:
    for number in ("accounted", "writes"):
        world.ledger.run(
            "report/note_mismatch", **finished, library=LIBRARY, number=number, expected=2, found=1
        )

    ((noted,),) = query("select mismatches from patron_sync.account")
    assert noted == [
        {"number": number, "expected": 2, "found": 1} for number in ("accounted", "writes")
    ]


def test_read_account_gives_what_was_stored(world: World, finished) -> None:
    first = world.ledger.rows("report/read_account", **finished)

    assert [
        (row.library, row.writes, row.mismatches, row.is_current, row.is_final) for row in first
    ] == [(LIBRARY, 3, [], True, True)]
    assert [(one["outcome"], one["records"]) for one in first[0].outcomes] == [
        ("created", 1), ("left_out", 1), ("left_out", 1)
    ]  # fmt: skip
    assert world.ledger.rows("report/read_account", **finished) == first
