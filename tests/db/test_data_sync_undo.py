"""Taking back what a data sync wrote (X7)."""

from __future__ import annotations

import pytest

from registry_operators.errors import DecisionRefusedError
from registry_operators.steps.data_sync.undo_sync import UndoSyncRequest, count_undone, undo_sync
from tests.db.sync_bench import SyncWorld, a_record, a_sync_run_id, totals


@pytest.fixture
def syncs(ledger) -> SyncWorld:
    return SyncWorld(ledger)


@pytest.fixture
def changed(syncs: SyncWorld) -> SyncWorld:
    """Run 1 creates three profiles; run 2 changes two of them and creates a fourth."""
    syncs.ils.records = [a_record(index) for index in (1, 2, 3)]
    syncs.run(empty_fields="replace")
    syncs.ils.records[0] |= {"surname": "Berg", "cardnumber": None}
    del syncs.ils.records[1]["email"]
    syncs.ils.records[1]["surname"] = "Dahl"
    syncs.ils.records.append(a_record(4))
    assert totals(syncs.run(empty_fields="replace"))["updated"] == 2
    return syncs


def undo(world, number, **options):
    request = UndoSyncRequest(a_sync_run_id(number), "kari", **options)
    return undo_sync(world.ledger, request)


def told(undone):
    return {(row["field"] or row["kind"], row["state"], row["reason"]): row["things"]
            for row in undone.rows}  # fmt: skip


def meddle(query, first_name, change):
    query("update profiles.profile set fields = fields || %s::jsonb"
          " where fields ->> 'first_name' = %s", change, first_name)  # fmt: skip


def test_values_go_back_and_created_profiles_go(changed, query):
    assert told(undo(changed, 2, note="the wrong file")) == {
        ("last_name", "reversed", None): 2,
        ("library_card_number", "reversed", None): 1,
        ("profile", "reversed", None): 1,
    }
    assert [one["last_name"] for one in changed.profiles()] == ["Nyberg"] * 3
    assert changed.profiles()[0]["library_card_number"] == "29000000000001"
    assert query("select count(*) from profiles.source_link") == [(3,)]
    assert query("select action, actor, detail ->> 'note', (detail ->> 'reversed')::int"
                 " from patron_sync.audit_event where kind = 'act' order by event_no") == [
        ("undo", "kari", "the wrong file", None), ("end_undo", "kari", "the wrong file", 4),
    ]  # fmt: skip


def test_a_first_run_can_be_taken_back_as_a_whole(syncs, query):
    syncs.ils.records = [a_record(index) for index in (1, 2, 3)]
    syncs.run()

    assert undo(syncs, 1).reversed == 3

    assert syncs.profiles() == []
    assert query("select count(*) from profiles.source_link") == [(0,)]
    assert totals(syncs.run()) == {"created": 3}


def test_both_runs_can_be_taken_back_one_after_the_other(changed):
    undo(changed, 2)

    assert undo(changed, 1).reversed == 3
    assert changed.profiles() == []


def test_what_was_changed_since_is_kept(changed, query):
    meddle(query, "Nora 1", '{"last_name": "Moe"}')
    meddle(query, "Nora 4", '{"city": "Fjordby"}')

    assert told(undo(changed, 2)) == {
        ("last_name", "kept", "CHANGED_SINCE"): 1,
        ("last_name", "reversed", None): 1,
        ("library_card_number", "reversed", None): 1,
        ("profile", "kept", "CHANGED_SINCE"): 1,
    }
    assert [one["last_name"] for one in changed.profiles()] == ["Moe", "Nyberg", "Nyberg", "Nyberg"]


def test_what_a_later_run_wrote_is_kept_even_if_it_is_the_same(changed, query):
    changed.ils.records[0]["surname"] = "Lie"
    changed.run(empty_fields="replace")
    changed.ils.records[0]["surname"] = "Berg"
    changed.run(empty_fields="replace")

    assert told(undo(changed, 2))["last_name", "kept", "CHANGED_SINCE"] == 1
    assert told(undo(changed, 1)) == {
        ("profile", "kept", "CHANGED_SINCE"): 1, ("profile", "reversed", None): 2,
    }  # fmt: skip


def test_what_is_gone_is_kept_apart(changed, query):
    query("delete from profiles.profile where fields ->> 'first_name' = 'Nora 1'")

    assert told(undo(changed, 2))["last_name", "kept", "GONE"] == 1


def test_a_wrong_match_loses_its_link(syncs, query):
    fields = '{"email": "nora.1@example.org", "last_name": "Moe"}'
    query("insert into profiles.profile (type, fields) values ('patron', %s::jsonb)", fields)
    syncs.ils.records = [a_record(1)]
    assert totals(syncs.run()) == {"updated": 1}

    assert told(undo(syncs, 1))["link", "reversed", None] == 1

    assert syncs.profiles() == [{"email": "nora.1@example.org", "last_name": "Moe"}]
    assert query("select count(*) from profiles.source_link") == [(0,)]


def test_a_second_call_takes_nothing_back_twice(changed, query):
    first = undo(changed, 2)
    meddle(query, "Nora 1", '{"last_name": "Berg"}')

    second = undo(changed, 2)

    assert (second.reversed, second.kept) == (first.reversed, 0)
    assert changed.profiles()[0]["last_name"] == "Berg"


def test_a_dry_run_says_the_same_and_writes_nothing(changed, query):
    before = changed.profiles()
    events = query("select count(*) from patron_sync.audit_event")

    dry = undo(changed, 2, is_dry_run=True)

    assert changed.profiles() == before
    assert count_undone(changed.ledger, a_sync_run_id(2)).rows == []
    assert query("select count(*) from patron_sync.audit_event") == events
    assert dry == undo(changed, 2)


def test_held_changes_are_dropped_and_the_run_still_adds_up(syncs, query):
    syncs.ils.records = [a_record(1)]
    syncs.run()
    syncs.ils.records += [a_record(index) for index in range(2, 42)]
    syncs.ils.records[0]["surname"] = "Berg"
    assert totals(syncs.run()) == {"held": 40, "updated": 1}

    assert undo(syncs, 2).reversed == 1

    assert query("select state, account ->> 'left_out', account -> 'adds_up' from data_sync.run"
                 " where run_id = %s", a_sync_run_id(2)) == [("succeeded", "40", True)]  # fmt: skip


class TestRefused:
    def test_a_run_that_is_not_there(self, syncs):
        with pytest.raises(DecisionRefusedError, match="no run"):
            undo(syncs, 99)

    def test_a_dry_run(self, syncs):
        syncs.ils.records = [a_record(1)]
        syncs.run(is_dry_run=True)

        with pytest.raises(DecisionRefusedError, match="dry run"):
            undo(syncs, 1)

    def test_a_run_that_writes_still(self, syncs, query):
        syncs.ils.records = [a_record(1)]
        syncs.run()
        query("update data_sync.run set state = 'running'")

        with pytest.raises(DecisionRefusedError, match="not ended"):
            undo(syncs, 1)
