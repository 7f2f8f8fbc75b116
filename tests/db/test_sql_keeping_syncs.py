"""The statements of ``include/sql/housekeeping`` that tidy data syncs, each run twice."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from tests.db.sync_bench import SyncWorld, a_record, a_sync_run_id

RUN = a_sync_run_id(1)
DAYS = {"staging_days": 7, "journal_days": 14, "ledger_days": 30}
FILTER = "[{field: category_id, equals: UGRD}]"


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    """A run that created two profiles and one that changed a value of the first."""
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(1), a_record(2)]
    syncs.run(filter=FILTER)
    syncs.ils.records[0] |= {"surname": "Berg", "cardnumber": None}
    syncs.run(filter=FILTER, empty_fields="replace")
    return syncs


@pytest.fixture
def aged(query):
    def age(days: int, number: int = 1) -> None:
        query("update data_sync.run set started_at = started_at - make_interval(days => %s),"
              " finished_at = finished_at - make_interval(days => %s) where run_id = %s",
              days, days, a_sync_run_id(number))  # fmt: skip

    return age


@pytest.mark.parametrize(
    ("days", "parts"),
    [
        (6, []),
        (8, ["staging"]),
        (15, ["staging", "values"]),
        (31, ["records", "staging", "values"]),
    ],
    ids=["young", "a week", "two weeks", "a month"],
)
def test_list_old_syncs_lists_what_is_too_old_of_a_run(syncs, aged, days, parts) -> None:
    aged(days)

    for _ in range(2):
        rows = syncs.ledger.rows("housekeeping/list_old_syncs", **DAYS)
        assert [(row.run_id, row.part) for row in rows] == [(RUN, part) for part in parts]


@pytest.mark.parametrize("state", ["running", "held"])
def test_list_old_syncs_leaves_out_what_goes_on_or_waits(syncs, aged, query, state) -> None:
    aged(400)
    query("update data_sync.run set state = %s", state)

    assert syncs.ledger.rows("housekeeping/list_old_syncs", **DAYS) == []


def test_blank_staging_leaves_rows_without_values(syncs, query) -> None:
    assert syncs.ledger.run("housekeeping/blank_staging", run_id=RUN) == 2
    assert syncs.ledger.run("housekeeping/blank_staging", run_id=RUN) == 0

    assert query("select record_id, filters, fields from data_sync.staged where run_id = %s"
                 " order by 1", RUN) == [("1", None, None), ("2", None, None)]  # fmt: skip
    assert query("select run_id from data_sync.run where staging_gone_at is not null"
                 " and page_cursor is null") == [(RUN,)]  # fmt: skip


@pytest.mark.parametrize("part", ["staging", "values"])
@pytest.mark.parametrize("state", ["running", "held"])
def test_blank_staging_and_blank_values_touch_no_run_that_goes_on(syncs, query, part, state):
    query("update data_sync.run set state = %s", state)

    assert syncs.ledger.run(f"housekeeping/blank_{part}", run_id=RUN) == 0


def test_blank_values_keeps_the_names_of_the_fields(syncs, query) -> None:
    for number, rows in ((1, 2), (2, 1)):
        run = {"run_id": a_sync_run_id(number)}
        assert syncs.ledger.run("housekeeping/blank_values", **run) == rows
        assert syncs.ledger.run("housekeeping/blank_values", **run) == 0

    created = dict.fromkeys(
        ("first_name", "last_name", "email", "library_card_number", "birth_date")
    )
    changed = dict.fromkeys(("last_name", "library_card_number"))
    assert query("select fields, cleared, before from data_sync.plan order by run_id = %s desc,"
                 " record_no", RUN) == [
        (created, [], None), (created, [], None),
        ({"last_name": None}, ["library_card_number"], changed),
    ]  # fmt: skip


def test_forget_sync_leaves_the_row_of_the_run_with_its_account(syncs, query) -> None:
    account = {"run_id": RUN, "account": json.dumps({"read": 99})}

    gone = [tuple(syncs.ledger.rows("housekeeping/forget_sync", **account)[0]) for _ in range(2)]

    assert gone == [(True, 2 + 2 + 1), (False, 0)]
    for table in ("staged", "verdict", "match", "plan", "reversal", "run_condition"):
        left = query(f"select distinct run_id from data_sync.{table}")  # noqa: S608
        assert left in ([], [(a_sync_run_id(2),)])
    assert query("select account ->> 'read', values_gone_at is not null from data_sync.run"
                 " where records_gone_at is not null") == [("2", True)]  # fmt: skip


def test_forget_sync_keeps_what_a_failed_run_had_come_to(syncs, query) -> None:
    query("update data_sync.run set account = null, state = 'failed'")

    syncs.ledger.rows("housekeeping/forget_sync", run_id=RUN, account='{"read": 2}')

    assert query("select account from data_sync.run where run_id = %s", RUN) == [({"read": 2},)]


def test_end_lost_syncs_ends_what_began_or_was_decided_long_ago(syncs, aged, query) -> None:
    query("update data_sync.run set state = 'running', finished_at = null")
    aged(8, 1)
    aged(8, 2)
    query("update data_sync.run set decided_at = now(), decision = 'approved' where run_id = %s",
          a_sync_run_id(2))  # fmt: skip

    ended = [
        [row.run_id for row in syncs.ledger.rows(
            "housekeeping/end_lost_syncs", keep_days=7, detail="gone")]
        for _ in range(2)
    ]  # fmt: skip

    assert ended == [[RUN], []]
    assert query("select state, failure_code, failure_detail, finished_at is not null"
                 " from data_sync.run where run_id = %s", RUN) == [
        ("failed", "NEVER_ENDED", "gone", True)
    ]  # fmt: skip


def test_forget_requests_leaves_those_of_runs_that_have_records(syncs, query) -> None:
    runs = {"young": uuid4(), "never_begun": uuid4(), "with_records": RUN,
            "without_records": a_sync_run_id(2)}  # fmt: skip
    for name, run_id in runs.items():
        query("insert into data_sync.request (run_id, name, version, dag_run_id, is_dry_run,"
              " asked_by, asked_at) values (%s, %s, 1, 'asked__20260302T120000000001', false,"
              " 'kari', now() - make_interval(days => %s))",
              run_id, name, 29 if name == "young" else 31)  # fmt: skip
    query("update data_sync.run set records_gone_at = now() where run_id = %s", a_sync_run_id(2))

    gone = [syncs.ledger.run("housekeeping/forget_requests", keep_days=30) for _ in range(2)]

    assert gone == [2, 0]
    assert query("select name from data_sync.request order by name") == [
        ("with_records",), ("young",)
    ]  # fmt: skip
