"""Each statement of ``include/sql/guard``, and those about conflicts, run twice on a few rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from registry_operators.domain.reasons import Reason
from tests.db.flow_world import World
from tests.db.sql_bench import advance, here, run_at
from tests.factories import LIBRARY, OTHER_LIBRARY, PADS, a_patron, a_person_key, a_run

SET, LATER_SET = UUID(int=1), UUID(int=2)
HOLD = {"library": LIBRARY, "kind": "pin_overwrites", "held_set_id": SET}
ADD = HOLD | {"allowed": 2, "population": 5, "expire_days": 7}


@pytest.fixture
def differing(world: World) -> list[int]:
    """Three patrons with another PIN in the registry, one with another card, one in agreement."""
    ids = [world.both(a_patron(index), pin=f"200{index}")[0] for index in range(3)]
    ids.append(world.both(a_patron(3), card="N100000099")[0])
    ids.append(world.both(a_patron(4))[0])
    world.cicero.add(a_patron(5, withdrawn=True))
    return ids


def counts(world: World, run_id: UUID) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in world.ledger.rows("guard/count_changes", run_id=run_id)]


def hold(world: World, run_id: UUID, **how: Any) -> int:
    return world.ledger.run("guard/hold_changes", run_id=run_id, **HOLD | how)


def to_other_library(query, record_no: int) -> None:
    """Let a planned change belong to another library of the run."""
    query("update patron_sync.plan set library = %s where record_no = %s", OTHER_LIBRARY, record_no)


def test_count_changes_counts_each_kind_at_planned_libraries(world, query, differing) -> None:
    run_id = run_at(world, "pull", "planned")

    for _ in range(2):
        assert counts(world, run_id) == [
            (LIBRARY, "card_overwrites", 1, 5), (LIBRARY, "pin_overwrites", 3, 5)
        ]  # fmt: skip
    query("update patron_sync.plan set state = 'dropped' where field = 'card'")
    assert counts(world, run_id) == [(LIBRARY, "pin_overwrites", 3, 5)]

    advance(world.ledger, run_id, "guarded")
    assert counts(world, run_id) == []


def test_count_changes_counts_new_patrons_and_consents_by_person(world: World) -> None:
    flipping = world.cicero.add(a_patron(0, consent=False))
    world.push()
    world.cicero.consent(flipping)
    for index in (1, 2):
        world.cicero.add(a_patron(index))
    run_id = run_at(world, "push", "planned")

    for _ in range(2):
        assert counts(world, run_id) == [
            (LIBRARY, "consent_flips", 1, 3), (LIBRARY, "creations", 2, 3)
        ]  # fmt: skip


def test_count_failures_counts_a_failing_record_once(world: World, query, differing) -> None:
    run_id = run_at(world, "pull", "planned")
    query("update patron_sync.plan set state = 'failed' where record_no in (1, 2)")
    query(
        "insert into patron_sync.verdict (run_id, library, record_no, step, outcome, reason)"
        " select %s, %s, number, 's', case number when 9 then 'left_out' else 'failed' end, 'R'"
        " from unnest(array[1, 8, 9]) as number", run_id, LIBRARY,
    )  # fmt: skip

    for _ in range(2):
        (row,) = world.ledger.rows("guard/count_failures", run_id=run_id)
        assert (row.library, row.failing) == (LIBRARY, 3)
        assert row.read_count == len(world.registry.people)

    advance(world.ledger, run_id, "guarded")
    assert world.ledger.rows("guard/count_failures", run_id=run_id) == []


def test_count_sources_compares_with_the_last_completed_whole_run(world, query, differing) -> None:
    world.pull(is_full=True)
    people = world.registry.people
    del people[0]
    world.pull(is_full=True)
    before = len(people)
    del people[0]
    world.push(is_full=True)
    run_at(world, "pull", "planned", number=80, is_full=True)
    world.pull()
    run_id = run_at(world, "pull", "planned", is_full=True)

    for _ in range(2):
        rows = world.ledger.rows("guard/count_sources", run_id=run_id)
        assert rows == [(LIBRARY, len(people), before)]

    query("update patron_sync.run_library set is_whole = false where run_id = %s", run_id)
    assert world.ledger.rows("guard/count_sources", run_id=run_id) == []


def test_count_sources_has_nothing_before_the_first_run(world: World, differing) -> None:
    run_id = run_at(world, "pull", "planned")

    for _ in range(2):
        (row,) = world.ledger.rows("guard/count_sources", run_id=run_id)
        assert row.before_count is None


def test_hold_changes_holds_one_kind_of_one_library_once(world: World, query, differing) -> None:
    run_id = run_at(world, "pull", "planned")
    (number,) = query("select record_no from patron_sync.plan where patron_id = %s", differing[0])
    to_other_library(query, *number)

    assert [hold(world, run_id), hold(world, run_id, held_set_id=LATER_SET)] == [2, 0]

    held = query("select patron_id, outcome_reason, held_set_id from patron_sync.plan"
                 " where state = 'held' order by 1")  # fmt: skip
    assert held == [(patron_id, Reason.LIMIT_EXCEEDED, SET) for patron_id in differing[1:3]]


def test_hold_changes_leaves_other_runs_alone(world: World, query, differing) -> None:
    first, second = (run_at(world, "pull", "planned", number=number) for number in (1, 2))

    assert hold(world, second) == 3
    assert hold(world, second) == 0

    assert query("select distinct run_id from patron_sync.plan where state = 'held'") == [(second,)]
    assert counts(world, first)[-1] == (LIBRARY, "pin_overwrites", 3, 5)


def test_add_held_set_writes_a_set_down_once(world: World, query, differing) -> None:
    run_id = run_at(world, "pull", "planned", asked_by="kari")
    hold(world, run_id)

    assert world.ledger.run("guard/add_held_set", run_id=run_id, **ADD) == 1
    assert world.ledger.run("guard/add_held_set", run_id=run_id, **ADD | {"allowed": 9}) == 0

    (row,) = query(
        "select held_set_id, changes, allowed, population, asked_by, state, digest,"
        " round(extract(epoch from expires_at - held_at) / 86400)"
        " from patron_sync.held_set"
    )
    assert row[:6] == (SET, 3, 2, 5, "kari", "open")
    assert (len(row[6]), row[7]) == (64, 7)


def test_hold_conflicts_gathers_what_has_no_set_yet(world: World, query, differing) -> None:
    run_id = run_at(world, "pull", "planned")
    hold(world, run_id, kind="card_overwrites", held_set_id=LATER_SET)
    query("update patron_sync.plan set state = 'held' where record_no in (1, 2)")
    to_other_library(query, 2)
    query("update patron_sync.plan set state = 'dropped' where record_no = 3")
    statement = {"run_id": run_id, "library": LIBRARY, "held_set_id": SET}

    assert world.ledger.run("guard/hold_conflicts", **statement) == 1
    assert world.ledger.run("guard/hold_conflicts", **statement) == 0

    gathered = query("select record_no from patron_sync.plan where held_set_id = %s", SET)
    assert gathered == [(1,)]


def test_set_alarm_writes_it_for_one_library(world: World, query) -> None:
    run_id = a_run(world.ledger)

    for _ in range(2):
        assert world.ledger.run("guard/set_alarm", **here(run_id), alarm="critical") == 1

    alarms = query("select library, alarm from patron_sync.run_library order by 1")
    assert alarms == [(LIBRARY, "critical"), (OTHER_LIBRARY, "none")]


def test_supersede_held_drops_what_a_newer_run_plans_again(world, query, differing) -> None:
    older = run_at(world, "pull", "planned", number=1)
    hold(world, older)
    newer = run_at(world, "pull", "planned", number=2)
    advance(world.ledger, newer, "guarded")
    query("delete from patron_sync.plan where run_id = %s and patron_id = %s", newer, differing[0])

    assert world.ledger.run("guard/supersede_held", run_id=newer) == 2
    assert world.ledger.run("guard/supersede_held", run_id=newer) == 0

    of_older = query("select patron_id, state, outcome_reason from patron_sync.plan"
                     " where run_id = %s and field = 'pin' order by 1", older)  # fmt: skip
    assert of_older == [
        (differing[0], "held", Reason.LIMIT_EXCEEDED),
        (differing[1], "dropped", Reason.SUPERSEDED),
        (differing[2], "dropped", Reason.SUPERSEDED),
    ]


def test_supersede_held_by_an_older_run_drops_nothing(world: World, differing) -> None:
    """An older run that is repeated late is itself out of date."""
    older, newer = (run_at(world, "pull", "planned", number=number) for number in (1, 2))
    hold(world, newer)

    for _ in range(2):
        assert world.ledger.run("guard/supersede_held", run_id=older) == 0


def test_close_superseded_closes_open_sets_of_which_nothing_waits(world, query, differing) -> None:
    run_id = run_at(world, "pull", "planned")
    for one in ({}, {"kind": "card_overwrites", "held_set_id": LATER_SET}):
        hold(world, run_id, **one)
        world.ledger.run("guard/add_held_set", run_id=run_id, **ADD | one)

    assert world.ledger.run("guard/close_superseded") == 0
    query("update patron_sync.plan set state = 'dropped' where field = 'pin'")
    assert world.ledger.run("guard/close_superseded") == 1
    assert world.ledger.run("guard/close_superseded") == 0

    states = query("select held_set_id, state from patron_sync.held_set order by 1")
    assert states == [(SET, "superseded"), (LATER_SET, "open")]


def test_close_superseded_asks_anew_about_what_is_left(world: World, query) -> None:
    for index in range(2):
        world.both(a_patron(index), pin="2468")
    run_id = run_at(world, "pull", "planned")
    hold(world, run_id)
    world.ledger.run("guard/add_held_set", run_id=run_id, **ADD)
    (before,) = query("select changes, digest from patron_sync.held_set")
    query("update patron_sync.plan set state = 'dropped' where record_no = 1")

    assert world.ledger.run("guard/close_superseded") == 1
    assert world.ledger.run("guard/close_superseded") == 0

    (after,) = query("select state, changes, digest, patron_sync.held_digest(held_set_id)"
                     " from patron_sync.held_set")  # fmt: skip
    assert (before[0], after[:2]) == (2, ("open", 1))
    assert before[1] != after[2] == after[3]


def test_close_superseded_leaves_decided_sets_alone(world: World, query, differing) -> None:
    run_id = run_at(world, "pull", "planned")
    hold(world, run_id)
    world.ledger.run("guard/add_held_set", run_id=run_id, **ADD)
    query("update patron_sync.held_set set state = 'approved'")
    query("update patron_sync.plan set state = 'confirmed' where field = 'pin'")

    for _ in range(2):
        assert world.ledger.run("guard/close_superseded") == 0


def conflicting(world: World, query, policy: str, *, registry_newer: bool = True) -> UUID:
    """A pull that has planned one PIN that both sides changed, a second apart in Oslo's time."""
    world.both(a_patron(), pin="2468")
    run_id = run_at(world, "pull", "assigned")
    query("update patron_sync.run_library set pin_policy = %s", policy)
    query(
        "update patron_sync.staged_patron as staged set changed_at"
        " = pin.changed_at at time zone 'Europe/Oslo' + make_interval(secs => %s)"
        " from cicero.pin as pin where pin.patron_id = staged.patron_id",
        1 if registry_newer else -1,
    )
    assert world.ledger.run("pull/plan_pins", run_id=run_id) == 1
    return run_id


@pytest.mark.parametrize(
    ("policy", "registry_newer", "state", "reason"),
    [
        ("sender_wins", False, "planned", None),
        ("hold", True, "held", Reason.CONFLICT),
        ("newest_wins", True, "planned", None),
        ("newest_wins", False, "dropped", Reason.TARGET_NEWER),
    ],
)
def test_judge_conflicts_follows_the_policy_of_the_field(
    world: World, query, policy: str, registry_newer: bool, state: str, reason: str | None
) -> None:
    run_id = conflicting(world, query, policy, registry_newer=registry_newer)

    assert world.ledger.run("run/judge_conflicts", run_id=run_id) == 1
    advance(world.ledger, run_id, "planned")
    assert world.ledger.run("run/judge_conflicts", run_id=run_id) == 0

    (row,) = query(
        "select state, outcome_reason, settled_at is not null,"
        " extract(epoch from registry_changed_at - cicero_changed_at)::integer"
        " from patron_sync.plan"
    )
    assert row == (state, reason, state == "dropped", 1 if registry_newer else -1)


def test_judge_conflicts_lets_the_later_change_win_in_a_push_too(world: World, query) -> None:
    world.both(a_patron(), pin="2468")
    run_id = run_at(world, "push", "assigned")
    query("update patron_sync.run_library set pin_policy = 'newest_wins'")
    query("update patron_sync.staged_patron set changed_at = '2999-01-01'")
    world.ledger.run("push/plan_pins", run_id=run_id)

    assert world.ledger.run("run/judge_conflicts", run_id=run_id) == 1
    assert world.ledger.run("run/judge_conflicts", run_id=run_id) == 0

    assert query("select state from patron_sync.plan where field = 'pin'") == [("dropped",)]


def test_judge_conflicts_leaves_alone_what_only_one_side_changed(world: World, query) -> None:
    run_id = conflicting(world, query, "hold")
    query("update patron_sync.plan set is_conflict = false")

    for _ in range(2):
        assert world.ledger.run("run/judge_conflicts", run_id=run_id) == 0


def test_return_conflicts_makes_patrons_pending_for_the_other_job(world: World, query) -> None:
    run_id = conflicting(world, query, "newest_wins", registry_newer=False)
    world.ledger.run("pull/plan_cards", run_id=run_id, **PADS)
    world.ledger.run("run/judge_conflicts", run_id=run_id)
    assert world.ledger.run("run/return_conflicts", run_id=run_id) == 0
    advance(world.ledger, run_id, "loaded")

    for _ in range(2):
        assert world.ledger.run("run/return_conflicts", run_id=run_id) == 1

    pending = query("select flow, library, reason, waits from patron_sync.pending")
    assert pending == [("push", LIBRARY, Reason.TARGET_NEWER, False)]


def test_return_conflicts_returns_nothing_that_was_dropped_otherwise(world: World, query) -> None:
    run_id = conflicting(world, query, "sender_wins")
    query("update patron_sync.plan set state = 'dropped', outcome_reason = 'SUPERSEDED'")
    advance(world.ledger, run_id, "loaded")

    for _ in range(2):
        assert world.ledger.run("run/return_conflicts", run_id=run_id) == 0


def test_list_changes_shows_pseudonyms_of_one_set_in_order(world: World, differing) -> None:
    run_id = run_at(world, "pull", "planned")
    hold(world, run_id)
    whole = {"run_id": run_id, "held_set_id": None, "most": 100}

    for _ in range(2):
        rows = world.ledger.rows("report/list_changes", **whole)
        assert (len(rows), sorted(rows, key=lambda row: row.person)) == (4, rows)
        some = world.ledger.rows("report/list_changes", **whole | {"held_set_id": SET, "most": 2})
        pseudonyms = sorted(a_person_key(index).hex()[:10] for index in range(3))
        assert [row.person for row in some] == pseudonyms[:2]
        assert {(row.field, row.state, row.reason) for row in some} == {
            ("pin", "held", Reason.LIMIT_EXCEEDED)
        }
