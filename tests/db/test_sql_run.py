"""The statements of ``include/sql/run`` about runs, libraries and watermarks, each run twice."""

from __future__ import annotations

from datetime import datetime

import pytest

from registry_operators.domain.reasons import Reason
from tests.db.flow_world import World
from tests.db.sql_bench import a_past_run, advance, here, run_at
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    REGISTRY_NOW,
    a_patron,
    a_person_key,
    a_run,
    a_run_id,
)

RUN = a_run_id(1)
OPENED = {
    "run_id": RUN, "flow": "pull", "is_full": False, "is_dry_run": False, "config_digest": "d",
    "asked_by": "schedule", "reconciliation_id": None,
}  # fmt: skip
LIBRARY_ROW = {
    "run_id": RUN, "library": LIBRARY, "stage": "opened", "syncs_card": True, "syncs_pin": False,
    "since_time": REGISTRY_NOW, "since_xid": None, "is_whole": False,
    "card_policy": "hold", "pin_policy": "newest_wins",
}  # fmt: skip


@pytest.fixture
def run_id(world: World):
    """A pull of two libraries that has just been opened."""
    return a_run(world.ledger)


def test_open_run_sets_a_finished_run_back_to_running(world: World, query) -> None:
    assert world.ledger.run("run/open_run", **OPENED) == 1
    query("update patron_sync.run set state = 'failed', finished_at = now()")

    world.ledger.run("run/open_run", **OPENED | {"config_digest": "another"})

    row = query("select state, finished_at, config_digest from patron_sync.run")
    assert row == [("running", None, "d")]


def test_open_library_keeps_the_first_window_and_forgets_a_failure(world: World, query) -> None:
    world.ledger.run("run/open_run", **OPENED)
    world.ledger.run("run/open_library", **LIBRARY_ROW)
    window = query("select since_time, until_xid::text from patron_sync.run_library")
    query("update patron_sync.run_library set failure_code = 'UNAVAILABLE', stage = 'staged'")

    world.ledger.run("run/open_library", **LIBRARY_ROW | {"since_time": None})

    assert query("select since_time, until_xid::text from patron_sync.run_library") == window
    assert query("select stage, failure_code from patron_sync.run_library") == [("staged", None)]


def test_add_series_adds_a_series_once(world: World, run_id, query) -> None:
    series = {"run_id": run_id, "prefix": "N", "first_digits": "300000000"}

    assert world.ledger.run("run/add_series", **series, last_digits="300000009") == 1
    assert world.ledger.run("run/add_series", **series, last_digits="300000009") == 0

    assert query("select count(*) from patron_sync.run_series") == [(3,)]


def test_read_run_describes_it(world: World, run_id) -> None:
    for _ in range(2):
        (row,) = world.ledger.rows("run/read_run", run_id=run_id)
        assert (row.flow, row.state, row.is_dry_run, row.plan_id) == (
            "pull",
            "running",
            False,
            None,
        )


def test_list_libraries_lists_them_in_order(world: World, run_id) -> None:
    for _ in range(2):
        rows = world.ledger.rows("run/list_libraries", run_id=run_id)
        assert [(row.library, row.stage) for row in rows] == [
            (LIBRARY, "opened"), (OTHER_LIBRARY, "opened")
        ]  # fmt: skip


def test_advance_library_forgets_a_failure_and_keeps_what_is_not_given(world, run_id, query):
    where = {**here(run_id), "to_stage": "staged"}
    world.ledger.run("run/fail_library", **here(run_id), failure_code="C", failure_detail="d")
    world.ledger.run("run/advance_library", **where, read_count=5, until_time=REGISTRY_NOW)

    assert world.ledger.run("run/advance_library", **where, read_count=None, until_time=None) == 1

    row = query(
        "select stage, failure_code, read_count, until_time from patron_sync.run_library"
        " where library = %s", LIBRARY,
    )  # fmt: skip
    assert row == [("staged", None, 5, REGISTRY_NOW)]


def test_advance_libraries_takes_those_at_a_stage_once(world: World, run_id) -> None:
    advance(world.ledger, run_id, "planned")
    move = {"run_id": run_id, "from_stage": "opened", "to_stage": "staged"}

    assert world.ledger.run("run/advance_libraries", **move) == 1
    assert world.ledger.run("run/advance_libraries", **move) == 0


def test_fail_library_keeps_the_last_failure_and_the_stage(world: World, run_id, query) -> None:
    for code in ("UNAVAILABLE", "LOGIN_REFUSED"):
        world.ledger.run("run/fail_library", **here(run_id), failure_code=code, failure_detail="d")

    row = query(
        "select stage, failure_code from patron_sync.run_library where library = %s", LIBRARY
    )
    assert row == [("opened", "LOGIN_REFUSED")]


def test_close_run_writes_the_state_of_the_moment(world: World, run_id, query) -> None:
    endings = []
    for state in ("failed", "succeeded"):
        world.ledger.run("run/close_run", run_id=run_id, state=state)
        endings += query("select state, finished_at is not null from patron_sync.run")

    assert endings == [("failed", True), ("succeeded", True)]


def test_drop_restored_watermarks_drops_what_is_ahead_of_the_database_once(world, query) -> None:
    world.push()
    query("update patron_sync.watermark set cicero_xid = '999999999999'")
    run_id = a_run(world.ledger, "push", number=9, is_full=True)
    advance(world.ledger, run_id, "loaded")

    assert world.ledger.run("run/drop_restored_watermarks", run_id=run_id) == 1
    assert world.ledger.run("run/drop_restored_watermarks", run_id=run_id) == 0

    assert query("select library from patron_sync.watermark") == [(OTHER_LIBRARY,)]


def test_drop_restored_watermarks_drops_what_another_server_counted(world, query) -> None:
    world.push()
    query("update patron_sync.watermark set server_id = server_id - 1 where library = %s", LIBRARY)
    run_id = a_run(world.ledger, "push", number=9, is_full=True)
    advance(world.ledger, run_id, "loaded")

    assert world.ledger.run("run/drop_restored_watermarks", run_id=run_id) == 1
    assert query("select library from patron_sync.watermark") == [(OTHER_LIBRARY,)]


def test_clear_library_removes_its_own_rows_only(world: World, query) -> None:
    world.cicero.add(a_patron())
    first = run_at(world, "push", "staged", number=1)
    second = run_at(world, "push", "staged", number=2)

    assert world.ledger.run("run/clear_library", **here(first)) == 1
    assert world.ledger.run("run/clear_library", **here(first)) == 0

    assert query("select run_id from patron_sync.staged_patron") == [(second,)]


def test_fail_records_moves_records_to_verdicts_once(world: World, query) -> None:
    world.cicero.add(a_patron())
    run_id = run_at(world, "push", "cards_filtered")
    failed = {"step": "look_up", "record_nos": [1], "reasons": [Reason.REFUSED]}

    assert world.ledger.run("run/fail_records", **here(run_id), **failed) == 1
    assert world.ledger.run("run/fail_records", **here(run_id), **failed) == 0

    row = query("select step, outcome, reason, person_key from patron_sync.verdict")
    assert row == [("look_up", "failed", Reason.REFUSED, a_person_key(0))]


def test_move_watermarks_moves_loaded_libraries_and_never_back(world: World, run_id) -> None:
    query = world.cicero.db.execute
    move, mark = "run/move_watermarks", "select library, registry_time from patron_sync.watermark"
    advance(world.ledger, run_id, "loaded")
    query("update patron_sync.run_library set until_time = %s", [REGISTRY_NOW])
    assert world.ledger.run(move, run_id=run_id) == 1
    assert world.ledger.run(move, run_id=run_id) == 0

    query("update patron_sync.run_library set until_time = until_time - interval '1 second'")
    assert world.ledger.run(move, run_id=run_id) == 0

    assert query(mark).fetchall() == [(LIBRARY, REGISTRY_NOW)]


def test_read_watermarks_tells_those_of_a_flow(world: World) -> None:
    world.pull(libraries=(LIBRARY,))
    world.push()

    for _ in range(2):
        (row,) = world.ledger.rows("run/read_watermarks", flow="pull")
        assert (row.library, row.cicero_xid) == (LIBRARY, None)
        assert isinstance(row.registry_time, datetime)
        pushed = world.ledger.rows("run/read_watermarks", flow="push")
        assert all(one.cicero_xid.isdigit() for one in pushed)


def test_store_configuration_keeps_the_last_one(world: World, query) -> None:
    store = {"fields": '{"timezone": "0123"}', "run_id": a_run_id(1)}

    for digest in ("one", "two", "two"):
        assert world.ledger.run("run/store_configuration", config_digest=digest, **store) == 1

    assert query("select config_digest, run_id from patron_sync.configuration") == [
        ("two", a_run_id(1))
    ]


def test_read_configuration_tells_digest_and_fields(world: World) -> None:
    assert world.ledger.rows("run/read_configuration") == []
    world.push()

    for _ in range(2):
        (row,) = world.ledger.rows("run/read_configuration")
        assert row.config_digest == world.config.digest
        assert f"libraries.{LIBRARY}.enabled" in row.fields


def test_add_pending_counts_attempts(world: World, query) -> None:
    patron_id = world.cicero.add(a_patron())
    run_id = run_at(world, "push", "cards_filtered")
    failed = {"step": "look_up", "record_nos": [1], "reasons": [Reason.REFUSED]}
    world.ledger.run("run/fail_records", **here(run_id), **failed)
    advance(world.ledger, run_id, "loaded")

    for _ in range(2):
        assert world.ledger.run("run/add_pending", run_id=run_id, permanent=[Reason.REFUSED]) == 1

    row = query("select flow, patron_id, reason, attempts from patron_sync.pending")
    assert row == [("push", patron_id, Reason.REFUSED, 2)]


def test_add_pending_lets_only_those_wait_whom_nobody_has_raised_since(world, query) -> None:
    ids = [world.cicero.add(a_patron(index)) for index in range(3)]
    pend = "insert into patron_sync.pending (flow, library, patron_id, reason) values"
    query(f"{pend} ('push', %s, %s, 'UNAVAILABLE')", LIBRARY, ids[0])
    run_id = run_at(world, "push", "cards_filtered")
    failed = {"step": "look_up", "record_nos": [1, 2, 3], "reasons": [Reason.REFUSED] * 3}
    world.ledger.run("run/fail_records", **here(run_id), **failed)
    advance(world.ledger, run_id, "loaded")
    query(f"{pend} ('push', %s, %s, 'EXPIRED')", LIBRARY, ids[1])

    assert world.ledger.run("run/add_pending", run_id=run_id, permanent=[Reason.REFUSED]) == 3

    rows = query("select patron_id, attempts, waits from patron_sync.pending order by 1")
    assert rows == [(ids[0], 2, True), (ids[1], 2, False), (ids[2], 1, True)]


def test_settle_pending_forgets_who_was_dealt_with_once(world: World, query) -> None:
    ids = [world.cicero.add(a_patron(index)) for index in range(2)]
    elsewhere = world.cicero.add(a_patron(2, library=OTHER_LIBRARY))
    query(
        "insert into patron_sync.pending (flow, library, patron_id, reason)"
        " select 'push', %s, unnest(%s::bigint[]), 'REFUSED'", LIBRARY, [*ids, elsewhere],
    )  # fmt: skip
    run_id = run_at(world, "push", "planned")
    query("update patron_sync.plan set state = 'failed' where patron_id = %s", ids[1])
    advance(world.ledger, run_id, "loaded")

    assert world.ledger.run("run/settle_pending", run_id=run_id) == 1
    assert world.ledger.run("run/settle_pending", run_id=run_id) == 0

    left = query("select patron_id from patron_sync.pending order by 1")
    assert left == [(ids[1],), (elsewhere,)]


def test_settle_pending_leaves_who_was_raised_since_the_run_was_opened(world, query) -> None:
    ids = [world.cicero.add(a_patron(index)) for index in range(2)]
    query(
        "insert into patron_sync.pending (flow, library, patron_id, reason)"
        " select 'push', %s, unnest(%s::bigint[]), 'UNAVAILABLE'", LIBRARY, ids,
    )  # fmt: skip
    run_id = run_at(world, "push", "planned")
    query("update patron_sync.pending set raised_xid = pg_current_xact_id() where patron_id = %s",
          ids[1])  # fmt: skip
    advance(world.ledger, run_id, "loaded")

    assert [world.ledger.run("run/settle_pending", run_id=run_id) for _ in range(2)] == [1, 0]

    assert query("select patron_id from patron_sync.pending") == [(ids[1],)]


def test_seal_plan_gives_the_same_rows_the_same_id(world: World, query) -> None:
    world.cicero.add(a_patron())
    ids = []
    for number in (1, 2):
        run_id = run_at(world, "push", "planned", number=number)
        query("update patron_sync.run set plan_id = null where run_id = %s", run_id)
        for _ in range(2):
            world.ledger.run("run/seal_plan", run_id=run_id)
            ids += query("select plan_id from patron_sync.run where run_id = %s", run_id)

    assert len(set(ids)) == 1
    assert len(ids[0][0]) == 64


def rows_known_to_the_planner(query, table: str) -> float:
    return float(query("select reltuples from pg_class where oid = %s::regclass", table)[0][0])


def test_analyze_staged_counts_the_staged_rows_anew(world: World, query) -> None:
    world.cicero.add(a_patron())
    run_at(world, "push", "staged")

    for _ in range(2):
        world.ledger.run("run/analyze_staged")
        assert rows_known_to_the_planner(query, "patron_sync.staged_patron") == 1


def test_analyze_plan_counts_the_planned_rows_anew(world: World, query) -> None:
    world.cicero.add(a_patron())
    run_at(world, "push", "planned")

    for _ in range(2):
        world.ledger.run("run/analyze_plan")
        assert rows_known_to_the_planner(query, "patron_sync.plan") == 3


def test_tune_session_gives_memory_and_does_not_compile(world: World, query) -> None:
    world.ledger.rows("run/tune_session")

    assert query("select current_setting('work_mem'), current_setting('jit')") is not None
    (found,) = world.ledger.rows("run/tune_session")
    assert (found.work_mem, found.jit) == ("64MB", "off")


def test_count_completed_counts_libraries_at_their_end(world: World) -> None:
    run_id = a_past_run(world, 1, "2026-03-01", "pull", {}, {"library": OTHER_LIBRARY,
                        "stage": "loaded"})  # fmt: skip

    for _ in range(2):
        assert world.ledger.rows("run/count_completed", run_id=run_id) == [(1,)]
