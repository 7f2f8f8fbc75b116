"""What a data sync keeps of people, and for how long (X8, X10, X2)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from registry_operators.errors import DecisionRefusedError, RunFailedError, UnavailableError
from registry_operators.settings.guards import ApprovalSetting
from registry_operators.settings.retention import Retention
from registry_operators.steps.apply_retention import apply_retention
from registry_operators.steps.data_sync.decide_sync import (
    approve_sync,
    expire_held_syncs,
    list_held_syncs,
)
from registry_operators.steps.data_sync.forget_syncs import forget_syncs
from registry_operators.steps.data_sync.list_results import list_records
from registry_operators.steps.data_sync.open_sync import SyncRequest, open_sync
from registry_operators.steps.data_sync.report_sync import count_sync, report_sync
from registry_operators.steps.data_sync.sync_status import sync_statuses
from registry_operators.steps.data_sync.undo_sync import UndoSyncRequest, undo_sync
from tests.db.sync_bench import TODAY, SyncWorld, a_record, a_sync, a_sync_run_id, totals

APPROVAL = ApprovalSetting()
FILTER = "[{field: surname, not_equals: Kanari}]"
CANARY = {"firstname": "Kanarifugl", "surname": "Solbakken", "email": "kanari@example.org",
          "cardnumber": "29009990009999"}  # fmt: skip
TABLES = ("run", "run_condition", "staged", "verdict", "match", "plan", "reversal")


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    """The canary is created, changed and, in a dry run, planned to be changed again."""
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(1, **CANARY), a_record(2, email="nobody")]
    settings: dict[str, Any] = {"filter": FILTER, "empty_fields": "replace"}
    syncs.run(**settings)
    syncs.ils.records[0] |= {"surname": "Kanarisen", "cardnumber": None}
    syncs.run(**settings)
    syncs.ils.records[0]["firstname"] = "Kanaria"
    syncs.run(is_dry_run=True, **settings)
    return syncs


@pytest.fixture
def age(query):
    """Let runs be so many days older; all of them unless some are named."""

    def by(days: int, *numbers: int) -> None:
        query("update data_sync.run set started_at = started_at - make_interval(days => %s),"
              " finished_at = finished_at - make_interval(days => %s),"
              " decided_at = decided_at - make_interval(days => %s)"
              " where run_id = any(%s) or %s", days, days, days,
              [a_sync_run_id(number) for number in numbers], not numbers)  # fmt: skip

    return by


def values_of_the_canary(query) -> list[str]:
    """Rows of the ledger in which a value of the canary stands; profiles are left out."""
    marks = ("kanari", "solbakken", "29009990009999")
    return [
        f"{table}: {row}"
        for table in TABLES
        for (row,) in query(f"select one::text from data_sync.{table} as one")  # noqa: S608
        if any(mark in row.casefold().replace(FILTER.casefold(), "") for mark in marks)
        and table != "run_condition"
    ]


def keep(world: SyncWorld, **days: int) -> dict[str, int]:
    return {name: rows for name, rows in forget_syncs(world.ledger, Retention(**days)).items()
            if rows}  # fmt: skip


class TestValues:
    def test_a_young_ledger_keeps_everything(self, syncs) -> None:
        assert keep(syncs) == {}

    def test_are_gone_from_staging_after_a_week_and_from_the_plan_after_two(
        self, syncs, age, query
    ) -> None:
        assert values_of_the_canary(query)
        age(8)
        assert keep(syncs) == {"sync_staging": 6}
        assert {row.split(":")[0] for row in values_of_the_canary(query)} == {"plan"}
        age(7)

        assert keep(syncs) == {"sync_values": 4}

        assert values_of_the_canary(query) == []
        assert keep(syncs) == {}

    def test_are_gone_from_the_whole_ledger_after_a_month_in_one_go(
        self, syncs, age, query
    ) -> None:
        age(31)

        removed = apply_retention(syncs.ledger, Retention(), datetime.now(UTC))

        assert removed["sync_record"] > 10
        assert removed["sync_staging"] == removed["sync_values"] == 0
        for table in TABLES[1:]:
            assert query(f"select count(*) from data_sync.{table}") == [(0,)]  # noqa: S608
        assert query("select count(*) from data_sync.run") == [(3,)]

    def test_stay_while_a_run_goes_on(self, syncs, age, query) -> None:
        age(6)
        query("update data_sync.run set state = 'running'")

        assert keep(syncs, staging_days=7, journal_days=1, ledger_days=7) == {}

    def test_of_a_profile_are_not_touched(self, syncs, age) -> None:
        before = syncs.profiles()
        age(400)

        keep(syncs)

        assert syncs.profiles() == before


class TestAccounts:
    def test_stay_true_whatever_is_removed(self, syncs, age) -> None:
        before = [count_sync(syncs.ledger, a_sync_run_id(number)) for number in (1, 2, 3)]
        seen = []

        for days in (8, 7, 16):
            age(days)
            keep(syncs)
            seen.append([count_sync(syncs.ledger, a_sync_run_id(number)) for number in (1, 2, 3)])

        assert seen == [before] * 3
        assert before[0].problems == {"email NOT_AN_EMAIL": 1}

    def test_stay_as_they_are_when_the_report_is_repeated(self, syncs, age) -> None:
        before = count_sync(syncs.ledger, a_sync_run_id(1))
        age(31)
        keep(syncs)

        report_sync(syncs.ledger, run_id=a_sync_run_id(1))

        assert count_sync(syncs.ledger, a_sync_run_id(1)) == before

    def test_of_a_run_that_broke_off_are_kept_as_they_were(self, syncs, age, query) -> None:
        syncs.ils.fail_behind, syncs.ils.error = 2, UnavailableError("away")
        syncs.ils.records += [a_record(index) for index in (3, 4)]
        with pytest.raises(UnavailableError):
            syncs.run(number=9)
        before = count_sync(syncs.ledger, a_sync_run_id(9))
        age(31)

        keep(syncs)

        assert count_sync(syncs.ledger, a_sync_run_id(9)) == before
        assert before.read == 2

    def test_the_guard_still_compares_with_a_run_of_which_nothing_else_is_left(
        self, syncs, age
    ) -> None:
        syncs.ils.records = [a_record(index) for index in range(1, 23)]
        syncs.run()
        age(31)
        keep(syncs)
        syncs.ils.records = syncs.ils.records[:1]

        with pytest.raises(RunFailedError, match="gave 1 records and 22"):
            syncs.run()

    def test_lists_name_fields_as_long_as_there_are_records(self, syncs, age) -> None:
        age(15)
        keep(syncs)

        (row,) = list_records(syncs.ledger, a_sync_run_id(2), "updated")

        assert (row.record_id, row.fields) == ("1", ["last_name", "library_card_number"])


class TestUndo:
    def test_is_possible_while_the_values_are_there(self, syncs, age) -> None:
        age(13)
        keep(syncs)

        assert undo_sync(syncs.ledger, UndoSyncRequest(a_sync_run_id(2), "kari")).reversed == 2

    @pytest.mark.parametrize("days", [15, 31], ids=["values gone", "records gone"])
    def test_is_refused_when_they_are_gone(self, syncs, age, days) -> None:
        age(days)
        keep(syncs)
        before = syncs.profiles()

        for is_dry_run in (True, False):
            with pytest.raises(DecisionRefusedError, match=r"retention\.journal_days"):
                undo_sync(
                    syncs.ledger,
                    UndoSyncRequest(a_sync_run_id(2), "kari", is_dry_run=is_dry_run),
                )
        assert syncs.profiles() == before

    def test_stops_before_a_batch_whose_values_went_meanwhile(
        self, syncs, age, monkeypatch, query
    ) -> None:
        from registry_operators.steps.data_sync import undo_sync as step

        monkeypatch.setattr(step, "_BATCH_SIZE", 1)
        original, batches = step._undo_batch, []

        def behind_housekeeping(*batch):
            batches.append(batch)
            if len(batches) == 2:
                age(15)
                keep(syncs)
            original(*batch)

        monkeypatch.setattr(step, "_undo_batch", behind_housekeeping)

        with pytest.raises(DecisionRefusedError, match=r"retention\.journal_days"):
            undo_sync(syncs.ledger, UndoSyncRequest(a_sync_run_id(1), "kari"))

        assert "null" not in json.dumps(syncs.profiles())


class TestBrokenRuns:
    def test_a_run_whose_staging_is_gone_cannot_go_on(self, syncs, age, query) -> None:
        syncs.ils.fail_behind, syncs.ils.error = 2, UnavailableError("away")
        syncs.ils.records += [a_record(index) for index in (3, 4)]
        with pytest.raises(UnavailableError):
            syncs.run(number=9)
        age(8)
        keep(syncs)

        with pytest.raises(RunFailedError, match=r"retention\.staging_days"):
            open_sync(syncs.ledger, a_sync(), SyncRequest(), a_sync_run_id(9), TODAY)

        assert query("select state from data_sync.run where run_id = %s", a_sync_run_id(9)) == [
            ("failed",)
        ]

    def test_a_run_that_never_ended_is_ended_and_loses_its_values_a_week_later(
        self, syncs, age, query
    ) -> None:
        query("update data_sync.run set state = 'running', finished_at = null, stage = 'planned'")
        age(8)
        assert keep(syncs) == {}
        assert query("select distinct state, failure_code from data_sync.run") == [
            ("failed", "NEVER_ENDED")
        ]
        age(8)

        assert keep(syncs) == {"sync_staging": 6}
        assert query("select distinct actor from patron_sync.audit_event"
                     " where action = 'end_lost_sync'") == [("housekeeping",)]  # fmt: skip


PEOPLE = 60


class TestHeldChanges:
    @pytest.fixture
    def held(self, ledger) -> SyncWorld:
        """The second run empties 30 card numbers, which is too much, and changes a surname."""
        syncs = SyncWorld(ledger)
        syncs.ils.records = [a_record(index) for index in range(1, PEOPLE)]
        syncs.run(empty_fields="replace")
        for record in syncs.ils.records[:30]:
            record["cardnumber"] = None
        syncs.ils.records[40]["surname"] = "Berg"
        assert totals(syncs.run(empty_fields="replace"))["held"] == 30
        return syncs

    def test_wait_for_seven_days_however_short_values_are_kept(self, held, age) -> None:
        age(6)

        assert expire_held_syncs(held.ledger, APPROVAL) == []
        assert "sync_values" not in keep(held, staging_days=1, journal_days=30, ledger_days=30)
        account = approve_sync(
            held.ledger, a_sync_run_id(2), APPROVAL, decided_by="kari", reason="right"
        )
        assert totals(account) == {"updated": 31, "unchanged": 28}

    def test_expire_then_with_a_notice_and_an_event(self, held, age, query) -> None:
        age(8)

        (expired,) = expire_held_syncs(held.ledger, APPROVAL)

        assert expire_held_syncs(held.ledger, APPROVAL) == []
        assert expired.notice.startswith(
            f"run {a_sync_run_id(2)} of data sync readers: nobody decided on 30 empties "
            "library_card_number in time"
        )
        account = count_sync(held.ledger, a_sync_run_id(2))
        assert totals(account) == {"left_out": 30, "updated": 1, "unchanged": 28}
        assert account.reasons == {"left_out": {"EXPIRED": 30}}
        assert account.adds_up
        assert query("select actor, detail ->> 'subject', (detail ->> 'changes')::int, plan_id"
                     " is not null from patron_sync.audit_event where action = 'expire'") == [
            ("patron-sync", "readers version 1", 30, True)
        ]  # fmt: skip
        assert list_held_syncs(held.ledger, APPROVAL) == []
        assert sum("library_card_number" in one for one in held.profiles()) == PEOPLE - 1

    def test_that_expired_are_asked_about_by_the_next_run(self, held, age) -> None:
        age(8)
        expire_held_syncs(held.ledger, APPROVAL)

        assert totals(held.run(empty_fields="replace"))["held"] == 30

    def test_that_expired_can_be_approved_no_more_and_are_tidied_like_others(
        self, held, age
    ) -> None:
        age(8)
        expire_held_syncs(held.ledger, APPROVAL)

        with pytest.raises(DecisionRefusedError, match="nothing of run"):
            approve_sync(held.ledger, a_sync_run_id(2), APPROVAL, decided_by="k", reason="r")
        assert keep(held) == {"sync_staging": PEOPLE - 1}
        age(15)
        assert set(keep(held)) == {"sync_staging", "sync_values"}

    def test_an_approval_that_was_interrupted_does_not_expire(self, held, age, query) -> None:
        query("update data_sync.run set state = 'running', decision = 'approved',"
              " decided_at = now() where run_id = %s", a_sync_run_id(2))  # fmt: skip
        query("update data_sync.run set started_at = started_at - interval '8 days'")

        assert expire_held_syncs(held.ledger, APPROVAL) == []

    def test_the_list_says_until_when_they_wait_and_that_they_have_expired(self, held, age) -> None:
        from registry_operators.steps.data_sync.definitions import publish
        from tests.db.sync_bench import FIELDS, a_document

        publish(held.ledger, a_document(), FIELDS, actor="kari")

        def status():
            from zoneinfo import ZoneInfo

            zone = ZoneInfo("Europe/Oslo")
            (one,) = sync_statuses(held.ledger, FIELDS, datetime.now(UTC), zone, 5)
            days = None
            if one.held_until is not None and one.last_started_at is not None:
                days = (one.held_until - one.last_started_at).days
            return one.last_state, days, one.expired

        before = status()
        age(8)
        expire_held_syncs(held.ledger, APPROVAL)

        assert (before, status()) == (("held", 5, 0), ("succeeded", None, 30))
