"""Held changes of a data sync, and the decision on them (X2)."""

from __future__ import annotations

import pytest

from registry_operators.errors import DecisionRefusedError
from registry_operators.settings.guards import ApprovalSetting
from registry_operators.steps.data_sync.decide_sync import (
    approve_sync,
    list_held_syncs,
    reject_sync,
)
from tests.db.sync_bench import SyncWorld, a_record, a_sync_run_id, totals

APPROVAL = ApprovalSetting()
HELD = a_sync_run_id(2)
PEOPLE = 60


@pytest.fixture
def held(ledger, query) -> SyncWorld:
    """A second run empties 30 card numbers, which is too much, and changes one surname."""
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(index) for index in range(1, PEOPLE)]
    syncs.run(empty_fields="replace")
    for record in syncs.ils.records[:30]:
        record["cardnumber"] = None
    syncs.ils.records[40]["surname"] = "Berg"
    account = syncs.run(empty_fields="replace")
    assert totals(account) == {"held": 30, "updated": 1, "unchanged": 28}
    return syncs


def approve(world, run_id=HELD, by="kari", reason="the cards moved", approval=APPROVAL):
    return approve_sync(world.ledger, run_id, approval, decided_by=by, reason=reason)


def card_numbers(world) -> int:
    return sum("library_card_number" in one for one in world.profiles())


def acts(query):
    return query("select action, actor, detail ->> 'subject', (detail ->> 'changes')::int"
                 " from patron_sync.audit_event where kind = 'act' order by event_no")  # fmt: skip


def test_the_list_tells_what_waits_and_until_when(held):
    (one,) = list_held_syncs(held.ledger, APPROVAL)

    assert (one.run_id, one.name, one.is_superseded) == (HELD, "readers", False)
    assert one.changes == {"empties library_card_number": 30}
    assert (one.expires_at - one.started_at).days == APPROVAL.expire_days


def test_an_approval_writes_what_was_held_and_adds_up(held, query):
    account = approve(held)

    assert totals(account) == {"updated": 31, "unchanged": 28}
    assert account.adds_up
    assert card_numbers(held) == PEOPLE - 1 - 30
    assert acts(query) == [("approve", "kari", "readers version 1", 30)]
    assert list_held_syncs(held.ledger, APPROVAL) == []
    assert query("select state, decision, decided_by from data_sync.run where run_id = %s",
                 HELD) == [("succeeded", "approved", "kari")]  # fmt: skip
    assert totals(held.run(empty_fields="replace")) == {"unchanged": PEOPLE - 1}


def test_what_has_changed_since_is_left_as_it_is(held, query):
    query("update profiles.profile set fields = fields || '{\"library_card_number\": \"N1\"}'"
          " where fields ->> 'first_name' = 'Nora 1'")  # fmt: skip

    account = approve(held)

    assert totals(account) == {"updated": 30, "unchanged": 28, "failed": 1}
    assert account.reasons == {"failed": {"CHANGED_SINCE_PLAN": 1}}


def test_held_creations_are_written_with_the_numbers_that_they_were_promised(ledger, query):
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(index) for index in range(1, 11)]
    syncs.run()
    syncs.ils.records += [a_record(index) for index in range(11, 41)]
    assert totals(syncs.run()) == {"held": 30, "unchanged": 10}

    assert totals(approve(syncs)) == {"created": 30, "unchanged": 10}

    assert totals(syncs.run()) == {"unchanged": 40}


def test_a_rejection_writes_nothing_and_the_next_run_asks_again(held, query):
    account = reject_sync(held.ledger, HELD, APPROVAL, decided_by="kari", reason="a mistake")

    assert totals(account) == {"left_out": 30, "updated": 1, "unchanged": 28}
    assert account.reasons == {"left_out": {"REJECTED": 30}}
    assert card_numbers(held) == PEOPLE - 1
    assert acts(query) == [("reject", "kari", "readers version 1", 30)]
    assert totals(held.run(empty_fields="replace"))["held"] == 30


def test_an_approval_that_was_interrupted_is_carried_on_with(held, monkeypatch, query):
    from registry_operators.steps.data_sync import decide_sync

    def breaks(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(decide_sync, "load_profiles", breaks)
        with pytest.raises(KeyboardInterrupt):
            approve(held)

    assert totals(approve(held, by="ola")) == {"updated": 31, "unchanged": 28}
    assert [action for action, *_ in acts(query)] == ["approve"]


class TestRefused:
    def test_whoever_started_the_run(self, held):
        with pytest.raises(DecisionRefusedError, match="four_eyes"):
            approve(held, by="schedule")

        approve(held, by="schedule", approval=ApprovalSetting(four_eyes=False))

    def test_without_a_reason(self, held):
        with pytest.raises(DecisionRefusedError, match="reason"):
            approve(held, reason=" ")

        assert card_numbers(held) == PEOPLE - 1

    def test_a_run_that_a_later_one_has_superseded(self, held):
        held.run(empty_fields="replace")

        with pytest.raises(DecisionRefusedError, match="later run"):
            approve(held)
        assert [one.is_superseded for one in list_held_syncs(held.ledger, APPROVAL)] == [
            True, False,
        ]  # fmt: skip
        reject_sync(held.ledger, HELD, APPROVAL, decided_by="kari", reason="superseded")

    def test_when_the_time_is_over(self, held, query):
        query("update data_sync.run set started_at = started_at - interval '8 days'"
              " where run_id = %s", HELD)  # fmt: skip

        with pytest.raises(DecisionRefusedError, match="time to decide"):
            approve(held)

    def test_twice(self, held):
        approve(held)

        for decide in (approve_sync, reject_sync):
            with pytest.raises(DecisionRefusedError, match="approved by kari"):
                decide(held.ledger, HELD, APPROVAL, decided_by="ola", reason="again")

    @pytest.mark.parametrize("number", [1, 99], ids=["not held", "unknown"])
    def test_of_what_does_not_wait(self, held, number):
        with pytest.raises(DecisionRefusedError):
            approve(held, a_sync_run_id(number))
