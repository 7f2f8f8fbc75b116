"""What the guards count, hold and let go beside other runs, libraries and kinds, rule by rule."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from registry_operators.ledger.database import Ledger
from tests.db.flow_world import World
from tests.db.sql_bench import a_past_run, advance, here, put, run_that_is_at
from tests.factories import LIBRARY, OTHER_LIBRARY, a_patron, a_person_key, a_run

SET, LATER_SET = UUID(int=1), UUID(int=2)
KIND = {"library": LIBRARY, "kind": "pin_overwrites", "held_set_id": SET}
ALLOWED = {"allowed": 2, "population": 5, "expire_days": 7}


def plan(world: World, run_id: UUID, **values: Any) -> None:
    """Put an update of a PIN into the plan, of the first record unless said otherwise."""
    row = {
        "run_id": run_id, "library": LIBRARY, "record_no": 1, "field": "pin", "target": "cicero",
        "patron_id": 1, "person_key": a_person_key(0), "action": "update", "reason": "R",
    }  # fmt: skip
    put(world, "patron_sync.plan", **row | values)


def verdict(world: World, run_id: UUID, record_no: int, outcome: str, library: str) -> None:
    put(
        world, "patron_sync.verdict", run_id=run_id, library=library, record_no=record_no,
        step="s", outcome=outcome, reason="R",
    )  # fmt: skip


@pytest.fixture
def runs(world: World, query) -> tuple[UUID, UUID]:
    """An earlier and a later pull, both of two libraries that are planned."""
    pair = tuple(run_that_is_at(world, "pull", "planned", number=number) for number in (1, 2))
    query("update patron_sync.run_library set stage = 'planned', read_count = 10")
    return pair[0], pair[1]


def test_count_changes_counts_consenting_patrons_of_each_library_alone(world, query, runs) -> None:
    ids = [world.cicero.add(a_patron(0)), world.cicero.add(a_patron(1, consent=False))]
    put(world, "cicero.consent", patron_id=ids[1], given_by="patron",
        consent_type="KEEP_HISTORICAL_LOAN_DATA")  # fmt: skip
    put(world, "cicero.consent", patron_id=ids[0], given_by="patron",
        consent_type="KEEP_HISTORICAL_LOAN_DATA")  # fmt: skip
    plan(world, runs[1], patron_id=ids[0])
    plan(world, runs[1], library=OTHER_LIBRARY)
    plan(world, runs[0], record_no=2)

    for _ in range(2):
        rows = world.ledger.rows("guard/count_changes", run_id=runs[1])
        assert [tuple(row) for row in rows] == [
            (LIBRARY, "pin_overwrites", 1, 1), (OTHER_LIBRARY, "pin_overwrites", 1, 0)
        ]  # fmt: skip

    query("update patron_sync.run_library set stage = 'guarded' where library = %s", LIBRARY)
    (row,) = world.ledger.rows("guard/count_changes", run_id=runs[1])
    assert row.library == OTHER_LIBRARY


def test_count_failures_counts_each_library_of_the_run_alone(world: World, runs) -> None:
    verdict(world, runs[1], 1, "failed", LIBRARY)
    for record_no in (2, 3):
        verdict(world, runs[1], record_no, "left_out", LIBRARY)
        verdict(world, runs[0], record_no, "failed", LIBRARY)
        plan(world, runs[0], record_no=record_no + 2, state="failed")
    plan(world, runs[1], record_no=6, state="failed")

    for _ in range(2):
        rows = world.ledger.rows("guard/count_failures", run_id=runs[1])
        assert [tuple(row) for row in rows] == [(LIBRARY, 10, 2), (OTHER_LIBRARY, 10, 0)]


@pytest.mark.parametrize(
    ("hour", "flow", "row", "before"),
    [
        pytest.param(11, "pull", {}, 7, id="completed"),
        pytest.param(11, "pull", {"stage": "loaded"}, None, id="not_completed"),
        pytest.param(11, "pull", {"is_whole": False}, None, id="not_whole"),
        pytest.param(11, "pull", {"library": "2050000"}, None, id="other_library"),
        pytest.param(11, "push", {}, None, id="other_flow"),
        pytest.param(12, "pull", {}, None, id="same_moment"),
        pytest.param(13, "pull", {}, None, id="later"),
    ],
)
def test_count_sources_compares_with(world: World, hour, flow, row, before) -> None:
    """Besides, another library was read as a whole, and a still earlier pull got nowhere."""
    hours = "2026-03-01 {}:00"
    a_past_run(
        world, 1, hours.format(hour), flow, row, {"library": OTHER_LIBRARY, "read_count": 99}
    )
    a_past_run(world, 2, hours.format(10), "pull", {"stage": "opened"})
    planned = {"stage": "planned", "read_count": 9}
    run_id = a_past_run(world, 3, hours.format(12), "pull", planned, {"library": OTHER_LIBRARY})

    for _ in range(2):
        rows = world.ledger.rows("guard/count_sources", run_id=run_id)
        assert [tuple(row) for row in rows] == [(LIBRARY, 9, before)]


def test_hold_changes_holds_nothing_but_the_counted_rows(world: World, query, runs) -> None:
    """Rows of the same record in another field or for another target are not of that kind."""
    others: list[dict[str, Any]] = [
        {"field": "card"}, {"target": "registry", "action": "create"}, {"library": OTHER_LIBRARY},
        {"record_no": 2, "action": "create"}, {"record_no": 3, "state": "dropped"},
    ]  # fmt: skip
    for other in others:
        plan(world, runs[1], reason="other", **other)
    plan(world, runs[0], reason="other")
    plan(world, runs[1])

    assert world.ledger.run("guard/hold_changes", run_id=runs[1], **KIND) == 1
    assert world.ledger.run("guard/hold_changes", run_id=runs[1], **KIND) == 0

    assert query("select reason from patron_sync.plan where state = 'held'") == [("R",)]


def test_hold_conflicts_leaves_other_runs_alone(world: World, query, runs) -> None:
    for run_id in runs:
        plan(world, run_id, state="held")
    statement = {"run_id": runs[1], "library": LIBRARY, "held_set_id": SET}

    for count in (1, 0):
        assert world.ledger.run("guard/hold_conflicts", **statement) == count


def test_set_alarm_leaves_other_runs_alone(world: World, query, runs) -> None:
    for _ in range(2):
        assert world.ledger.run("guard/set_alarm", **here(runs[1]), alarm="warn") == 1


def test_add_held_set_counts_for_its_own_run(world: World, query, runs) -> None:
    for run_id in runs:
        plan(world, run_id, state="held", held_set_id=SET)

    for count in (1, 0):
        assert world.ledger.run("guard/add_held_set", run_id=runs[1], **KIND, **ALLOWED) == count

    assert query("select run_id, changes from patron_sync.held_set") == [(runs[1], 1)]


def supersede(ledger: Ledger, run_id: UUID) -> list[int]:
    return [ledger.run("guard/supersede_held", run_id=run_id) for _ in range(2)]


@pytest.mark.parametrize(
    ("older", "state"),
    [
        pytest.param({}, "dropped", id="waits"),
        pytest.param({"state": "planned", "held_set_id": SET}, "dropped", id="was_approved"),
        pytest.param({"state": "planned"}, "planned", id="never_waited"),
        pytest.param({"state": "sent", "held_set_id": SET}, "sent", id="on_its_way"),
        pytest.param({"library": OTHER_LIBRARY}, "held", id="other_library"),
        pytest.param({"person_key": a_person_key(1)}, "held", id="other_person"),
        pytest.param({"field": "card"}, "held", id="other_field"),
        pytest.param({"target": "registry"}, "held", id="other_target"),
    ],
)
def test_supersede_held_replaces(world: World, query, runs, older, state) -> None:
    plan(world, runs[0], **{"state": "held"} | older)
    plan(world, runs[1])
    advance(world.ledger, runs[1], "guarded")

    supersede(world.ledger, runs[1])

    assert query("select state from patron_sync.plan where run_id = %s", runs[0]) == [(state,)]


@pytest.mark.parametrize("case", ["not_guarded", "same_moment", "later", "third_run"])
def test_supersede_held_needs_a_newer_plan_that_is_guarded(world, query, runs, case) -> None:
    """Other runs replace nothing, however old or new they are, nor do plans of other runs."""
    older, newer = runs
    oldest, _ = (a_run(world.ledger, number=number) for number in (3, 5))
    query("update patron_sync.run set started_at = '2026-01-01' where run_id = %s", oldest)
    query("update patron_sync.run_library set stage = 'guarded' where run_id = %s or library = %s",
          older, OTHER_LIBRARY)  # fmt: skip
    query("update patron_sync.run set started_at = '2026-03-01' where run_id = %s", older)
    starts = {"same_moment": "2026-03-01", "later": "2026-02-01"}.get(case, "2026-04-01")
    query("update patron_sync.run set started_at = %s where run_id = %s", starts, newer)
    if case != "not_guarded":
        advance(world.ledger, newer, "guarded")
    plan(world, older, state="held")
    if case == "third_run":
        plan(world, a_run(world.ledger, number=4))
        run_that_is_at(world, "pull", "guarded", number=4)
    else:
        plan(world, newer)

    assert supersede(world.ledger, newer) == [0, 0]

    assert query("select state from patron_sync.plan where run_id = %s", older) == [("held",)]


def test_supersede_held_makes_each_patron_who_is_there_pending_once(world, query, runs) -> None:
    """Not whoever was deleted since, and not for a removal."""
    here_id, removed = (world.cicero.add(a_patron(index)) for index in (0, 1))
    changes = [
        (here_id, 0, "card", "update"), (here_id, 0, "pin", "update"),
        (removed, 1, "relation", "remove"), (99, 2, "pin", "update"),
    ]  # fmt: skip
    for patron_id, index, field, action in changes:
        row = {"patron_id": patron_id, "person_key": a_person_key(index), "field": field}
        for run_id, state in zip(runs, ("held", "planned"), strict=True):
            plan(world, run_id, record_no=index + 1, state=state, action=action, **row)
    advance(world.ledger, runs[1], "guarded")

    assert supersede(world.ledger, runs[1]) == [1, 0]

    assert query("select patron_id from patron_sync.pending") == [(here_id,)]


@pytest.mark.parametrize(("waits", "reason"), [(True, "SUPERSEDED"), (False, "REFUSED")])
def test_supersede_held_lets_a_patron_wait_no_longer(world, query, runs, waits, reason) -> None:
    patron_id = world.cicero.add(a_patron())
    put(world, "patron_sync.pending", flow="pull", library=LIBRARY, patron_id=patron_id,
        reason="REFUSED", waits=waits)  # fmt: skip
    for run_id, state in zip(runs, ("held", "planned"), strict=True):
        plan(world, run_id, patron_id=patron_id, state=state)
    advance(world.ledger, runs[1], "guarded")

    assert supersede(world.ledger, runs[1]) == [1, 0]

    assert query("select reason, waits from patron_sync.pending") == [(reason, False)]
