"""
Hypothesis looks for a sequence of events after which something is not true that must be.

The short form always draws the same sequences. ``ANY_SEQUENCE=500`` draws so many, new ones at each
call; a failure is printed as the steps to repeat it. ``make soak`` lives a whole year instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.faults.any_life import a_life

EXAMPLES = int(os.environ.get("ANY_SEQUENCE", "0"))
SETTINGS = settings(
    max_examples=EXAMPLES or 20,
    stateful_step_count=20,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)

anybody = st.integers(0, 40)
digits = st.integers(1000, 9999)
kinds = st.integers(0, 719)
flows = st.sampled_from(["push", "pull"])


class Nights(RuleBasedStateMachine):
    """Everything that may happen next; each life has a database of its own."""

    def __init__(self, fresh_database: Callable[[], AbstractContextManager[str]]) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.life = self.stack.enter_context(a_life(self.stack.enter_context(fresh_database())))

    @initialize(them=st.lists(kinds, min_size=2, max_size=6))
    def begin(self, them: list[int]) -> None:
        for kind in them:
            self.life.new_patron(kind)

    @rule(kind=kinds)
    def new_patron(self, kind: int) -> None:
        self.life.new_patron(kind)

    @rule(who=anybody, digits=digits)
    def set_pin(self, who: int, digits: int) -> None:
        self.life.set_pin(who, digits)

    @rule(who=anybody)
    def change_card(self, who: int) -> None:
        self.life.change_card(who)

    @rule(who=anybody)
    def flip_consent(self, who: int) -> None:
        self.life.flip_consent(who)

    @rule(who=anybody)
    def delete(self, who: int) -> None:
        self.life.delete(who)

    @rule(who=anybody, digits=digits)
    def change_record(self, who: int, digits: int) -> None:
        self.life.change_record(who, digits)

    @rule(who=anybody)
    def bury(self, who: int) -> None:
        self.life.bury(who)

    @rule(choice=st.integers(0, 35))
    def configure(self, choice: int) -> None:
        self.life.configure(choice)

    @rule(which=anybody, approves=st.booleans())
    def decide(self, which: int, approves: bool) -> None:
        self.life.decide(which, approves=approves)

    @rule(who=anybody, way=st.integers(0, 2))
    def erase(self, who: int, way: int) -> None:
        self.life.erase(who, way)

    @rule(which=st.integers(0, 5), meddle=st.integers(0, 9))
    def undo(self, which: int, meddle: int) -> None:
        self.life.undo(which, meddle=meddle)

    @rule(which=st.integers(0, 2), kill_at=st.integers(0, 25), lost=st.integers(0, 3),
          at=st.integers(0, 20))  # fmt: skip
    def undo_in_trouble(self, which: int, kill_at: int, lost: int, at: int) -> None:
        self.life.undo(which, kill_at=kill_at, lost=lost, withdraw_at=at)

    @rule(flow=flows)
    def run(self, flow: str) -> None:
        self.life.run(flow)

    @rule(flow=flows, at=st.integers(1, 60))
    def run_and_die(self, flow: str, at: int) -> None:
        self.life.run(flow, kill_at=at)

    @rule(flow=flows, lost=st.integers(0, 3), away=st.integers(0, 2), at=st.integers(0, 30))
    def run_in_trouble(self, flow: str, lost: int, away: int, at: int) -> None:
        self.life.run(flow, lost=lost, away=away, withdraw_at=at)

    @rule()
    def repeat(self) -> None:
        self.life.repeat()

    @invariant()
    def holds(self) -> None:
        self.life.check()

    def teardown(self) -> None:
        with self.stack:
            self.life.settle()


def test_no_sequence_of_events_breaks_what_must_be_true(fresh_database) -> None:
    class NightsHere(Nights):
        def __init__(self) -> None:
            super().__init__(fresh_database)

    run_state_machine_as_test(NightsHere, settings=SETTINGS)
