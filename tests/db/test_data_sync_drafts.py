"""Drafts, finished or not, and requests for runs (D1.7, D4.1, D4.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest

from registry_operators.errors import ConfigurationError, DecisionRefusedError
from registry_operators.ledger.database import Ledger
from registry_operators.settings.retention import Retention
from registry_operators.steps.apply_retention import apply_retention
from registry_operators.steps.data_sync.ask_run import (
    ask_for_run,
    find_asked,
    find_wanted,
    hand_over,
    list_asked,
    withdraw_run,
)
from registry_operators.steps.data_sync.definitions import (
    delete,
    publish,
    read_document,
    read_published,
    save_draft,
)
from registry_operators.steps.data_sync.drafts import (
    DraftChangedError,
    NameTakenError,
    change_draft,
    create_draft,
    free_name,
    publish_draft_seen,
    read_draft,
)
from registry_operators.steps.data_sync.open_sync import SyncRequest, open_sync
from tests.db.sync_bench import FIELDS, TODAY, a_document, a_sync

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OSLO = ZoneInfo("Europe/Oslo")
WEEKLY = 'schedule: {first: 2030-03-01, at: "06:30", every: 1 week}\n'


def draft_of(ledger, name):
    """A draft that is there."""
    draft = read_draft(ledger, name)
    assert draft is not None
    return draft


def asked_of(ledger, run_id):
    """A run that somebody has asked for."""
    asked = find_asked(ledger, run_id)
    assert asked is not None
    return asked


@pytest.fixture
def change(ledger):
    """Save another text of a draft, made from the one that is there now."""

    def save(text, name="readers", seen=None):
        edition = draft_of(ledger, name).edition if seen is None else seen
        return change_draft(ledger, name, text, seen=edition, actor="ola")

    return save


class TestDrafts:
    @pytest.mark.parametrize("text", [
        "", "name: [", "name: readers\nmapping: [", "no: name\n", "name: Wrong Name\n", "\tx\n",
        "name: readers\r\n# å\r\n", a_document(),
    ])  # fmt: skip
    def test_any_text_is_kept_as_it_is(self, ledger, change, text):
        create_draft(ledger, "readers", "name: readers\n", actor="kari")

        change(text)

        draft = draft_of(ledger, "readers")
        assert (draft.text, draft.saved_by) == (text, "ola")

    def test_a_text_without_a_name_is_kept_from_the_command_line_too(self, ledger):
        save_draft(ledger, "mapping: [", actor="kari", name="readers")

        assert read_document(ledger, "readers") == "mapping: ["
        with pytest.raises(ConfigurationError, match="its name is others"):
            save_draft(ledger, "name: others\n", actor="kari", name="readers")
        with pytest.raises(ConfigurationError, match="is no name"):
            save_draft(ledger, "mapping: [", actor="kari", name="No Name")

    def test_one_that_is_too_long_is_refused(self, ledger, change):
        create_draft(ledger, "readers", "name: readers\n", actor="kari")

        with pytest.raises(ConfigurationError, match="longer than 256 KiB"):
            change("x" * 300_000)

    def test_somebody_elses_work_is_never_overwritten_unseen(self, ledger, change):
        create_draft(ledger, "readers", "name: readers\n", actor="kari")
        seen = draft_of(ledger, "readers").edition
        change("name: readers\ntype: create\n")

        with pytest.raises(DraftChangedError, match="ola has saved readers"):
            change("name: readers\ntype: update\n", seen=seen)

        assert "create" in read_document(ledger, "readers")
        change("name: readers\n")  # as it was at first: what was seen is there again
        change("name: readers\ntype: update\n", seen=seen)

    def test_of_two_at_the_same_moment_one_wins(self, ledger, database_url):
        create_draft(ledger, "readers", "name: readers\n", actor="kari")
        seen, start, refused = draft_of(ledger, "readers").edition, Barrier(2), []

        def save(number):
            with Ledger.connect(database_url) as own:
                start.wait()
                try:
                    text = f"name: readers\n# {number}\n"
                    change_draft(own, "readers", text, seen=seen, actor="kari")
                except DraftChangedError:
                    refused.append(number)

        threads = [Thread(target=save, args=(number,)) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(refused) == 1
        assert read_document(ledger, "readers") == f"name: readers\n# {3 - refused[0]}\n"

    def test_one_is_renamed_with_its_text(self, ledger, change):
        create_draft(ledger, "readers", "name: readers\n", actor="kari")

        assert change("name: pupils\n").name == "pupils"
        assert read_draft(ledger, "readers") is None
        assert read_document(ledger, "pupils") == "name: pupils\n"

    def test_a_name_that_is_taken_is_refused(self, ledger, change):
        create_draft(ledger, "readers", "name: readers\n", actor="kari")
        publish(ledger, a_document(name="others"), FIELDS, actor="kari")

        with pytest.raises(NameTakenError, match="'others', or was"):
            change("name: others\n")
        with pytest.raises(NameTakenError, match="keeps its name"):
            change("name: pupils\n", name="others")
        with pytest.raises(NameTakenError):
            create_draft(ledger, "others", "name: others\n", actor="kari")
        assert free_name(ledger, "others") == "others_2"
        assert free_name(ledger, "pupils") == "pupils"

    def test_what_cannot_be_published_is_not_saved_either(self, ledger):
        create_draft(ledger, "readers", "name: readers\n", actor="kari")

        def put(text):
            seen = draft_of(ledger, "readers").edition
            publish_draft_seen(
                ledger, "readers", text, FIELDS, seen=seen, actor="ola", now=NOW, zone=OSLO
            )

        with pytest.raises(ConfigurationError, match="to correct"):
            put("name: readers\ntype: update\n")
        assert read_document(ledger, "readers") == "name: readers\n"
        put(a_document())

        assert read_published(ledger, "readers", 2) == a_document()
        with pytest.raises(DraftChangedError):
            publish_draft_seen(
                ledger, "readers", a_document(), FIELDS, seen="x", actor="ola", now=NOW, zone=OSLO
            )


class TestRequests:
    @pytest.fixture
    def ask(self, ledger):
        publish(ledger, a_document(), FIELDS, actor="kari")

        def put(**how):
            return ask_for_run(ledger, "readers", FIELDS, **{"actor": "ola"} | how)

        return put

    def test_one_waits_and_asking_twice_is_asking_once(self, ask, ledger):
        first, second = ask(), ask(actor="kari")

        assert first == second
        assert (first.asked_by, first.is_waiting, first.dag_id) == (
            "ola",
            True,
            "data_sync_readers",
        )
        assert list_asked(ledger, "readers") == [first]
        assert ask(is_dry_run=True).run_id != first.run_id

    def test_one_that_has_begun_waits_no_longer(self, ask, ledger):
        asked = ask()
        hand_over(ledger, asked.run_id)
        open_sync(ledger, a_sync(), SyncRequest(), asked.run_id, TODAY)

        found = asked_of(ledger, asked.run_id)
        assert (found.has_begun, found.is_waiting) == (True, False)
        assert found.handed_over_at is not None
        with pytest.raises(DecisionRefusedError, match="is running"):
            ask()
        with pytest.raises(DecisionRefusedError, match="has begun"):
            withdraw_run(ledger, asked.run_id, actor="ola")

    def test_one_is_taken_back(self, ask, ledger):
        asked = ask()

        withdraw_run(ledger, asked.run_id, actor="kari")

        found = asked_of(ledger, asked.run_id)
        assert (found.withdrawn_by, found.is_waiting, list_asked(ledger)) == ("kari", False, [])
        with pytest.raises(DecisionRefusedError, match="taken back by kari"):
            find_wanted(ledger, asked.run_id, asked.dag_run_id)
        with pytest.raises(DecisionRefusedError):
            withdraw_run(ledger, asked.run_id, actor="kari")
        assert ask().run_id != asked.run_id

    def test_one_that_was_forgotten_is_not_begun_as_something_else(self, ask, ledger, query):
        asked = ask(is_dry_run=True)
        assert find_wanted(ledger, asked.run_id, asked.dag_run_id) == asked
        query("update data_sync.request set asked_at = asked_at - interval '31 days'")

        assert apply_retention(ledger, Retention(), NOW)["request"] == 1

        with pytest.raises(DecisionRefusedError, match="ask for a new one"):
            find_wanted(ledger, asked.run_id, asked.dag_run_id)
        assert find_wanted(ledger, asked.run_id, "scheduled__2026-03-02") is None

    def test_a_deleted_sync_has_none_that_another_of_its_name_could_inherit(self, ask, ledger):
        asked = ask()

        delete(ledger, "readers", actor="kari")

        assert not asked_of(ledger, asked.run_id).is_waiting

    def test_a_recurring_sync_is_only_tried_out(self, ledger):
        publish(ledger, a_document() + WEEKLY, FIELDS, actor="kari", now=NOW)

        with pytest.raises(DecisionRefusedError, match="only its schedule runs"):
            ask_for_run(ledger, "readers", FIELDS, actor="ola")
        assert ask_for_run(ledger, "readers", FIELDS, actor="ola", is_dry_run=True).is_dry_run

    def test_what_is_not_published_cannot_be_asked_for(self, ledger):
        save_draft(ledger, a_document(), actor="kari")

        with pytest.raises(ConfigurationError, match="not published"):
            ask_for_run(ledger, "readers", FIELDS, actor="ola")
        with pytest.raises(ConfigurationError, match="no data sync"):
            ask_for_run(ledger, "others", FIELDS, actor="ola")

    def test_the_trail_says_who_asked_and_who_took_it_back(self, ask, ledger, query):
        withdraw_run(ledger, ask().run_id, actor="kari")

        assert query("select action, actor, detail ->> 'subject' from patron_sync.audit_event"
                     " where action like '%%ask%%' or action like '%%withdraw%%'"
                     " order by event_no") == [
            ("ask_sync", "ola", "readers version 1"),
            ("withdraw_sync", "kari", "readers version 1"),
        ]  # fmt: skip
