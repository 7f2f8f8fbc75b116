"""Whole reconciliations: what they count, what stops and holds them, and what they leave alone."""

from __future__ import annotations

from typing import Any

import pytest

from registry_operators.steps import run_flow as flows
from registry_operators.steps.decide_held_changes import list_held
from registry_operators.steps.reconcile import reconciliation_run
from tests.db.drift_bench import MANY, agree, drop_pin, gone, new_card_there, new_pin_there, unseen
from tests.db.flow_world import World
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_config,
    a_national_id,
    a_patron,
    a_run_id,
    wire,
)


@pytest.fixture
def agreed(world: World) -> list[int]:
    return agree(world)


def found(world: World, **how: Any) -> dict[str, dict[str, int]]:
    """What the comparison finds at the first library, by field."""
    (drift,) = (one for one in world.reconcile(**how).drift if one.library == LIBRARY)
    return {field: dict(kinds) for field, kinds in drift.fields.items()}


def unexplained(world: World, **how: Any) -> int:
    return sum(one.unexplained for one in world.reconcile(**how).drift)


def test_nothing_differs_where_both_sides_agree(world: World, agreed: list[int]) -> None:
    assert found(world) == {
        "relation": {"on_both_sides": MANY}, "card": {"equal": MANY}, "pin": {"equal": MANY}
    }  # fmt: skip


def test_records_of_the_registry_add_up(world: World, agreed: list[int]) -> None:
    world.registry.add(90)
    world.registry.add(91)
    world.registry.bury(world.registry.of(0))
    world.cicero.withdraw(agreed[1])
    world.cicero.db.execute("delete from cicero.change")

    kinds = found(world)["relation"]

    assert kinds == {
        "on_both_sides": MANY - 2, "UNKNOWN_PERSON": 2, "TOMBSTONE": 1, "CONSENT_WITHDRAWN": 1,
        "not_in_registry": 1,
    }  # fmt: skip
    assert sum(kinds.values()) - kinds["not_in_registry"] == len(world.registry.people)


def test_what_a_night_will_carry_is_waiting(world: World, agreed: list[int]) -> None:
    world.cicero.set_pin(agreed[0], "8642")
    world.cicero.add(a_patron(40))
    world.registry.pass_time(hours=1)
    world.registry.change(world.registry.of(1), pin="2222")

    kinds = found(world)

    assert kinds["pin"] == {"equal": MANY - 2, "waiting": 2}
    assert kinds["relation"] == {"on_both_sides": MANY, "waiting": 1}


def test_what_never_leaves_is_no_drift(world: World, agreed: list[int]) -> None:
    local_only = world.cicero.add(a_patron(40, card=None, local_card="L1"))
    world.cicero.set_pin(local_only, "1122", must_change=True)
    unseen(world, "update cicero.pin set must_change = true where patron_id = %s", agreed[0])
    world.registry.of(0).pin = ""
    world.cicero.db.execute("delete from cicero.change")

    kinds = found(world, repairs=True)

    assert kinds["relation"] == {"on_both_sides": MANY, "kept_here": 1}
    assert kinds["pin"] == {"equal": MANY - 1, "kept_here": 1}
    assert world.registry.mentions("L1") == []
    assert world.registry.pin_of(0) is None


class TestConsent:
    def test_without_it_nothing_is_compared_or_carried(self, world: World, agreed: list[int]):
        world.cicero.withdraw(agreed[0])
        new_pin_there(world, agreed)
        world.registry.calls.clear()

        kinds = found(world, repairs=True)

        assert kinds["pin"] == {"equal": MANY - 1}
        assert world.cicero.pin(agreed[0]) == ("4711", False, "patron")
        assert world.registry.mentions(a_national_id(0)) == []

    def test_whoever_withdraws_meanwhile_is_not_sent(self, world, agreed, monkeypatch):
        gone(world, agreed)
        send = vars(flows)["apply_to_registry"]

        def late(*args: Any, **kwargs: Any) -> Any:
            world.cicero.withdraw(agreed[0])
            return send(*args, **kwargs)

        monkeypatch.setattr(flows, "apply_to_registry", late)
        world.reconcile(repairs=True)

        assert len(world.registry.people) == MANY - 1


class TestAShortenedAnswer:
    @pytest.fixture(autouse=True)
    def strict(self, world: World, agreed: list[int]) -> None:
        world.config = a_config({"source_shrink": {"percent": 10, "at_least": 2}})

    @pytest.mark.parametrize("left", [0, MANY // 2], ids=["empty", "half"])
    def test_stops_every_library_and_asks_for_nobody(self, world, left):
        del world.registry.people[left:]
        world.registry.calls.clear()

        result = world.reconcile(repairs=True)

        failed = {one.library: one.failure_code for one in result.tallies}
        assert failed == dict.fromkeys((LIBRARY, OTHER_LIBRARY), "SOURCE_SHRANK")
        assert {one.flow for one in result.tallies} == {"pull"}
        assert {call.operation for call in world.registry.calls} == {"changes_since"}

    def test_stops_a_library_also_when_nobody_was_read_as_a_whole_before(self, world):
        world.cicero.db.execute("update patron_sync.run_library set is_whole = false")
        del world.registry.people[MANY - 4 :]

        (tally,) = (one for one in world.reconcile(repairs=True).tallies if one.failure_code)

        assert (tally.library, tally.failure_code) == (LIBRARY, "SOURCE_SHRANK")
        assert len(world.registry.people) == MANY - 4

    def test_is_no_proof_for_the_few_that_it_misses(self, world, monkeypatch):
        feed = vars(flows)["stage_registry_changes"]
        missed = world.registry.people[-1]

        def short(*args: Any, **kwargs: Any) -> Any:
            world.registry.people.remove(missed)
            try:
                return feed(*args, **kwargs)
            finally:
                world.registry.people.append(missed)

        monkeypatch.setattr(flows, "stage_registry_changes", short)
        result = world.reconcile(repairs=True)

        assert sum(one.unexplained for one in result.drift) == 1
        assert [tally.writes for tally in result.tallies] == [0] * len(result.tallies)


def test_a_repair_is_held_beyond_its_limit(world: World, agreed: list[int]) -> None:
    strict = {"limits": {"pin_overwrites": {"percent": 0, "at_least": 1}}}
    world.config = a_config(strict)
    for index in range(2):
        world.registry.of(index).pin = wire("2222")

    result = world.reconcile(repairs=True)
    again = found(world)

    assert sum(tally.held for tally in result.tallies) == 2
    assert [row.changes for row in list_held(world.ledger)] == [2]
    assert again["pin"] == {"equal": MANY - 2, "waiting": 2}


def test_a_report_and_the_repair_after_it_have_the_same_plan(world, agreed, query) -> None:
    new_card_there(world, agreed)
    drop_pin(world, agreed[1])

    world.reconcile(number=50)
    world.reconcile(number=51, repairs=True)

    plans = query("select plan_id from patron_sync.run where run_id = any(%s)",
                  [a_run_id(50), a_run_id(51)])  # fmt: skip
    assert len(plans) == 2
    assert len(set(plans)) == 1


@pytest.mark.parametrize(
    "step", ["plan_changes", "apply_to_cicero", "look_up_persons", "close_run"]
)
def test_one_that_died_goes_on_where_it_stood(world, agreed, monkeypatch, step) -> None:
    new_card_there(world, agreed)
    gone_index = 5
    world.registry.people.remove(world.registry.of(gone_index))

    def dies(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(flows, step, dies)
        with pytest.raises(KeyboardInterrupt):
            world.reconcile(number=60, repairs=True)
    result = world.reconcile(number=60, repairs=True)

    assert sum(one.unexplained for one in result.drift) == 2
    assert world.cicero.card(agreed[0]) == a_card_number(70)
    assert world.registry.pin_of(gone_index) == "4711"
    assert unexplained(world) == 0


def test_a_library_that_fails_does_not_stop_the_others(world: World, agreed: list[int]) -> None:
    world.both(a_patron(40, library=OTHER_LIBRARY))
    world.rounds()
    world.registry.away_libraries.add(OTHER_LIBRARY)
    new_card_there(world, agreed)

    result = world.reconcile(repairs=True)

    assert [one.library for one in result.tallies if one.flow == "push"] == [LIBRARY]
    assert world.cicero.card(agreed[0]) == a_card_number(70)


def test_both_runs_belong_to_one_reconciliation(world: World, agreed: list[int], query) -> None:
    world.reconcile(number=70)

    rows = query("select run_id, flow, is_full, is_dry_run, state from patron_sync.run"
                 " where reconciliation_id = %s order by flow", a_run_id(70))  # fmt: skip
    pull, push = (reconciliation_run(a_run_id(70), flow) for flow in ("pull", "push"))
    assert rows == [
        (pull, "pull", True, True, "succeeded"), (push, "push", True, True, "succeeded")
    ]  # fmt: skip


def test_the_log_tells_the_counts_and_nobody(world: World, agreed: list[int]) -> None:
    new_card_there(world, agreed)

    world.reconcile()

    lines = [line for line in world.audit if " step=compare " in line]
    assert (
        f"AUDIT flow=pull step=compare library={LIBRARY} equal={MANY - 1} registry_changed=1"
        " field=card" in lines
    )
