"""Where data syncs stand, and the announcement that a series has ended (D4.2, D6.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from registry_operators.errors import ConfigurationError, RunFailedError, UnavailableError
from registry_operators.steps.data_sync.definitions import (
    cancel,
    delete,
    publish,
    publish_draft,
    save_draft,
)
from registry_operators.steps.data_sync.end_series import end_series
from registry_operators.steps.data_sync.report_sync import close_broken_sync
from registry_operators.steps.data_sync.sync_status import sync_statuses
from registry_operators.steps.data_sync.undo_sync import UndoSyncRequest, undo_sync
from tests.db.sync_bench import FIELDS, SyncWorld, a_document, a_record, a_sync_run_id, totals
from tests.unit.settings.test_data_sync_after import AFTER, CICERO

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WEEKLY = 'schedule: {first: 2026-03-01, at: "06:30", every: 1 week, last: 2026-03-20}\n'
ENDED = 'schedule: {first: 2020-03-01, at: "06:30", every: 1 week, last: 2020-03-20}\n'
BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
GOING_ON = 'schedule: {first: 2020-03-01, at: "06:30", every: 1 week}\n'


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(1)]
    return syncs


@pytest.fixture
def status(ledger):
    """Status, whether it was cancelled, and the next run of the one data sync."""

    def ask(now=NOW):
        (one,) = sync_statuses(ledger, FIELDS, now, OSLO)
        due = None if one.next_run is None else one.next_run.isoformat()
        return one.status, one.is_cancelled, due

    return ask


@pytest.fixture
def announce(ledger):
    def end(number=1):
        return end_series(ledger, FIELDS, run_id=a_sync_run_id(number), zone=OSLO)

    return end


def put(ledger, schedule=""):
    publish(ledger, a_document() + schedule, FIELDS, actor="kari", now=BEFORE)


class TestStatus:
    def test_a_draft_is_a_draft(self, ledger, status):
        save_draft(ledger, "name: readers\n", actor="kari")

        assert status() == ("draft", False, None)

    def test_a_schedule_has_a_next_run_until_it_ends(self, ledger, status):
        put(ledger, WEEKLY)

        assert status() == ("scheduled", False, "2026-03-08T05:30:00+00:00")
        assert status(NOW + timedelta(days=30)) == ("complete", False, None)

    def test_a_draft_that_is_being_edited_does_not_change_what_runs(self, ledger, status):
        put(ledger, WEEKLY)
        save_draft(ledger, "name: readers\nmapping:\n", actor="kari")

        assert status()[0] == "scheduled"

    def test_a_cancelled_one_is_a_draft_again_until_it_is_published(self, ledger, status):
        put(ledger, WEEKLY)
        cancel(ledger, "readers", actor="kari")
        before = status()
        put(ledger, WEEKLY)

        assert (before, status()[0]) == (("draft", True, None), "scheduled")

    def test_without_a_schedule_it_is_complete_when_it_has_run(self, ledger, status, syncs):
        put(ledger)
        before = status()
        syncs.run()

        assert (before[0], status()[0]) == ("draft", "complete")

    def test_a_dry_run_completes_nothing(self, ledger, status, syncs):
        put(ledger)
        syncs.run(is_dry_run=True)

        assert status()[0] == "draft"

    def test_it_runs_while_a_run_goes_on(self, ledger, status, syncs, query):
        put(ledger, WEEKLY)
        syncs.run()
        query("update data_sync.run set state = 'running'")

        assert status()[0] == "running"


def test_what_lies_in_the_past_is_not_published_and_not_saved(ledger):
    for schedule in (ENDED, WEEKLY):
        with pytest.raises(ConfigurationError, match=r"its last run was due at .* \(Europe/Oslo\)"):
            publish(ledger, a_document() + schedule, FIELDS, actor="kari",
                    now=NOW + timedelta(days=30), zone=OSLO)  # fmt: skip

    assert sync_statuses(ledger, FIELDS, NOW, OSLO) == []


def test_a_cancelled_sync_cannot_be_put_back_when_its_schedule_is_over(ledger, status):
    put(ledger, WEEKLY)
    cancel(ledger, "readers", actor="kari")

    with pytest.raises(ConfigurationError, match="its last run was due"):
        publish_draft(ledger, "readers", FIELDS, actor="kari")

    assert status()[:2] == ("draft", True)


class TestEndOfASeries:
    def test_is_announced_once(self, ledger, syncs, announce, query):
        put(ledger, ENDED)
        syncs.run()

        assert announce() == ["AUDIT flow=data step=series sync=readers version=1 state=complete"]
        assert announce() == []
        events = query("select actor, detail ->> 'subject' from patron_sync.audit_event"
                       " where action = 'end_series'")  # fmt: skip
        assert events == [("schedule", "readers version 1")]

    def test_is_announced_although_the_last_run_failed(self, ledger, syncs, announce):
        put(ledger, ENDED)
        syncs.ils.fail_behind, syncs.ils.error = 0, UnavailableError("away")
        with pytest.raises(UnavailableError):
            syncs.run(number=1)
        close_broken_sync(ledger, run_id=a_sync_run_id(1))

        assert len(announce()) == 1

    def test_is_announced_again_after_a_new_series(self, ledger, syncs, announce):
        put(ledger, ENDED)
        syncs.run()
        announce()
        cancel(ledger, "readers", actor="kari")
        put(ledger, ENDED)
        syncs.run()

        assert len(announce(2)) == 1

    @pytest.mark.parametrize("schedule", ["", GOING_ON], ids=["by hand", "going on"])
    def test_is_not_announced_while_it_goes_on(self, ledger, syncs, announce, schedule):
        put(ledger, schedule)
        syncs.run()

        assert announce() == []

    @pytest.mark.parametrize("deed", [cancel, delete])
    def test_is_not_announced_of_what_was_cancelled_or_deleted(self, ledger, syncs, announce, deed):
        put(ledger, ENDED)
        syncs.run()
        deed(ledger, "readers", actor="kari")

        assert announce() == []

    def test_is_not_announced_by_an_older_version_or_a_dry_run(self, ledger, syncs, announce):
        put(ledger, ENDED)
        syncs.run()
        syncs.run(is_dry_run=True)
        put(ledger, ENDED + "# edited\n")

        assert (announce(1), announce(2)) == ([], [])


class TestLoad:
    def test_two_processes_of_one_run_write_everything_once(self, syncs, ledger, query):
        from registry_operators.steps.data_sync import load_profiles as step

        syncs.ils.records = [a_record(index) for index in range(1, 6)]
        original, depth = step._write_batch, []

        def twice(*arguments):
            depth.append(1)
            if len(depth) == 1:  # the other process is quicker by one batch
                original(*arguments)
            return original(*arguments)

        step._write_batch = twice
        try:
            account = syncs.run()
        finally:
            step._write_batch = original

        assert totals(account) == {"created": 5}

    def test_a_run_that_was_taken_back_is_not_gone_on_with(self, syncs, ledger, query):
        syncs.run()
        query("update data_sync.run set state = 'failed', stage = 'guarded', loaded_through = 0")
        undo_sync(ledger, UndoSyncRequest(a_sync_run_id(1), "kari"))

        with pytest.raises(RunFailedError, match="taken back"):
            syncs.run(number=1)


def test_one_that_follows_the_pull_is_scheduled_for_when_that_begins(ledger, status) -> None:
    publish(ledger, CICERO + AFTER, FIELDS, actor="kari")

    assert status() == ("scheduled", False, "2026-03-03T05:00:00+00:00")
    (one,) = sync_statuses(ledger, FIELDS, NOW, OSLO)
    assert one.is_recurring

    cancel(ledger, "patrons", actor="kari")
    assert status() == ("draft", True, None)
