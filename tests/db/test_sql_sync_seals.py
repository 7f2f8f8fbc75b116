"""The statements that seal what data syncs write, and hold it against the trail, run twice."""

from __future__ import annotations

import hashlib

import pytest

from registry_operators.domain.audit_chain import ChainReader
from registry_operators.errors import LedgerError
from registry_operators.ledger.audit_trail import AuditTrail
from tests.db.sync_bench import SyncWorld, a_record, a_sync_run_id

RUN = a_sync_run_id(2)
BATCH = {"run_id": RUN, "after_no": 0, "through_no": 2}


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    """Run 1 creates a profile; run 2 changes two values of it and creates another."""
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(1)]
    syncs.run()
    syncs.ils.records = [a_record(1, surname="Berg", cardnumber=""), a_record(2)]
    syncs.run(empty_fields="replace")
    return syncs


def lines(ledger, statement: str) -> list[list[str]]:
    return [line.decode().split("\t") for line in ledger.lines(statement)]


def test_seal_batch_digests_what_export_written_writes_out(syncs) -> None:
    for _ in range(2):
        (sealed,) = syncs.ledger.rows("data_sync/seal_batch", **BATCH)
    rows = [row for row in lines(syncs.ledger, "audit/export_written") if row[0] == str(RUN)]

    text = "".join("\t".join(row[2:]) + "\n" for row in rows)
    assert (sealed.created, sealed.updated, sealed.linked) == (1, 1, 0)
    assert sealed.digest == hashlib.sha256(text.encode()).hexdigest()


def test_seal_batch_of_a_batch_in_which_nothing_was_written_digests_nothing(syncs) -> None:
    (sealed,) = syncs.ledger.rows("data_sync/seal_batch", **BATCH | {"after_no": 5})

    assert tuple(sealed) == (0, 0, 0, hashlib.sha256(b"").hexdigest())


def test_export_written_tells_fields_of_profiles_and_no_value(syncs, query) -> None:
    query("update data_sync.run set loaded_through = 1 where run_id = %s", RUN)
    ((profile,),) = query("select profile_id from data_sync.plan where run_id = %s"
                          " and record_no = 1", RUN)  # fmt: skip

    for _ in range(2):
        rows = [row for row in lines(syncs.ledger, "audit/export_written") if row[0] == str(RUN)]

    assert rows == [
        [str(RUN), "f", "1", str(profile), "update", "last_name", "library_card_number"]
    ]


def test_export_plans_makes_the_id_of_a_plan(syncs, query) -> None:
    for _ in range(2):
        digest = hashlib.sha256()
        for run_id, is_erased, text in lines(syncs.ledger, "audit/export_plans"):
            if run_id == str(RUN):
                assert is_erased == "f"
                digest.update(text.encode())
        assert [(digest.hexdigest(),)] == query(
            "select plan_id from data_sync.run where run_id = %s", RUN
        )
    query("update data_sync.run set values_gone_at = now()")
    assert lines(syncs.ledger, "audit/export_plans") == []


def test_take_snapshot_shows_one_state_and_lets_nothing_be_written(syncs, query) -> None:
    with syncs.ledger.transaction():
        syncs.ledger.run("audit/take_snapshot")
        before = len(lines(syncs.ledger, "audit/export_written"))
        query("delete from data_sync.plan")
        after = len(lines(syncs.ledger, "audit/export_written"))

    assert (before, after) == (3, 3)
    with syncs.ledger.rolled_back():
        syncs.ledger.run("audit/take_snapshot")
        with pytest.raises(LedgerError, match="ReadOnly"):
            syncs.ledger.run("data_sync/fail_run", run_id=RUN, code="X", detail="y")


def test_append_profile_reversals_tells_of_what_this_transaction_took_back(syncs, query) -> None:
    def reverse() -> int:
        with syncs.ledger.transaction():
            syncs.ledger.run("data_sync/judge_reversals", **BATCH)
            settled = syncs.ledger.run("data_sync/settle_reversals", run_id=RUN)
            AuditTrail(syncs.ledger).append_profile_reversals(RUN, expected=settled)
        return int(settled)

    assert (reverse(), reverse()) == (3, 0)

    assert query("select field, detail ->> 'kind', (detail -> 'record')::int, plan_id is not null"
                 " from patron_sync.audit_event where step = 'undo' order by event_no") == [
        ("last_name", "value", 1, True), ("library_card_number", "value", 1, True),
        (None, "profile", 2, True),
    ]  # fmt: skip
    # In another transaction there is nothing of this one to tell.
    assert syncs.ledger.run("audit/append_profile_reversals", run_id=RUN) == 0
    reader = ChainReader()
    reader.read(syncs.ledger.lines("audit/export_events"))
    assert reader.finish() == []


def test_what_was_taken_back_without_an_event_is_not_committed(syncs) -> None:
    with pytest.raises(LedgerError, match="3 things were taken back and 0 found"):
        AuditTrail(syncs.ledger).append_profile_reversals(RUN, expected=3)
