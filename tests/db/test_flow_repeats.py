"""Doing things twice, in part, or not at all (N1.4, N4.1, X1, X5)."""

from __future__ import annotations

from typing import Any

import pytest

from registry_operators.errors import UnavailableError
from registry_operators.steps import run_flow as flows
from tests.db.flow_world import CICERO, World
from tests.factories import LIBRARY, OTHER_LIBRARY, a_card_number, a_national_id, a_patron

PULL_STEPS = (
    "open_run", "stage_registry_changes", "filter_consent", "filter_local_cards",
    "assign_cards_and_pins", "plan_changes", "apply_to_cicero", "move_watermark", "close_run",
)  # fmt: skip
PUSH_STEPS = (
    "open_run", "stage_cicero_changes", "filter_consent", "filter_local_cards", "look_up_persons",
    "assign_cards_and_pins", "plan_changes", "apply_to_registry", "move_watermark", "close_run",
)  # fmt: skip
_RUN = (
    "select * from patron_sync.staged_patron",
    "select * from patron_sync.verdict",
    "select * from patron_sync.plan",
    "select * from patron_sync.run_library",
    "select run_id, state, plan_id from patron_sync.run",
)


@pytest.fixture
def world(world: World) -> World:
    """One patron of each kind at one library, and one in order at another."""
    world.both(a_patron(0, card=None, pin=None))
    world.both(a_patron(1, card=None, local_card="L0000001"))
    world.both(a_patron(2, consent=False))
    world.both(a_patron(3, withdrawn=True))
    world.both(a_patron(4, card=a_card_number(54), pin="1357"))
    world.both(a_patron(5, card=None), pin=None)
    world.cicero.add(a_patron(6))
    world.cicero.add(a_patron(7, card=None, pin=None))
    world.cicero.add(a_patron(8, card=None, local_card="L0000008"))
    world.cicero.add(a_patron(9, card=a_card_number(0)))
    world.both(a_patron(10, library=OTHER_LIBRARY, card=a_card_number(10)))
    deleted, _ = world.both(a_patron(11), relations=(LIBRARY,))
    world.cicero.db.execute(
        "update cicero.patron set person_key = %s where patron_id = %s", [b"x" * 32, deleted]
    )
    world.cicero.delete(deleted)
    return world


def everything(world: World) -> tuple[Any, ...]:
    rows = [sorted(world.cicero.db.execute(one).fetchall(), key=repr) for one in _RUN]
    return world.state(), rows, world.registry.snapshot()


@pytest.mark.parametrize(
    ("flow", "step"),
    [("pull", step) for step in PULL_STEPS] + [("push", step) for step in PUSH_STEPS],
)
def test_a_step_that_is_run_twice_in_a_row_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, flow: str, step: str
) -> None:
    if flow == "pull":
        world.push()
    original = getattr(flows, step)

    def twice(*args, **kwargs):
        result = original(*args, **kwargs)
        once = everything(world)
        original(*args, **kwargs)
        assert everything(world) == once
        return result

    monkeypatch.setattr(flows, step, twice)
    world.run(flow)


@pytest.mark.parametrize("flow", ["push", "pull"])
def test_a_whole_run_that_is_repeated_under_its_id_ends_the_same(world: World, flow: str) -> None:
    if flow == "pull":
        world.push()
    first = world.run(flow, number=50)
    end = everything(world)

    again = world.run(flow, number=50)

    assert again == first
    assert everything(world) == end


@pytest.mark.parametrize("step", PUSH_STEPS[1:-1])
def test_a_push_that_dies_before_a_step_is_finished_by_a_repeat(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(flows, step, dies)
        with pytest.raises(UnavailableError):
            world.run("push", number=50)

    world.run("push", number=50)

    ended = world.push()[LIBRARY]
    assert ended.writes == 0
    assert world.registry.of(6).relations == {LIBRARY}
    assert world.registry.of(7).card == "N105000000"


@pytest.mark.parametrize("step", PULL_STEPS[1:-1])
def test_a_pull_that_dies_before_a_step_is_finished_by_a_repeat(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    world.push()
    with monkeypatch.context() as patch:
        patch.setattr(flows, step, dies)
        with pytest.raises(UnavailableError):
            world.run("pull", number=50)

    tally = world.run("pull", number=50)[LIBRARY]

    assert tally.writes > 0
    assert world.pull()[LIBRARY].writes == 0


def test_a_registry_that_dies_in_the_middle_is_taken_up_by_a_repeat(world: World) -> None:
    world.registry.lost_answers = 3
    world.run("push", number=50)

    world.run("push", number=50)
    world.rounds()

    cards = [one.card for one in world.registry.people]
    assert len(cards) == len(set(cards))
    assert world.registry.of(6).relations == {LIBRARY}
    assert world.push()[LIBRARY].writes == 0


@pytest.mark.parametrize("flow", ["push", "pull"])
def test_a_dry_run_writes_nothing_and_has_the_plan_id_of_the_live_run(
    world: World, query, flow: str
) -> None:
    if flow == "pull":
        world.push()
    before = world.state(*CICERO, "watermark", "taken", "base", "pending"), numbers(world)
    people = world.registry.snapshot()

    world.run(flow, is_dry_run=True)

    after = world.state(*CICERO, "watermark", "taken", "base", "pending"), numbers(world)
    assert after == before
    assert world.registry.snapshot() == people
    world.run(flow)
    ids = query("select plan_id from patron_sync.run where flow = %s order by started_at", flow)
    assert ids[-1] == ids[-2] != (None,)
    assert query("select count(*) > 0 from patron_sync.plan") == [(True,)]


def numbers(world: World) -> list[tuple[Any, ...]]:
    """The next numbers of sequences; before the first run there are none."""
    return world.state("sequence")["sequence"] or [
        (LIBRARY, 105_000_000), (OTHER_LIBRARY, 115_000_000)
    ]  # fmt: skip


def test_what_a_pull_wrote_is_not_sent_back(world: World) -> None:
    world.rounds(1)
    world.registry.change(world.registry.of(1), card=a_card_number(60), pin="2468")
    assert world.pull()[LIBRARY].writes == 2
    world.registry.calls.clear()

    tally = world.push()[LIBRARY]

    assert tally.writes == 0
    assert not world.registry.mentions(a_national_id(1), a_card_number(60))


def test_what_a_push_wrote_is_not_written_back(world: World) -> None:
    world.rounds(1)
    world.cicero.change_card(1, a_card_number(60))
    world.push()
    before = world.state("cards", "pins")

    tally = world.pull()[LIBRARY]

    assert tally.writes == 0
    assert world.state("cards", "pins") == before


def test_the_second_round_writes_nothing(world: World) -> None:
    world.rounds(1)
    writes, state = len(world.registry.writes()), world.state("cards", "pins", "base", "sequence")

    pushed, pulled = world.rounds(1)

    assert (pushed.writes, pulled.writes) == (0, 0)
    assert world.state("cards", "pins", "base", "sequence") == state
    assert len(world.registry.writes()) == writes + len(
        [one for one in world.state("pending")["pending"] if one[0] == "push"]
    )


def test_a_full_run_in_a_quiet_night_writes_nothing(world: World) -> None:
    world.rounds(2)

    tallies = [world.run(flow, is_full=True)[LIBRARY] for flow in ("push", "pull")]

    assert [tally.writes for tally in tallies] == [0, 0]


def dies(*_, **__):
    raise UnavailableError("the machine was switched off")
