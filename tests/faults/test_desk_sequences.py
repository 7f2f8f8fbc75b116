"""
Hypothesis looks for an order of deeds and nights after which something is not true that must be.

No registry call mentions a person without consent, look-ups included; no local number, default PIN
or PIN that was handed out is ever sent; the registry gets no second record of a person; no two
patrons get one number; a refusal leaves nothing behind; every account adds up.

The short form always draws the same sequences. ``DESK_SEQUENCES=500`` draws so many, new ones at
each call; a failure is printed as the steps to repeat it.
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

from tests.faults.desk_life import a_desk_life

EXAMPLES = int(os.environ.get("DESK_SEQUENCES", "0"))
SETTINGS = settings(
    max_examples=EXAMPLES or 6,
    stateful_step_count=20,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)

anybody = st.integers(0, 11)
kinds = st.integers(0, 1023)
flows = st.sampled_from(["push", "pull"])


class DesksAndNights(RuleBasedStateMachine):
    """Everything that may happen next; each life has a database of its own."""

    def __init__(self, fresh_database: Callable[[], AbstractContextManager[str]]) -> None:
        super().__init__()
        self.stack = ExitStack()
        url = self.stack.enter_context(fresh_database())
        self.life = self.stack.enter_context(a_desk_life(url))

    @initialize(
        choice=st.integers(0, 31),
        known=st.lists(anybody, max_size=3),
        new=st.lists(kinds, min_size=3, max_size=6),
    )
    def begin(self, choice: int, known: list[int], new: list[int]) -> None:
        self.life.configure(choice)
        for who in known:
            self.life.change_record(who, who)
        for who, kind in enumerate(new):
            self.life.create(who, kind)

    @rule(who=anybody, kind=kinds)
    def create(self, who: int, kind: int) -> None:
        self.life.create(who, kind)

    @rule(who=anybody)
    def give_consent(self, who: int) -> None:
        self.life.give_consent(who)

    @rule(who=anybody)
    def withdraw(self, who: int) -> None:
        self.life.withdraw(who)

    @rule(who=anybody)
    def change_pin(self, who: int) -> None:
        self.life.change_pin(who)

    @rule(who=anybody)
    def hand_out_and_push(self, who: int) -> None:
        self.life.hand_out(who)
        self.life.run("push")

    @rule(who=anybody)
    def hand_out(self, who: int) -> None:
        self.life.hand_out(who)

    @rule(who=anybody, kind=st.integers(0, 2))
    def change_card(self, who: int, kind: int) -> None:
        self.life.change_card(who, kind)

    @rule(who=anybody)
    def block_card(self, who: int) -> None:
        self.life.block_card(who)

    @rule(who=anybody)
    def delete(self, who: int) -> None:
        self.life.delete(who)

    @rule(who=anybody, kind=st.integers(0, 7))
    def change_record(self, who: int, kind: int) -> None:
        self.life.change_record(who, kind)

    @rule(choice=st.integers(0, 5))
    def reach(self, choice: int) -> None:
        self.life.reach(choice)

    @rule(choice=st.integers(0, 31))
    def configure(self, choice: int) -> None:
        self.life.configure(choice)

    @rule(flow=flows)
    def run(self, flow: str) -> None:
        self.life.run(flow)

    @rule()
    def night(self) -> None:
        self.life.run("push")
        self.life.run("pull")

    @rule(who=anybody)
    def push_and_leave(self, who: int) -> None:
        self.life.run("push", leaves=who)

    @invariant()
    def holds(self) -> None:
        self.life.check()

    def teardown(self) -> None:
        with self.stack:
            self.life.settle()


def test_no_order_of_deeds_and_nights_breaks_what_must_be_true(fresh_database) -> None:
    class DesksAndNightsHere(DesksAndNights):
        def __init__(self) -> None:
            super().__init__(fresh_database)

    run_state_machine_as_test(DesksAndNightsHere, settings=SETTINGS)
