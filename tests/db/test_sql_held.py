"""Each statement of ``include/sql/held``, run twice on a few rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.steps.guard_changes import guard_changes
from tests.db.flow_world import World
from tests.db.sql_bench import run_at
from tests.factories import LIBRARY, a_config, a_national_id, a_patron, a_person_key

NOBODY = UUID(int=9)
STRICT = {"limits": {kind: {"percent": 0, "at_least": 1} for kind in (
    "pin_overwrites", "card_overwrites", "relation_removals")}}  # fmt: skip
OF_SETS = "select state, decided_by, decision_reason from patron_sync.held_set order by kind"


@pytest.fixture
def differing(world: World) -> list[int]:
    """Two patrons with another PIN in the registry, two with another card."""
    world.config = a_config(STRICT)
    ids = [world.both(a_patron(index), pin=f"200{index}")[0] for index in range(2)]
    return [*ids, *(world.both(a_patron(index), card=f"N10000009{index}")[0] for index in (2, 3))]


@pytest.fixture
def sets(world: World, query, differing: list[int]) -> dict[str, UUID]:
    """A pull that holds two PINs and two cards; the sets by their kind."""
    run_at(world, "pull", "guarded", asked_by="kari")
    return dict(query("select kind, held_set_id from patron_sync.held_set"))


@pytest.fixture
def pins(sets: dict[str, UUID]) -> UUID:
    return sets["pin_overwrites"]


@pytest.fixture
def removals(world: World, query) -> UUID:
    """A push that holds the removal of two patrons who were deleted."""
    ids = [world.both(a_patron(index))[0] for index in range(3)]
    world.push()
    for patron_id in ids:
        world.cicero.delete(patron_id)
    world.config = a_config(STRICT)
    run_at(world, "push", "guarded")
    query("delete from patron_sync.plan where patron_id = %s", ids[2])
    ((held_set_id,),) = query("select held_set_id from patron_sync.held_set")
    return held_set_id  # type: ignore[no-any-return]


def states(query) -> list[tuple[Any, ...]]:
    """State and reason of each planned change: first the two PINs, then the two cards."""
    return query(  # type: ignore[no-any-return]
        "select state, outcome_reason from patron_sync.plan order by patron_id, field"
    )


HELD = ("held", Reason.LIMIT_EXCEEDED)


def test_list_sets_lists_those_of_a_state_with_what_still_waits(world, query, sets) -> None:
    query("update patron_sync.plan set state = 'dropped' where patron_id = 1 and field = 'pin'")
    query("update patron_sync.held_set set state = 'rejected' where kind = 'card_overwrites'")

    for _ in range(2):
        (row,) = world.ledger.rows("held/list_sets", state="open")
        assert (row.held_set_id, row.flow, row.library) == (sets["pin_overwrites"], "pull", LIBRARY)
        assert (row.changes, row.waiting, row.allowed, row.asked_by) == (2, 1, 1, "kari")
        every = world.ledger.rows("held/list_sets", state=None)
        assert {one.kind for one in every} == set(sets)


def test_read_set_tells_what_waits_today(world: World, query, pins: UUID) -> None:
    query("update patron_sync.plan set state = 'dropped' where patron_id = 1")

    for _ in range(2):
        (row,) = world.ledger.rows("held/read_set", held_set_id=pins)
        assert (row.kind, row.state, row.asked_by, row.is_expired) == (
            "pin_overwrites", "open", "kari", False,
        )  # fmt: skip
        assert len(row.present_digest) == 64
        assert row.present_digest != row.digest
        assert world.ledger.rows("held/read_set", held_set_id=NOBODY) == []


def test_read_set_says_when_the_time_is_over(world: World, query, pins: UUID) -> None:
    query("update patron_sync.held_set set expires_at = now() - interval '1 s'")

    for _ in range(2):
        (row,) = world.ledger.rows("held/read_set", held_set_id=pins)
        assert (row.is_expired, row.digest) == (True, row.present_digest)


def test_read_set_keeps_others_from_deciding_meanwhile(world: World, query, pins: UUID) -> None:
    locked = "select held_set_id from patron_sync.held_set for update skip locked"

    for _ in range(2):
        with world.ledger.transaction():
            world.ledger.rows("held/read_set", held_set_id=pins)
            assert len(query(locked)) == 1
    assert len(query(locked)) == 2


def test_decide_set_keeps_the_first_decision_when_none_is_given(world, query, sets) -> None:
    decide = {"held_set_id": sets["pin_overwrites"], "state": "approved"}
    assert world.ledger.run("held/decide_set", **decide, decided_by="ola", reason="right") == 1
    at = query("select decided_at from patron_sync.held_set where kind = 'pin_overwrites'")

    carried = decide | {"state": "applied", "decided_by": None, "reason": None}
    assert world.ledger.run("held/decide_set", **carried) == 1

    assert query(OF_SETS) == [("open", None, None), ("applied", "ola", "right")]
    assert at == query("select decided_at from patron_sync.held_set where state = 'applied'")


def test_drop_changes_drops_what_still_waits_in_one_set(world: World, query, pins: UUID) -> None:
    query("update patron_sync.plan set state = 'confirmed' where patron_id = 1 and field = 'pin'")
    drop = {"held_set_id": pins, "reason": Reason.REJECTED}

    assert world.ledger.run("held/drop_changes", **drop) == 1
    assert world.ledger.run("held/drop_changes", **drop) == 0

    assert [state for state, _ in states(query)] == ["confirmed", "dropped", "held", "held"]
    settled = query("select outcome_reason from patron_sync.plan where settled_at is not null")
    assert settled == [(Reason.REJECTED,)]


def test_expire_sets_closes_open_sets_whose_time_is_over(world: World, query, sets) -> None:
    assert world.ledger.rows("held/expire_sets") == []
    query("update patron_sync.held_set set expires_at = now() - interval '1 s'")
    query("update patron_sync.held_set set state = 'approved' where kind = 'card_overwrites'")

    (row,) = world.ledger.rows("held/expire_sets")

    assert (row.held_set_id, row.library, row.changes) == (sets["pin_overwrites"], LIBRARY, 2)
    assert world.ledger.rows("held/expire_sets") == []
    assert query(OF_SETS) == [("approved", None, None), ("expired", "expiry", None)]


def test_list_changes_lists_waiting_records_in_batches(world: World, pins: UUID, differing) -> None:
    where = {"held_set_id": pins, "after_no": 0, "batch_size": 1}
    for _ in range(2):
        (first,) = world.ledger.rows("held/list_changes", **where)
        second = world.ledger.rows(
            "held/list_changes", **where | {"after_no": first.record_no, "batch_size": 9}
        )
        assert [row.national_id for row in (first, *second)] == [a_national_id(0), a_national_id(1)]
        assert (first.person_key, first.fields, first.actions) == (
            a_person_key(0), ["pin"], ["update"],
        )  # fmt: skip
        assert first.planned_pin != second[0].planned_pin


def test_list_changes_hides_who_withdrew_and_what_is_decided(world, query, pins, differing) -> None:
    world.cicero.withdraw(differing[0])
    query("update patron_sync.plan set state = 'confirmed' where patron_id = %s", differing[1])

    for _ in range(2):
        (row,) = world.ledger.rows("held/list_changes", held_set_id=pins, after_no=0, batch_size=9)
        assert (row.person_key, row.national_id) == (a_person_key(0), None)


def test_release_changes_drops_those_that_moved(world: World, query, pins: UUID) -> None:
    (number,) = query("select record_no from patron_sync.plan where patron_id = 1")
    release = {"held_set_id": pins, "record_nos": list(number)}

    assert world.ledger.run("held/release_changes", **release) == 2
    # What was released and not written yet is compared again by a repeated approval.
    assert world.ledger.run("held/release_changes", **release) == 1

    moved = ("dropped", Reason.CHANGED_SINCE_PLAN)
    assert states(query) == [moved, ("planned", None), HELD, HELD]
    assert query("select patron_id from patron_sync.plan where settled_at is not null") == [(1,)]


def test_count_outcomes_counts_by_state_and_reason(world: World, query, pins: UUID) -> None:
    query("update patron_sync.plan set state = 'confirmed', outcome_reason = null"
          " where patron_id = 1")  # fmt: skip

    for _ in range(2):
        rows = world.ledger.rows("held/count_outcomes", held_set_id=pins)
        assert rows == [("confirmed", None, 1), (*HELD, 1)]


def test_add_pending_takes_up_what_was_not_made(world: World, query, pins, differing) -> None:
    query("update patron_sync.plan set state = 'failed', outcome_reason = 'UNAVAILABLE'"
          " where patron_id = %s", differing[0])  # fmt: skip
    pend = {"held_set_id": pins, "is_return": False, "reasons": [Reason.UNAVAILABLE]}

    assert world.ledger.run("held/add_pending", **pend | {"reasons": [Reason.EXPIRED]}) == 0
    assert world.ledger.run("held/add_pending", **pend) == 1
    first = query("select raised_xid::text from patron_sync.pending")
    assert world.ledger.run("held/add_pending", **pend) == 1

    assert query("select raised_xid::text from patron_sync.pending") > first
    pending = query("select flow, library, patron_id, reason from patron_sync.pending")
    assert pending == [("pull", LIBRARY, differing[0], Reason.UNAVAILABLE)]


@pytest.mark.parametrize(
    ("flow", "is_return", "taken_up_by"),
    [("pull", False, "pull"), ("pull", True, "push"), ("push", False, "push"),
     ("push", True, "pull")],
)  # fmt: skip
def test_add_pending_tells_the_same_or_the_other_job(
    world: World, query, pins: UUID, flow: str, is_return: bool, taken_up_by: str
) -> None:
    query("update patron_sync.run set flow = %s", flow)
    world.ledger.run("held/drop_changes", held_set_id=pins, reason=Reason.REJECTED)
    pend = {"held_set_id": pins, "is_return": is_return, "reasons": [Reason.REJECTED]}

    assert [world.ledger.run("held/add_pending", **pend) for _ in range(2)] == [2, 2]

    assert query("select distinct flow from patron_sync.pending") == [(taken_up_by,)]


def test_reopen_set_asks_again_about_what_is_left(world: World, query, pins: UUID) -> None:
    shown = query("select digest from patron_sync.held_set where kind = 'pin_overwrites'")
    decide = {"state": "approved", "decided_by": "ola", "reason": "right"}
    world.ledger.run("held/decide_set", held_set_id=pins, **decide)
    query("update patron_sync.plan set state = 'dropped' where patron_id = 1")

    for _ in range(2):
        assert world.ledger.run("held/reopen_set", held_set_id=pins) == 1

    assert query(OF_SETS) == [("open", None, None)] * 2
    now = query("select changes, digest from patron_sync.held_set where kind = 'pin_overwrites'")
    assert (now[0][0], now[0][1] != shown[0][0]) == (1, True)


def test_reopen_set_closes_a_set_of_which_nothing_is_left(world: World, query, pins) -> None:
    query("update patron_sync.plan set state = 'dropped' where field = 'pin'")

    for _ in range(2):
        assert world.ledger.run("held/reopen_set", held_set_id=pins) == 1

    assert [state for state, *_ in query(OF_SETS)] == ["open", "superseded"]


def test_settle_removals_keeps_the_relations_of_one_set(world: World, query, removals) -> None:
    assert world.ledger.run("held/settle_removals", held_set_id=NOBODY) == 0
    assert world.ledger.run("held/settle_removals", held_set_id=removals) == 2
    assert world.ledger.run("held/settle_removals", held_set_id=removals) == 0

    left = query("select patron_id, national_id is not null, settled_at is not null"
                 " from cicero.deleted_patron order by 1")  # fmt: skip
    assert left == [(1, False, True), (2, False, True), (3, True, False)]


def test_held_removals_need_no_national_id_to_be_listed(world: World, removals: UUID) -> None:
    rows = world.ledger.rows("held/list_changes", held_set_id=removals, after_no=0, batch_size=9)

    assert [(row.actions, row.national_id) for row in rows] == [(["remove"], None)] * 2


def test_a_guard_that_is_repeated_holds_nothing_twice(world: World, query, sets) -> None:
    ((run_id,),) = query("select run_id from patron_sync.run")
    before = states(query)

    assert guard_changes(world.ledger, world.config, run_id=run_id) == []

    assert (states(query), len(query(OF_SETS))) == (before, 2)
