"""The statements of ``include/sql/data_sync`` that decide, end and take back, each run twice."""

from __future__ import annotations

import pytest

from registry_operators.steps.data_sync.definitions import publish
from tests.db.sync_bench import FIELDS, SyncWorld, a_document, a_record, a_sync_run_id

RUN = a_sync_run_id(1)
BATCH = {"run_id": RUN, "after_no": 0, "through_no": 100}


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(1), a_record(2)]
    syncs.run()
    return syncs


@pytest.fixture
def judged(syncs):
    """Both created profiles are to be removed."""
    syncs.ledger.run("data_sync/judge_reversals", **BATCH)
    return syncs.ledger


def reversals(query):
    return query("select record_no, kind, field, state, reason from data_sync.reversal"
                 " order by 1, 2, 3")  # fmt: skip


def test_list_held_lists_each_kind_of_held_change(syncs, query):
    assert syncs.ledger.rows("data_sync/list_held", expire_days=7) == []
    query("update data_sync.plan set state = 'held'")
    query("update data_sync.run set state = 'held'")

    (row,) = syncs.ledger.rows("data_sync/list_held", expire_days=7)

    assert (row.run_id, row.kind, row.field, row.changes) == (RUN, "create", None, 2)


def test_lock_run_reads_one_run_and_holds_it(syncs, query):
    with syncs.ledger.transaction():
        for _ in range(2):
            (row,) = syncs.ledger.rows("data_sync/lock_run", run_id=RUN, expire_days=7)
        waiting = query("select run_id from data_sync.run for update skip locked")

    assert (row.state, row.held, row.is_expired, row.is_superseded) == (
        "succeeded", 0, False, False,
    )  # fmt: skip
    assert waiting == []
    assert syncs.ledger.rows("data_sync/lock_run", run_id=a_sync_run_id(9), expire_days=7) == []


def test_decide_run_keeps_the_first_decision(syncs, query):
    for decision, by in (("approved", "kari"), ("rejected", "ola")):
        syncs.ledger.run("data_sync/decide_run", run_id=RUN, decision=decision, decided_by=by)

    assert query("select decision, decided_by from data_sync.run") == [("approved", "kari")]


def test_end_series_counts_once_and_only_for_the_version_that_runs(ledger):
    publish(ledger, a_document(), FIELDS, actor="kari")

    ended = [ledger.run("data_sync/end_series", name="readers", version=one) for one in (2, 1, 1)]

    assert ended == [0, 1, 0]


def test_judge_reversals_plans_what_is_as_it_was_written(syncs, query):
    query("update profiles.profile set type = type, fields = fields || '{\"city\": \"Fjordby\"}'"
          " where fields ->> 'first_name' = 'Nora 2'")  # fmt: skip

    for _ in range(2):
        syncs.ledger.run("data_sync/judge_reversals", **BATCH)

    assert reversals(query) == [
        (1, "profile", "", "planned", None), (2, "profile", "", "kept", "CHANGED_SINCE"),
    ]  # fmt: skip


def test_put_back_values_writes_what_was_there(syncs, query):
    syncs.ils.records[0]["surname"] = "Berg"
    syncs.run()
    second = {"run_id": a_sync_run_id(2)}
    syncs.ledger.run("data_sync/judge_reversals", **BATCH | second)

    assert syncs.ledger.run("data_sync/put_back_values", **second) == 1

    assert [one["last_name"] for one in syncs.profiles()] == ["Nyberg", "Nyberg"]
    assert query("select distinct field_runs from profiles.profile") == [({},)]


def test_remove_profiles_removes_the_planned_ones(judged, query):
    query("update data_sync.reversal set state = 'kept' where record_no = 1")

    assert judged.run("data_sync/remove_profiles", run_id=RUN) == 1
    assert judged.run("data_sync/remove_profiles", run_id=RUN) == 0
    assert query("select record_id from profiles.source_link") == [("1",)]


def test_remove_links_removes_what_the_run_has_found(judged, query):
    query("update data_sync.reversal set kind = 'link' where record_no = 1")

    assert judged.run("data_sync/remove_links", run_id=RUN) == 1
    assert judged.run("data_sync/remove_links", run_id=RUN) == 0
    assert query("select record_id from profiles.source_link") == [("2",)]


def test_settle_reversals_leaves_what_is_kept(judged, query):
    query("update data_sync.reversal set state = 'kept' where record_no = 1")

    assert judged.run("data_sync/settle_reversals", run_id=RUN) == 1
    assert judged.run("data_sync/settle_reversals", run_id=RUN) == 0
    assert [row[3] for row in reversals(query)] == ["kept", "reversed"]


def test_lock_written_locks_the_profiles_of_a_batch(syncs, query):
    with syncs.ledger.transaction():
        rows = syncs.ledger.rows("data_sync/lock_written", **BATCH | {"through_no": 1})
        free = query("select profile_id from profiles.profile for update skip locked")

    assert len(rows) == 1
    assert len(free) == 1
    assert free[0][0] != rows[0].profile_id


def test_begin_undo_keeps_the_last_call(syncs, query):
    for by in ("kari", "ola"):
        syncs.ledger.run("data_sync/begin_undo", run_id=RUN, undone_by=by)

    assert query("select undone_by, undone_at is not null from data_sync.run") == [("ola", True)]


def test_count_reversals_counts_by_what_became_of_them(judged):
    judged.run("data_sync/settle_reversals", run_id=RUN)

    (row,) = judged.rows("data_sync/count_reversals", run_id=RUN)

    assert (row.kind, row.field, row.state, row.things) == ("profile", None, "reversed", 2)
