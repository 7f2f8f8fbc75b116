"""The statements behind the pages of data syncs, each run twice."""

from __future__ import annotations

from typing import Any

import pytest

from registry_operators.steps.data_sync.list_results import (
    OUTCOMES,
    list_problems,
    problems_page,
    records_page,
)
from tests.db.sync_bench import SyncWorld, a_record, a_sync_run_id

RUN = a_sync_run_id(2)
MANY = 1000


@pytest.fixture
def syncs(ledger, query) -> SyncWorld:
    """A second run with records of every outcome, in any order."""
    syncs = SyncWorld(ledger)
    syncs.ils.page_size = 100
    syncs.ils.records = [a_record(number) for number in range(1, 13)]
    syncs.run()
    for number in (2, 5, 8):
        syncs.ils.records[number - 1]["surname"] = "Berg"
    syncs.ils.records[2]["category_id"] = syncs.ils.records[10]["category_id"] = "X"
    syncs.ils.records[3] = dict.fromkeys(a_record())
    syncs.ils.records += [a_record(number) for number in range(20, 26)]
    syncs.ils.records[13]["email"] = "nobody"
    syncs.ils.records[14] |= {"email": "nobody", "date_of_birth": "soon"}
    syncs.run(filter="[{field: category_id, equals: UGRD}]")
    query("update data_sync.plan set state = 'held', reason = 'LIMIT_EXCEEDED'"
          " where run_id = %s and record_no in (15, 17)", RUN)  # fmt: skip
    query("update data_sync.plan set state = 'dropped', reason = 'REJECTED'"
          " where run_id = %s and record_no = 18", RUN)  # fmt: skip
    query("update data_sync.plan set state = 'failed', reason = 'CHANGED_SINCE_PLAN'"
          " where run_id = %s and record_no = 8", RUN)  # fmt: skip
    return syncs


def test_read_sync_run_counts_while_a_run_goes_on(syncs, ledger, query):
    (over,) = ledger.rows("pages/read_sync_run", run_id=RUN, most_read=MANY)
    query("update data_sync.run set state = 'running' where run_id = %s", RUN)

    for _ in range(2):
        (row,) = ledger.rows("pages/read_sync_run", run_id=RUN, most_read=MANY)
    (large,) = ledger.rows("pages/read_sync_run", run_id=RUN, most_read=17)

    assert (over.judged, over.planned, over.last_planned) == (None, None, None)
    assert (row.read_count, row.judged, row.planned, row.last_planned) == (18, 3, 9, 18)
    assert (large.judged, large.planned, large.last_planned) == (None, None, 18)
    assert ledger.rows("pages/read_sync_run", run_id=a_sync_run_id(9), most_read=MANY) == []


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_list_sync_records_lists_what_the_slower_statement_lists(syncs, ledger, outcome):
    scope = {"run_id": RUN, "outcome": outcome, "page_size": MANY, "after_no": 0}
    expected = ledger.rows("data_sync/list_records", **scope, reason=None)
    assert expected

    for _ in range(2):
        found = ledger.rows("pages/list_sync_records", **scope, reason=None)

    def facts(rows):
        return [(row.record_no, row.record_id, row.reason, row.fields) for row in rows]

    assert facts(found) == facts(expected)
    for reason in {row.reason for row in expected} - {None}:
        some = ledger.rows("pages/list_sync_records", **scope, reason=reason)
        assert facts(some) == [one for one in facts(expected) if one[2] == reason]
    nothing = ledger.rows("pages/list_sync_records", **scope, reason="NO_SUCH")
    assert nothing == []
    pages: list[Any] = []
    after: int | None = 0
    while after is not None:
        rows, after = records_page(ledger, RUN, outcome, reason=None, after=after, most=1)
        pages += rows
    assert facts(pages) == facts(expected)


def test_list_sync_records_links_to_profiles_that_are_there(syncs, ledger, query):
    def profiles():
        rows, _ = records_page(ledger, RUN, "created", reason=None, after=0, most=MANY)
        return [row.profile_id for row in rows]

    before = profiles()
    query("delete from profiles.profile where profile_id = %s", before[0])

    assert None not in before
    assert profiles() == [None, *before[1:]]


@pytest.mark.parametrize("most", [1, 2, 3, 10])
def test_values_of_one_record_are_never_torn_apart(syncs, ledger, most):
    pages: list[Any] = []
    after: int | None = 0
    while after is not None:
        rows, after = problems_page(ledger, RUN, after=after, most=most)
        pages += rows

    assert pages == list(list_problems(ledger, RUN))
    assert [(row.record_no, row.field) for row in pages] == [
        (14, "email"), (15, "birth_date"), (15, "email"),
    ]  # fmt: skip
