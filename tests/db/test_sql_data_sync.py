"""The statements of ``include/sql/data_sync`` that read, judge and plan, each run twice."""

from __future__ import annotations

import json

import pytest

from registry_operators.steps.data_sync.extract_records import extract_records
from registry_operators.steps.data_sync.filter_records import filter_records
from registry_operators.steps.data_sync.guard_plan import guard_plan
from registry_operators.steps.data_sync.open_sync import SyncRequest, open_sync
from registry_operators.steps.data_sync.plan_profiles import plan_profiles
from tests.db.sync_bench import TODAY, SyncWorld, a_record, a_sync, a_sync_run_id

RUN = a_sync_run_id(90)
STAGES = ("opened", "extracted", "filtered", "planned", "guarded")


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    return SyncWorld(ledger)


@pytest.fixture
def run_at(syncs):
    """Take a run to a stage; returns the ledger."""

    def to(stage: str, *records, is_dry_run: bool = False, **changes):
        ledger, sync = syncs.ledger, a_sync(**changes)
        syncs.ils.records = list(records) or [a_record(1), a_record(2)]
        open_sync(ledger, sync, SyncRequest(is_dry_run=is_dry_run), RUN, TODAY)
        steps = (
            lambda: extract_records(ledger, syncs.ils, sync, run_id=RUN, today=TODAY),
            lambda: filter_records(ledger, run_id=RUN),
            lambda: plan_profiles(ledger, run_id=RUN),
            lambda: guard_plan(ledger, syncs.guards, run_id=RUN),
        )
        for step in steps[: STAGES.index(stage)]:
            step()
        return ledger

    return to


def verdicts(query):
    return query("select record_no, outcome, reason from data_sync.verdict order by record_no")


def test_open_run_sets_a_failed_run_going_again_and_keeps_what_it_read(run_at, query):
    ledger = run_at("extracted")
    ledger.run("data_sync/fail_run", run_id=RUN, code="X", detail="y")
    (row,) = ledger.rows("data_sync/read_run", run_id=RUN)
    names = ("run_id", "name", "version", "digest", "source", "ils", "type", "profile_type",
             "empty_fields", "incorrect_values", "errors", "match_on", "required", "is_dry_run",
             "asked_by")  # fmt: skip

    for _ in range(2):
        ledger.run("data_sync/open_run", **{name: getattr(row, name) for name in names})

    assert query("select state, stage, read_count, failure_code from data_sync.run") == [
        ("running", "extracted", 2, None)
    ]


def test_add_condition_keeps_the_first_one(run_at, query):
    ledger = run_at("opened")
    row = {"run_id": RUN, "number": 1, "field": "email", "operator": "equals"}

    for operand in ("a", "b"):
        ledger.run("data_sync/add_condition", **row, operands=json.dumps([operand]))

    assert query("select operands from data_sync.run_condition") == [(["a"],)]


def test_read_run_tells_of_one_run_and_of_no_other(run_at):
    ledger = run_at("opened")

    (row,) = ledger.rows("data_sync/read_run", run_id=RUN)

    assert (row.name, row.stage, row.state) == ("readers", "opened", "running")
    assert ledger.rows("data_sync/read_run", run_id=a_sync_run_id(91)) == []


def test_copy_records_takes_rows_as_text(run_at, query):
    ledger = run_at("opened")

    ledger.copy_text(
        "data_sync/copy_records", [f"{RUN}\t1\t7\t\\N\t\\N\t{{}}\t{{email}}\t\\N\n".encode()]
    )

    assert query("select record_id, fields, emptied from data_sync.staged") == [
        ("7", {}, ["email"])
    ]


def test_keep_page_counts_until_the_extract_has_ended(run_at, query):
    ledger = run_at("opened")

    for _ in range(2):
        ledger.run("data_sync/keep_page", run_id=RUN, page_cursor="p", records=3)
    ledger.run("data_sync/advance_run", run_id=RUN, from_stage="opened", to_stage="extracted")
    ledger.run("data_sync/keep_page", run_id=RUN, page_cursor="q", records=3)

    assert query("select page_cursor, read_count from data_sync.run") == [("p", 6)]


def test_commit_later_holds_for_its_transaction_only(run_at):
    ledger = run_at("opened")
    setting = "select current_setting('synchronous_commit')"

    with ledger.transaction():
        for _ in range(2):
            ledger.rows("data_sync/commit_later")
        assert ledger._connection.execute(setting).fetchone() == ("off",)

    assert ledger._connection.execute(setting).fetchone() == ("on",)


def test_advance_run_moves_from_the_named_stage_only(run_at):
    ledger = run_at("opened")
    step = {"run_id": RUN, "from_stage": "opened", "to_stage": "extracted"}

    assert ledger.run("data_sync/advance_run", **step) == 1
    assert ledger.run("data_sync/advance_run", **step) == 0


def test_analyze_staged_may_be_run_again(run_at, query):
    ledger = run_at("extracted")

    ledger.run("data_sync/analyze_staged")
    ledger.run("data_sync/analyze_staged")

    assert query("select reltuples from pg_class where oid = 'data_sync.staged'::regclass") == [
        (2.0,)
    ]


def test_judge_records_judges_nobody_twice(run_at, query):
    ledger = run_at(
        "extracted", a_record(1), a_record(2, category_id="X"),
        a_record(3, surname=None, patron_id=None), a_record(1),
        filter="[{field: category_id, equals: UGRD}]",
    )  # fmt: skip

    assert ledger.run("data_sync/judge_records", run_id=RUN) == 3
    assert ledger.run("data_sync/judge_records", run_id=RUN) == 0
    assert verdicts(query) == [
        (1, "failed", "SAME_RECORD_TWICE"), (2, "left_out", "FILTERED"), (3, "failed", "REDACTED"),
    ]  # fmt: skip


def test_match_by_key_finds_one_profile_and_refuses_to_guess(run_at, query):
    ledger = run_at("filtered", a_record(1), a_record(2), a_record(3))
    for number, copies in ((1, 1), (2, 2)):
        for _ in range(copies):
            query("insert into profiles.profile (type, fields)"
                  " values ('patron', jsonb_build_object('email', %s::text))",
                  f"nora.{number}@example.org")  # fmt: skip

    assert ledger.run("data_sync/match_by_key", run_id=RUN, key="email") == 1
    assert ledger.run("data_sync/match_by_key", run_id=RUN, key="email") == 0
    assert query("select record_no from data_sync.match") == [(1,)]
    assert verdicts(query) == [(2, "failed", "SEVERAL_PROFILES")]


def test_judge_profiles_takes_out_what_the_type_does_not_allow(run_at, query):
    ledger = run_at("filtered", type="update")

    assert ledger.run("data_sync/judge_profiles", run_id=RUN) == 2
    assert ledger.run("data_sync/judge_profiles", run_id=RUN) == 0
    assert verdicts(query) == [(1, "left_out", "NO_PROFILE"), (2, "left_out", "NO_PROFILE")]


def test_plan_profiles_plans_each_record_once(run_at, query):
    ledger = run_at("filtered")

    assert ledger.run("data_sync/plan_profiles", run_id=RUN) == 2
    assert ledger.run("data_sync/plan_profiles", run_id=RUN) == 0
    assert query("select record_no, action, state from data_sync.plan order by 1") == [
        (1, "create", "planned"), (2, "create", "planned"),
    ]  # fmt: skip


def test_count_unchanged_counts_whom_the_plan_leaves_alone(syncs, run_at, query):
    syncs.ils.records = [a_record(1), a_record(2)]
    syncs.run()
    ledger = run_at("filtered", a_record(1), a_record(2, surname="Berg"))

    for _ in range(2):
        ledger.run("data_sync/count_unchanged", run_id=RUN)

    assert query("select unchanged_count from data_sync.run where run_id = %s", RUN) == [(1,)]


def test_seal_plan_gives_equal_plans_the_same_id(run_at):
    ledger = run_at("planned")

    (first,) = ledger.rows("data_sync/seal_plan", run_id=RUN)
    (second,) = ledger.rows("data_sync/seal_plan", run_id=RUN)

    assert first.plan_id == second.plan_id
    assert len(first.plan_id) == 64


def test_count_changes_counts_each_kind_and_each_emptied_field(syncs, run_at):
    syncs.ils.records = [a_record(1), a_record(2)]
    syncs.run()
    ledger = run_at(
        "planned", a_record(1, cardnumber=None), a_record(2), a_record(3), empty_fields="replace"
    )

    rows = [tuple(row) for row in ledger.rows("data_sync/count_changes", run_id=RUN)]

    assert rows == [
        ("creates", None, 1, 2),
        ("field_clears", "library_card_number", 1, 2),
        ("updates", None, 1, 2),
    ]


def test_read_last_count_knows_the_last_completed_run_of_the_same_document(syncs, run_at):
    syncs.ils.records = [a_record(1)]
    syncs.run()
    syncs.run(is_dry_run=True)
    ledger = run_at("opened")

    assert [row.read_count for row in ledger.rows("data_sync/read_last_count", run_id=RUN)] == [1]


@pytest.mark.parametrize(
    ("before", "counts"),
    [
        ({"empty_fields": "replace"}, [1]),
        ({"filter": "[{field: email, is_not_empty: true}]"}, []),
        ({"filter": "[{field: surname, is_not_empty: true}]", "type": "update"}, [1]),
    ],
    ids=["another strategy", "another filter", "the same filter"],
)
def test_read_last_count_compares_whoever_means_the_same_people(syncs, run_at, before, counts):
    is_filtered = "surname" in before.get("filter", "")
    syncs.ils.records = [a_record(1)]
    syncs.run(a_sync(version=2, **before))
    now = {"filter": before["filter"]} if is_filtered else {}
    ledger = run_at("opened", **now)

    assert [
        row.read_count for row in ledger.rows("data_sync/read_last_count", run_id=RUN)
    ] == counts


def test_read_last_count_takes_a_run_that_was_held_for_one_that_has_read_all(syncs, run_at, query):
    syncs.ils.records = [a_record(1)]
    syncs.run()
    query("update data_sync.run set state = 'held'")
    ledger = run_at("opened")

    assert [row.read_count for row in ledger.rows("data_sync/read_last_count", run_id=RUN)] == [1]


def test_find_later_run_finds_what_has_written_since(syncs, run_at, query):
    ledger = run_at("planned")
    assert ledger.rows("data_sync/find_later_run", run_id=RUN) == []
    syncs.run(is_dry_run=True)
    assert ledger.rows("data_sync/find_later_run", run_id=RUN) == []
    syncs.run()

    for _ in range(2):
        found = ledger.rows("data_sync/find_later_run", run_id=RUN)
        assert [row.run_id for row in found] == [a_sync_run_id(2)]
    query("update data_sync.run set state = 'failed', loaded_through = 0")
    assert ledger.rows("data_sync/find_later_run", run_id=RUN) == []


def test_take_sync_gives_it_to_one_session_at_a_time(ledger):
    with ledger.sibling() as other:
        taken = [
            one.rows("data_sync/take_sync", name="readers")[0].is_taken
            for one in (ledger, ledger, other)
        ]
        (another,) = other.rows("data_sync/take_sync", name="others")

    assert (taken, another.is_taken) == ([True, True, False], True)


def test_leave_sync_lets_others_take_it(ledger):
    ledger.rows("data_sync/take_sync", name="readers")

    left = [ledger.rows("data_sync/leave_sync", name="readers")[0].is_left]
    with ledger.sibling() as other:
        (row,) = other.rows("data_sync/take_sync", name="readers")

    assert (left, row.is_taken) == ([True], True)


def test_hold_plan_holds_an_action_or_a_field(run_at, query):
    ledger = run_at("planned")
    held = {"run_id": RUN, "action": "create", "field": None}

    assert ledger.run("data_sync/hold_plan", **held) == 2
    assert ledger.run("data_sync/hold_plan", **held) == 0
    assert query("select distinct state, reason from data_sync.plan") == [
        ("held", "LIMIT_EXCEEDED")
    ]


def test_release_plan_lets_held_changes_be_written(run_at, query):
    ledger = run_at("guarded")
    ledger.run("data_sync/keep_place", run_id=RUN, through_no=2)
    ledger.run("data_sync/hold_plan", run_id=RUN, action="create", field=None)

    assert ledger.run("data_sync/release_plan", run_id=RUN) == 1
    assert ledger.run("data_sync/release_plan", run_id=RUN) == 0
    assert query("select loaded_through, stage, state from data_sync.run") == [
        (0, "guarded", "running")
    ]
    assert query("select distinct state from data_sync.plan") == [("planned",)]


def test_release_plan_remembers_what_was_written_before(run_at, query):
    ledger = run_at("guarded")
    query("update data_sync.plan set state = 'held' where record_no = 1")
    ledger.run("data_sync/keep_place", run_id=RUN, through_no=2)

    ledger.run("data_sync/release_plan", run_id=RUN)

    assert query("select state from data_sync.plan order by record_no") == [
        ("planned",), ("confirmed",),
    ]  # fmt: skip


def test_drop_plan_drops_held_changes_alone(run_at, query):
    ledger = run_at("guarded")
    ledger.run("data_sync/hold_plan", run_id=RUN, action="create", field=None)

    assert ledger.run("data_sync/drop_plan", run_id=RUN, reason="REJECTED") == 2
    assert ledger.run("data_sync/drop_plan", run_id=RUN, reason="REJECTED") == 0


def test_fail_run_ends_a_running_one(run_at):
    ledger = run_at("opened")
    failure = {"run_id": RUN, "code": "UNAVAILABLE", "detail": "the system is away"}

    assert ledger.run("data_sync/fail_run", **failure) == 1
    assert ledger.run("data_sync/fail_run", **failure) == 0
