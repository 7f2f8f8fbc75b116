"""What data syncs decided and wrote is in the audit trail, and cannot be altered unnoticed (X9)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from registry_operators.domain.audit_chain import BreakKind
from registry_operators.errors import LedgerError, RunFailedError
from registry_operators.ledger.audit_signature import AuditKey, AuditVerifier
from registry_operators.ledger.database import Ledger
from registry_operators.settings.guards import ApprovalSetting
from registry_operators.settings.retention import Retention
from registry_operators.steps.data_sync.decide_sync import approve_sync
from registry_operators.steps.data_sync.filter_records import filter_records
from registry_operators.steps.data_sync.forget_syncs import forget_syncs
from registry_operators.steps.data_sync.preview_sync import preview_sync
from registry_operators.steps.data_sync.undo_sync import UndoSyncRequest, undo_sync
from registry_operators.steps.sign_audit import sign_head
from registry_operators.steps.verify_audit import verify_audit
from tests.db.sync_bench import TODAY, SyncWorld, a_record, a_sync, a_sync_run_id, totals

KEY = AuditKey(bytes(range(32)))
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FILTER = "[{field: category_id, equals: UGRD}]"


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    """Run 1 creates three profiles and leaves one record out; run 2 changes two of them."""
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(index) for index in (1, 2, 3)]
    syncs.ils.records.append(a_record(4, category_id="STAFF"))
    syncs.run(filter=FILTER)
    syncs.ils.records[0] |= {"surname": "Berg", "cardnumber": None}
    syncs.ils.records[1]["surname"] = "Dahl"
    syncs.run(filter=FILTER, empty_fields="replace")
    return syncs


@pytest.fixture
def verify(ledger, tmp_path):
    """Sign the head, and verify: the break, or nothing, and how many records were sealed."""

    def ask():
        sign_head(ledger, KEY, tmp_path, NOW)
        account = verify_audit(ledger, AuditVerifier([KEY.public_key]), tmp_path)
        return account.broken, account.sealed

    return ask


@pytest.fixture
def small_batches(monkeypatch):
    from registry_operators.steps.data_sync import load_profiles

    monkeypatch.setattr(load_profiles, "_BATCH_SIZE", 2)


class TestDecisions:
    def test_events_say_what_the_lines_of_the_log_say(self, syncs, query) -> None:
        told = [
            dict(pair.split("=") for pair in line.split()[1:])
            for line in syncs.lines
            if "step=report" not in line
        ]

        rows = query(
            "select flow, step, detail, field, rule, state, reason, plan_id"
            " from patron_sync.audit_event where kind = 'decision' and run_id = %s"
            " order by event_no", a_sync_run_id(2),
        )  # fmt: skip

        plan_id = syncs.ledger.rows("data_sync/read_run", run_id=a_sync_run_id(2))[0].plan_id[:16]
        for one in told:
            one.pop("plan", None)
        assert told == [
            {"flow": flow, "step": step}
            | {name: str(count) for name, count in detail.items()}
            | ({"reason": reason} if reason else {})
            for flow, step, detail, _, _, _, reason, _ in rows
        ]
        assert [row[1] for row in rows] == ["extract", "filter", "plan", "guard", "load"]
        assert {row[-1] for row in rows if row[1] in {"plan", "guard", "load"}} == {plan_id}

    def test_each_reason_is_told_with_its_records(self, syncs, query) -> None:
        syncs.ils.records = [a_record(1), dict.fromkeys(a_record()), a_record(9)]
        syncs.run(type="update")

        rows = query(
            "select step, reason, (detail ->> 'out')::int from patron_sync.audit_event"
            " where run_id = %s and detail ? 'out' order by event_no", a_sync_run_id(3),
        )  # fmt: skip

        assert rows == [("filter", "REDACTED", 1), ("plan", "NO_PROFILE", 1)]
        assert "step=filter sync=readers version=1 in=3 passed=2 out=1 reason=REDACTED" in (
            "\n".join(syncs.lines)
        )

    def test_what_is_held_is_told_with_its_rule(self, syncs, query) -> None:
        syncs.ils.records += [a_record(index) for index in range(10, 50)]
        syncs.run()

        assert query("select rule, state, detail -> 'changes' from patron_sync.audit_event"
                     " where step = 'guard' and run_id = %s", a_sync_run_id(3)) == [
            ("creates", "held", 41)
        ]  # fmt: skip

    def test_a_run_that_a_limit_ends_leaves_an_event(self, syncs, query) -> None:
        syncs.ils.records = [a_record(1, email="nobody")]

        with pytest.raises(RunFailedError):
            syncs.run(errors="stop")

        assert query("select rule, state, detail -> 'problems' from patron_sync.audit_event"
                     " where step = 'guard' and run_id = %s", a_sync_run_id(3)) == [
            ("FIRST_ERROR", "stopped", 1)
        ]  # fmt: skip

    def test_a_step_that_is_repeated_tells_nothing_twice(self, syncs, query) -> None:
        before = query("select count(*) from patron_sync.audit_event")

        assert filter_records(syncs.ledger, run_id=a_sync_run_id(1)) == []
        syncs.run(number=1, filter=FILTER)

        assert query("select count(*) from patron_sync.audit_event") == before

    def test_a_preview_leaves_no_event_and_keeps_nobody_waiting(
        self, syncs, query, monkeypatch
    ) -> None:
        from registry_operators.steps.data_sync import preview_sync as step

        before, free = query("select count(*) from patron_sync.audit_event"), []
        original = vars(step)["plan_profiles"]

        def with_a_look(*arguments, **options):
            lines = original(*arguments, **options)
            free.append(query("select pg_try_advisory_lock("
                              "hashtextextended('patron_sync.audit_event', 0))"))  # fmt: skip
            query("select pg_advisory_unlock_all()")
            return lines

        monkeypatch.setattr(step, "plan_profiles", with_a_look)
        preview_sync(syncs.ledger, syncs.ils, a_sync(), today=TODAY)

        assert query("select count(*) from patron_sync.audit_event") == before
        assert free == [[(True,)]]

    def test_no_event_holds_a_value(self, syncs, query) -> None:
        undo_sync(syncs.ledger, UndoSyncRequest(a_sync_run_id(2), "kari"))
        events = json.dumps(query("select one::text from patron_sync.audit_event as one"))

        for value in ("Nora", "Nyberg", "Berg", "Dahl", "example.org", "2900000", "2004", "UGRD"):
            assert value not in events


class TestSeals:
    def test_what_was_written_is_sealed_batch_by_batch(
        self, small_batches, syncs, query, verify
    ) -> None:
        rows = query("select run_id, target, state, detail -> 'after', detail -> 'through',"
                     " detail -> 'created', detail -> 'updated' from patron_sync.audit_event"
                     " where kind = 'write' order by event_no")  # fmt: skip

        assert rows == [
            (a_sync_run_id(1), "profiles", "confirmed", 0, 2, 2, 0),
            (a_sync_run_id(1), "profiles", "confirmed", 2, 3, 1, 0),
            (a_sync_run_id(2), "profiles", "confirmed", 0, 2, 0, 2),
        ]
        assert verify() == (None, 5)

    def test_a_run_that_writes_nothing_has_none(self, syncs, query) -> None:
        syncs.run(filter=FILTER, empty_fields="replace")
        syncs.ils.records[0]["surname"] = "Lie"
        syncs.run(is_dry_run=True)

        runs = [a_sync_run_id(3), a_sync_run_id(4)]
        assert query("select count(*) from patron_sync.audit_event where kind = 'write'"
                     " and run_id = any(%s)", runs) == [(0,)]  # fmt: skip

    def test_hold_when_a_batch_is_broken_off_and_the_run_goes_on(
        self, small_batches, syncs, monkeypatch, query, verify
    ) -> None:
        from registry_operators.steps.data_sync import load_profiles as step

        original, seals = vars(step)["seal_batch"], []

        def breaks(*batch):
            seals.append(batch)
            if len(seals) == 2:
                raise LedgerError("the audit trail is away")
            original(*batch)

        monkeypatch.setattr(step, "seal_batch", breaks)
        syncs.ils.records = [a_record(index) for index in range(10, 15)]
        with pytest.raises(LedgerError):
            syncs.run(number=3)
        written = query("select loaded_through from data_sync.run where run_id = %s",
                        a_sync_run_id(3))  # fmt: skip
        broken = verify()
        syncs.run(number=3)

        assert written == [(2,)]
        assert broken == (None, 5 + 2)
        assert verify() == (None, 5 + 5)

    def test_hold_when_part_of_a_run_waited_and_was_approved(
        self, small_batches, syncs, query, verify
    ) -> None:
        syncs.ils.records += [a_record(index) for index in range(10, 50)]
        syncs.ils.records[2]["surname"] = "Moe"
        assert totals(syncs.run())["held"] == 41
        assert verify() == (None, 6)

        approve_sync(syncs.ledger, a_sync_run_id(3), ApprovalSetting(), decided_by="kari",
                     reason="a school")  # fmt: skip

        assert verify() == (None, 6 + 41)

    def test_hold_after_an_undo_whose_things_have_an_event_each(self, syncs, query, verify) -> None:
        undo_sync(syncs.ledger, UndoSyncRequest(a_sync_run_id(2), "kari"))
        undo_sync(syncs.ledger, UndoSyncRequest(a_sync_run_id(2), "kari"))
        undo_sync(syncs.ledger, UndoSyncRequest(a_sync_run_id(1), "kari"))

        assert query("select event.run_id, field, event.action, event.state, detail ->> 'kind',"
                     " plan.record_no from patron_sync.audit_event as event inner join"
                     " data_sync.plan on event.run_id = plan.run_id and record_no = (detail ->"
                     " 'record')::int and profile_id = (detail -> 'profile')::int"
                     " where kind = 'write' and step = 'undo' order by event_no") == [
            (a_sync_run_id(2), "last_name", "undo", "reversed", "value", 1),
            (a_sync_run_id(2), "library_card_number", "undo", "reversed", "value", 1),
            (a_sync_run_id(2), "last_name", "undo", "reversed", "value", 2),
            *((a_sync_run_id(1), None, "undo", "reversed", "profile", one) for one in (1, 2, 3)),
        ]  # fmt: skip
        assert verify()[0] is None

    def test_hold_as_long_as_the_records_are_kept(self, syncs, query, verify) -> None:
        seen = []
        for days in (0, 15, 16):
            query("update data_sync.run set started_at = started_at - make_interval(days => %s),"
                  " finished_at = finished_at - make_interval(days => %s)", days, days)  # fmt: skip
            forget_syncs(syncs.ledger, Retention())
            seen.append(verify())

        assert seen == [(None, 5), (None, 5), (None, 0)]
        assert query("select actor, detail ->> 'subject', (detail -> 'rows')::int > 0"
                     " from patron_sync.audit_event where action = 'forget_sync'") == [
            ("housekeeping", "readers version 1", True)
        ] * 2  # fmt: skip

    def test_are_compared_with_the_plans_of_the_same_moment(
        self, syncs, query, verify, monkeypatch
    ) -> None:
        """Housekeeping removes records between the reading of the trail and of the plans."""
        original = Ledger.lines

        def with_housekeeping(ledger, statement):
            if statement == "audit/export_written":
                query("delete from data_sync.plan")
            return original(ledger, statement)

        monkeypatch.setattr(Ledger, "lines", with_housekeeping)

        assert verify() == (None, 5)

    def test_hold_when_the_oldest_events_are_trimmed(
        self, small_batches, syncs, query, verify
    ) -> None:
        """Of run 1 the first batch has no seal any more, and its records are not judged."""
        (cut,) = query("select at from patron_sync.audit_event where kind = 'write'"
                       " order by event_no offset 1 limit 1")[0]  # fmt: skip
        query("select patron_sync.trim_audit(%s)", cut)

        assert verify() == (None, 3)


_PLAN = (
    "update data_sync.plan set {} where record_no = 1 and run_id in"
    " (select run_id from data_sync.run order by started_at desc limit 1)"
)
_INSERT = (
    "insert into data_sync.plan (run_id, record_no, record_id, profile_id, action, fields, state)"
    " values ('{}', 99, '99', 3, 'create', '{{}}', 'confirmed')"
)


class TestTampering:
    @pytest.mark.parametrize(
        "statement",
        [
            _PLAN.format("""fields = fields || '{"email": "x"}'"""),
            _PLAN.format("fields = fields - 'last_name'"),
            _PLAN.format("cleared = '{}'"),
            _PLAN.format("profile_id = 77"),
            _PLAN.format("action = 'create'"),
            _PLAN.format("state = 'failed', reason = 'CHANGED_SINCE_PLAN'"),
            _PLAN.format("state = 'dropped'"),
            _PLAN.format("record_no = 77"),
            "delete from data_sync.plan where record_no = 2",
            "delete from data_sync.plan",
            "update data_sync.run set loaded_through = 1 where loaded_through > 1",
            "update data_sync.run set is_dry_run = true",
            _INSERT.format(a_sync_run_id(2)),
        ],
    )
    @pytest.mark.parametrize("is_old", [False, True], ids=["young", "blanked"])
    def test_with_what_was_written_is_found(self, syncs, query, verify, statement, is_old) -> None:
        if is_old:
            query("update data_sync.run set finished_at = finished_at - interval '15 days'")
            forget_syncs(syncs.ledger, Retention())
        assert verify()[0] is None

        query(statement)

        broken, _ = verify()
        assert broken.kind is BreakKind.PLAN_DIFFERS

    @pytest.mark.parametrize(
        "statement",
        [
            _PLAN.format("""fields = jsonb_build_object('last_name', 'Lie')"""),
            _PLAN.format("record_id = '2x'"),
        ],
        ids=["value", "record"],
    )
    def test_with_values_and_records_of_a_plan_is_found_while_they_are_kept(
        self, syncs, query, verify, statement
    ) -> None:
        query(statement)

        broken, _ = verify()

        assert broken.kind is BreakKind.PLAN_DIFFERS
        assert broken.text == f"the plan of run {a_sync_run_id(2)} is not what was planned"

    def test_with_what_was_approved_is_found(self, syncs, query, verify) -> None:
        """Somebody lets a record look as if it had been held and approved."""
        query("update data_sync.plan set state = 'confirmed'")
        query("update data_sync.run set decision = 'approved'")
        assert verify()[0] is None

        query("insert into data_sync.plan (run_id, record_no, record_id, profile_id, action,"
              " fields) values (%s, 1, '99', 3, 'create', '{}')"
              " on conflict (run_id, record_no) do update set state = 'planned'",
              a_sync_run_id(2))  # fmt: skip

        assert "in no batch" in verify()[0].text

    def test_with_a_held_change_is_found(self, syncs, query, verify) -> None:
        syncs.ils.records += [a_record(index) for index in range(10, 50)]
        syncs.run()

        query("update data_sync.plan set fields = fields || '{\"city\": \"Fjordby\"}'"
              " where state = 'held' and record_no = 7")  # fmt: skip

        assert verify()[0].kind is BreakKind.PLAN_DIFFERS

    def test_a_seal_that_cannot_be_read_is_found(self, syncs, query, verify) -> None:
        query("alter table patron_sync.audit_event disable trigger all")
        query("update patron_sync.audit_event set detail = '{}' where kind = 'write'")
        query("alter table patron_sync.audit_event enable trigger all")

        assert verify()[0].kind is BreakKind.CHANGED
