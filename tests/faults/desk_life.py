"""
A life at the desk of two libraries, with nights in between, and what must be true after all of it.

As in ``any_life``, every action takes small numbers, so that the same numbers make the same life.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psycopg
import pytest

from registry_operators.desk.cards import block_card, change_card
from registry_operators.desk.desk import PatronRef
from registry_operators.desk.patron_deeds import (
    change_pin,
    delete_patron,
    give_consent,
    hand_out_pin,
    withdraw_consent,
)
from registry_operators.desk.refusals import DeskError
from registry_operators.domain.pin import Pin, is_simple
from registry_operators.ledger.database import Ledger
from registry_operators.steps import run_flow as flows
from tests.db.desk_bench import LIBRARIAN, SELF_SERVICE, DeskBench
from tests.db.flow_world import World
from tests.factories import (
    DEFAULT_PIN,
    LIBRARY,
    NO_LIMITS,
    OTHER_LIBRARY,
    Cicero,
    a_card_number,
    a_config,
    a_library_config,
    a_national_id,
    wire,
)
from tests.faults.strict_registry import PEOPLE, StrictRegistry

BOTH = (LIBRARY, OTHER_LIBRARY)
_NEW_CARDS = 10_000


@dataclass(slots=True)
class DeskLife:
    """
    The world, its desk, and what was seen so far.

    :param patrons: Patron to index of the person; ``None`` for one without a national id.
    :param numbers: Number of the sequence to the patron who got it.
    """

    world: World
    desk: DeskBench
    patrons: dict[PatronRef, int | None] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    _card: int = _NEW_CARDS
    _pin: int = 2000

    @property
    def registry(self) -> StrictRegistry:
        assert isinstance(self.world.registry, StrictRegistry)
        return self.world.registry

    def create(self, who: int, kind: int) -> None:
        """Create somebody in one of the scenarios; a refusal leaves nothing behind."""
        library, index = BOTH[kind % 2], None if kind // 2 % 8 == 7 else who % PEOPLE
        card = (None, None, self._new_card(library), f"L{self._card:07d}")[kind // 16 % 4]
        request: dict[str, Any] = {
            "library": library, "card_number": card, "has_consent": kind // 64 % 4 < 3,
            "pin": self._new_pin(index) if kind // 256 % 2 else None,
        }  # fmt: skip
        if index is None:
            request["national_id"] = None
        elif request["has_consent"]:
            self.registry.is_being_created = library, a_national_id(index)
        before = self.desk.everything()
        caller = SELF_SERVICE if kind // 512 % 2 else LIBRARIAN
        self.told.append(f"create {index} {caller.actor} {request}")
        try:
            made = self.desk.create(index or 0, caller=caller, **request)
        except DeskError as refused:
            self.told.append(refused.code)
            assert self.desk.everything() == before, "half done"
            return
        finally:
            self.registry.is_being_created = None
        self.patrons[made.patron] = index
        if made.creation.must_change_pin:
            self._hand_out(made.patron)

    def give_consent(self, who: int) -> None:
        self._do(give_consent, who)

    def withdraw(self, who: int) -> None:
        self._do(withdraw_consent, who)
        if (patron := self._patron(who)) is not None:
            waiting = self._ask("select patron_id from patron_sync.pending")
            assert (patron.patron_id,) not in waiting, "something waits without consent"

    def change_pin(self, who: int) -> None:
        patron = self._patron(who)
        if patron:
            self._do(change_pin, who, self._new_pin(self.patrons[patron]))
            self.registry.handed_out = {
                one for one in self.registry.handed_out if one[0] != self.patrons[patron]
            }

    def hand_out(self, who: int) -> None:
        if (patron := self._patron(who)) is not None:
            self._do(hand_out_pin, who)
            self._hand_out(patron)

    def change_card(self, who: int, kind: int) -> None:
        if (patron := self._patron(who)) is not None:
            number = self._new_card(patron.library)
            self._do(change_card, who, number if kind % 3 else f"L{self._card:07d}")

    def block_card(self, who: int) -> None:
        patron = self._patron(who)
        number = self.world.cicero.card(patron.patron_id) if patron else None
        if number:
            self._do(block_card, who, number)

    def delete(self, who: int) -> None:
        if (patron := self._patron(who)) is not None:
            self._do(delete_patron, who)
            del self.patrons[patron]

    def change_record(self, who: int, kind: int) -> None:
        """Another library creates or changes somebody in the registry."""
        index = who % PEOPLE
        known = [one for one in self.registry.people if one.national_id == a_national_id(index)]
        card = self._new_card(BOTH[kind % 2])
        self.registry.pass_time(minutes=1)
        self.told.append(f"registry {index} {card}")
        if known:
            pin = self._new_pin(index) if kind // 2 % 2 else None
            self.registry.change(known[0], card=card if kind // 4 % 2 else None, pin=pin)
        else:
            self.registry.add(
                index, card=card, pin=self._new_pin(index) if kind // 2 % 2 else None
            )  # fmt: skip

    def reach(self, choice: int) -> None:
        """The registry goes away for one of the libraries, or comes back for both."""
        self.registry.away_libraries = {BOTH[choice % 2]} if choice % 3 else set()
        self.told.append(f"away {self.registry.away_libraries}")

    def configure(self, choice: int) -> None:
        """What is synchronised, and which PIN newcomers get, at both libraries."""
        block = {
            "synchronise": {"card_number": choice % 4 < 3, "pin": choice // 4 % 4 < 3},
            "pin_rules": {"newcomers": ("default", "random")[choice // 16 % 2]},
        }
        self.told.append(f"configure {block}")
        self.world.config = a_config(
            NO_LIMITS, **{f"_{code}": a_library_config(code, **block) for code in BOTH}
        )

    def run(self, flow: str, *, leaves: int | None = None) -> None:
        """Run a flow; somebody may withdraw right before the first call that writes."""
        patron = None if leaves is None else self._patron(leaves)
        if patron is not None:
            self.registry.meanwhile = partial(self.desk.do, withdraw_consent, patron)
        self.told.append(f"{flow} {patron}")
        try:
            self.world.run(flow)
        finally:
            self.registry.meanwhile, self.registry.left_meanwhile = None, False

    def check(self) -> None:
        """What must be true whatever happened."""
        ids = [one.national_id for one in self.registry.people if one.national_id]
        assert len(ids) == len(set(ids)), "two records of one person"
        for patron_id, number in self._ask(
            "select patron_id, card_number from cicero.card where origin = 'sequence'"
            " union all select patron_id, card_number from patron_sync.taken_card_number"
        ):
            assert self.numbers.setdefault(number, patron_id) == patron_id, "one number for two"
        assert self._ask(
            "select from cicero.card join cicero.patron using (patron_id) where kind = 'national'"
            " group by card_number having count(distinct national_id) + count(*)"
            "  filter (where national_id is null) > 1"
        ) == [], "a national card of two"  # fmt: skip
        for patron in self.patrons:
            assert self.desk.pin(patron.patron_id), "a PIN that nobody can read"

    def settle(self) -> None:
        """Let the nights go by, and see them become quiet."""
        self.registry.away_libraries = set()
        for _ in range(2):
            self.run("push")
            self.run("pull")
        self.check()
        before = len(self.registry.writes())
        for flow in ("push", "pull"):
            tallies = self.world.run(flow)
            assert sum(tally.writes for tally in tallies.values()) == 0, "not quiet"
        assert len(self.registry.writes()) == before
        assert self._ask(
            "select from patron_sync.pending where not exists (select from cicero.consent"
            " where consent.patron_id = pending.patron_id and withdrawn_at is null)"
        ) == [], "something waits for ever without consent"  # fmt: skip

    def _do(self, deed: Callable[..., Any], who: int, *how: str) -> None:
        patron = self._patron(who)
        if patron is not None:
            self.told.append(f"{deed.__name__} {patron} {how}")
            self.desk.do(deed, patron, *how)

    def _hand_out(self, patron: PatronRef) -> None:
        index, digits = self.patrons[patron], self.desk.pin(patron.patron_id)
        if index is not None and digits is not None:
            self.registry.handed_out.add((index, wire(digits)))

    def _patron(self, who: int) -> PatronRef | None:
        patrons = sorted(self.patrons)
        return patrons[who % len(patrons)] if patrons else None

    def _new_card(self, library: str) -> str:
        self._card += 1
        return a_card_number(self._card, library)

    def _new_pin(self, index: int | None) -> str:
        """A PIN that nobody had before, and that nobody was handed."""
        while True:
            self._pin += 1
            pin = Pin(f"{self._pin:04d}")
            was_handed_out = (index, wire(pin.digits)) in self.registry.handed_out
            if not (is_simple(pin) or was_handed_out or pin.digits == DEFAULT_PIN):
                return pin.digits

    def _ask(self, statement: str) -> list[tuple[Any, ...]]:
        return self.world.cicero.db.execute(statement).fetchall()


@contextmanager
def a_desk_life(url: str) -> Iterator[DeskLife]:
    """A life on an empty database; calls are made one at a time, so that it can be lived again."""
    with (
        psycopg.connect(url, autocommit=True) as connection,
        Ledger.connect(url) as ledger,
        pytest.MonkeyPatch.context() as patch,
    ):
        for step in ("look_up_persons", "apply_to_registry"):
            patch.setattr(flows, step, partial(getattr(flows, step), concurrency=1))
        cicero = Cicero(connection)
        world = World(ledger, cicero, StrictRegistry(cicero))
        life = DeskLife(world, DeskBench(world, url))
        life.configure(0)
        yield life
