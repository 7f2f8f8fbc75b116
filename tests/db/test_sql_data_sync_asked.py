"""The statements of ``include/sql/data_sync`` that keep requests and drafts, each run twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from registry_operators.domain.sync.sync_dag import dag_id_of, run_id_of
from registry_operators.steps.data_sync.definitions import publish, save_draft
from registry_operators.steps.data_sync.open_sync import SyncRequest, open_sync
from tests.db.sync_bench import FIELDS, TODAY, a_document, a_sync

RUN = run_id_of(dag_id_of("readers"), "asked__20260302T120000000001")


@pytest.fixture
def ask(ledger):
    """Ask for a run of the one data sync; the number makes another request of it."""
    publish(ledger, a_document(), FIELDS, actor="kari")

    def put(number=1, **changes):
        dag_run_id = f"asked__20260302T12000000000{number}"
        run_id = run_id_of(dag_id_of("readers"), dag_run_id)
        row = {
            "run_id": run_id, "name": "readers", "version": 1, "is_dry_run": False,
            "dag_run_id": dag_run_id, "asked_by": "kari",
            "asked_at": datetime.now(UTC) + timedelta(milliseconds=number),
        }  # fmt: skip
        ledger.run("data_sync/ask_run", **row | changes)
        return run_id

    return put


def begin(ledger, run_id):
    open_sync(ledger, a_sync(), SyncRequest(), run_id, TODAY)


def test_ask_run_keeps_what_was_asked_first(ask, query):
    ask()
    ask(asked_by="ola", is_dry_run=True)

    assert query("select asked_by, is_dry_run from data_sync.request") == [("kari", False)]


def test_read_asked_tells_of_one_and_of_no_other(ask, ledger, query):
    for _ in range(2):
        (row,) = ledger.rows("data_sync/read_asked", run_id=ask())
    assert (row.name, row.version, row.has_begun, row.is_too_old) == ("readers", 1, False, False)

    query("update data_sync.request set asked_at = asked_at - interval '25 hours'")
    begin(ledger, RUN)

    (row,) = ledger.rows("data_sync/read_asked", run_id=RUN)
    assert (row.has_begun, row.is_too_old) == (True, True)
    assert ledger.rows("data_sync/read_asked", run_id=ask(2)) != []
    assert ledger.rows("data_sync/read_asked", run_id=run_id_of("other", "x")) == []


def test_list_asked_lists_what_airflow_is_still_to_begin(ask, ledger, query):
    runs = [ask(number) for number in range(1, 6)]
    ledger.run("data_sync/withdraw_run", run_id=runs[0], withdrawn_by="kari")
    begin(ledger, runs[1])
    query("update data_sync.request set asked_at = asked_at - interval '25 hours'"
          " where run_id = %s", runs[2])  # fmt: skip
    ledger.run("data_sync/hand_over", run_id=runs[3])

    for _ in range(2):
        rows = ledger.rows("data_sync/list_asked", name="readers")
        assert [row.run_id for row in rows] == [runs[4], runs[3]]
    assert len(ledger.rows("data_sync/list_asked", name=None)) == 2
    assert ledger.rows("data_sync/list_asked", name="others") == []


def test_hand_over_keeps_the_first_time(ask, ledger):
    run_id = ask()

    assert ledger.run("data_sync/hand_over", run_id=run_id) == 1
    assert ledger.run("data_sync/hand_over", run_id=run_id) == 0


def test_withdraw_run_takes_back_once_and_nothing_that_has_begun(ask, ledger, query):
    first, second = ask(), ask(2)
    begin(ledger, second)

    assert ledger.run("data_sync/withdraw_run", run_id=first, withdrawn_by="ola") == 1
    assert ledger.run("data_sync/withdraw_run", run_id=first, withdrawn_by="kari") == 0
    assert ledger.run("data_sync/withdraw_run", run_id=second, withdrawn_by="ola") == 0
    assert query("select withdrawn_by from data_sync.request order by dag_run_id") == [
        ("ola",), (None,),
    ]  # fmt: skip


def test_lock_definition_lets_nobody_else_change_it(ledger, query):
    save_draft(ledger, a_document(), actor="kari")
    with ledger.transaction():
        for _ in range(2):
            (row,) = ledger.rows("data_sync/lock_definition", name="readers")
        waiting = query("select name from data_sync.definition for update skip locked")

    assert (row.name, row.version, row.saved_by, waiting) == ("readers", 1, "kari", [])
    assert ledger.rows("data_sync/lock_definition", name="others") == []


def test_rename_definition_renames_what_was_never_published(ledger, query):
    save_draft(ledger, a_document(), actor="kari")
    publish(ledger, a_document(name="others"), FIELDS, actor="kari")

    def rename(name, new_name):
        return ledger.run("data_sync/rename_definition", name=name, new_name=new_name)

    assert (rename("readers", "pupils"), rename("readers", "pupils")) == (1, 0)
    assert rename("others", "else") == 0
    query("delete from data_sync.definition where name = 'others'")
    assert rename("pupils", "others") == 0
    assert query("select name from data_sync.definition") == [("pupils",)]
