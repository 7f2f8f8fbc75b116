"""
A life of two libraries in which anything may happen next, and what must be true after all of it.

Every action takes small numbers, out of which it chooses whom and what it concerns; so the same
numbers make the same life again, whoever draws them: Hypothesis, or a seeded generator for a year.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from registry_operators.errors import SyncError
from registry_operators.ledger.audit_signature import AuditKey, AuditVerifier
from registry_operators.ledger.database import Ledger
from registry_operators.steps import run_flow as flows
from registry_operators.steps.apply_held_changes import apply_held_changes
from registry_operators.steps.decide_held_changes import approve_held, list_held, reject_held
from registry_operators.steps.outbox import OutboxChoice, retry_outbox
from registry_operators.steps.verify_audit import verify_audit
from tests.db.flow_world import World
from tests.factories import (
    DEFAULT_PIN,
    LIBRARY,
    NO_LIMITS,
    OTHER_LIBRARY,
    SECRETS,
    Cicero,
    a_card_number,
    a_config,
    a_library_config,
    a_patron,
)
from tests.faults.crash_world import NOTHING_PASSES
from tests.unit.steps.fake_registry import WRITES, FakeRegistry, Person

BOTH = (LIBRARY, OTHER_LIBRARY)
POLICIES = ("sender_wins", "newest_wins", "hold")
_FOREIGN, _NEW_CARDS = 5_000, 10_000  # where the indexes of other people and other cards begin
_VERIFIER = AuditVerifier([AuditKey(bytes(32)).public_key])
_NO_HEADS = Path("/nonexistent")


class KilledError(BaseException):
    """Stands in for a kill: nothing of the engine may catch it."""


@dataclass(slots=True)
class Trouble:
    """
    What goes wrong at the registry calls and commits of a run.

    :param kill_at: The call or commit, counted from 1, at which the process ends; 0 for none.
    :param withdraw_at: The call before which somebody withdraws consent; 0 for none.
    """

    kill_at: int = 0
    withdraw_at: int = 0
    withdraw: Callable[[], None] = lambda: None
    met: int = 0

    def meet(self) -> None:
        self.met += 1
        if self.met == self.withdraw_at:
            self.withdraw()
        if self.met == self.kill_at:
            raise KilledError


class WatchedRegistry(FakeRegistry):
    """Looks at every call: at its consent, at what it says, and whether it is the last."""

    def __init__(self, cicero: Cicero) -> None:
        super().__init__()
        self.cicero = cicero
        self.trouble = Trouble()

    def watch(self, library: str, operation: str, sent: tuple[str | None, ...]) -> None:
        self.trouble.meet()
        assert not [text for text in sent if text and (text.startswith("L") or len(text) == 4)]
        if operation in {"create", "update"}:
            national_id = sent[0] if operation == "create" else sent[1]
            assert self.has_consent(library, national_id), f"{operation} without consent (I1)"

    def has_consent(self, library: str, national_id: str | None) -> bool:
        found = self.cicero.db.execute(
            "select from cicero.patron join cicero.consent using (patron_id)"
            " where library = %s and national_id = %s and withdrawn_at is null",
            [library, national_id],
        ).fetchone()
        return found is not None

    def connect(self, library: str) -> Any:
        view = super().connect(library)
        called = view._called

        class Watched(type(view)):  # type: ignore[misc]
            __slots__ = ()

            def _called(self, operation: str, *sent: str | None) -> None:
                self.registry.watch(self.library, operation, sent)
                called(operation, *sent)

        return Watched(self, library)


@dataclass(slots=True)
class Life:
    """The world, who lives in it, and what was seen so far."""

    world: World
    url: str
    patrons: dict[int, tuple[str, int]] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    marks: dict[Any, Any] = field(default_factory=dict)
    pin_sync: bool = True
    policy: str = "sender_wins"
    limits: dict[str, Any] = field(default_factory=lambda: NO_LIMITS)
    _index: int = 0
    _card: int = _NEW_CARDS

    @property
    def registry(self) -> WatchedRegistry:
        assert isinstance(self.world.registry, WatchedRegistry)
        return self.world.registry

    def tell(self, *words: object) -> None:
        """Write down what happens, so that a failure can be read."""
        self.told.append(" ".join(map(str, words)))
        self.counts[str(words[0])] = self.counts.get(str(words[0]), 0) + 1

    # What people do in Cicero.

    def new_patron(self, kind: int) -> None:
        index, library = self._index, BOTH[kind % 2]
        self._index += 1
        card = None if kind // 2 % 3 == 0 else a_card_number(index, library)
        digits = None if kind // 6 % 3 == 0 else f"{1000 + index % 9000}"
        is_local = kind // 18 % 4 == 0
        to_be = a_patron(
            index, library=library, card=card, pin=digits, consent=kind // 72 % 5 > 0,
            local_card=f"L{index:07d}" if is_local else None,
        )  # fmt: skip
        if kind // 360 % 2:
            self.registry.add(index, card=card or a_card_number(index, library), pin="4711",
                              relations=(OTHER_LIBRARY,) if kind % 3 else ())  # fmt: skip
        patron_id = self.world.cicero.add(to_be)
        self.patrons[patron_id] = (library, index)
        self.tell("new_patron", patron_id, library, "card", card, "pin", digits,
                  "consent", to_be.consent, "known", kind // 360 % 2)  # fmt: skip

    def set_pin(self, who: int, digits: int) -> None:
        if (patron_id := self._patron(who)) is not None:
            self.world.cicero.set_pin(patron_id, f"{digits:04d}")
            self.tell("set_pin", patron_id, f"{digits:04d}")

    def change_card(self, who: int) -> None:
        if (patron_id := self._patron(who)) is not None:
            card = self._new_card(self.patrons[patron_id][0])
            self.world.cicero.change_card(patron_id, card)
            self.tell("change_card", patron_id, card)

    def flip_consent(self, who: int) -> None:
        if (patron_id := self._patron(who)) is not None:
            self._flip(patron_id)

    def delete(self, who: int) -> None:
        if (patron_id := self._patron(who)) is not None:
            self.world.cicero.delete(patron_id)
            del self.patrons[patron_id]
            self.deleted.add(patron_id)
            self.tell("delete", patron_id)

    # What others do in the registry.

    def change_record(self, who: int, digits: int) -> None:
        if (person := self._person(who)) is not None:
            card = self._new_card(BOTH[digits % 2]) if digits % 3 else None
            pin = None if digits % 3 == 1 else f"{digits:04d}"
            self.registry.pass_time(minutes=1)
            self.registry.change(person, card=card, pin=pin)
            self.tell("change_record", person.national_id, card, pin)

    def bury(self, who: int) -> None:
        if (person := self._person(who)) is not None:
            self.tell("bury", person.national_id)
            self.registry.pass_time(minutes=1)
            self.registry.bury(person)

    # What staff decide.

    def configure(self, choice: int) -> None:
        self.pin_sync = bool(choice % 4)
        self.policy = POLICIES[choice // 4 % 3]
        self.limits = (NO_LIMITS, NO_LIMITS, NOTHING_PASSES)[choice // 12 % 3]
        self._configure()
        self.tell("configure", "pins", self.pin_sync, self.policy,
                  "tight" if self.limits is NOTHING_PASSES else "wide")  # fmt: skip

    def decide(self, which: int, *, approves: bool) -> None:
        """Approve or reject one of the held sets, and carry it out."""
        sets = list_held(self.world.ledger)
        if not sets:
            return
        held = sets[which % len(sets)]
        self.tell("approve" if approves else "reject", held.kind, held.changes)
        words = {"decided_by": "kari", "reason": "as discussed"}
        with suppress(SyncError):  # a decision may be refused
            if not approves:
                reject_held(self.world.ledger, held.held_set_id, **words)
                return
            approve_held(self.world.ledger, held.held_set_id, digest=held.digest, four_eyes=False,
                         **words)  # fmt: skip
            self._apply(held.held_set_id)

    # What the night does.

    def run(
        self, flow: str, *, kill_at: int = 0, withdraw_at: int = 0, lost: int = 0, away: int = 0
    ) -> None:
        """Run a flow in trouble or in peace, and look at what it may have done wrong."""
        self.registry.trouble = Trouble(kill_at, withdraw_at, partial(self._withdraw, withdraw_at))
        self.registry.lost_answers = lost
        self.registry.away_libraries = {BOTH[away % 2]} if away else set()
        before, marks = self._strangers(), self._marks()
        calls, patrons = len(self.registry.calls), self._patron_ids()
        tallies: dict[str, Any] = {}
        try:
            tallies = self.world.run(flow)
        except KilledError:
            self._reconnect()
        self.tell(flow, "kill", kill_at, "lost", lost, "away", away,
                  {one: (tally.failure_code, tally.failures, tally.writes)
                   for one, tally in tallies.items()})  # fmt: skip
        self.registry.trouble = Trouble()
        self.registry.lost_answers, self.registry.away_libraries = 0, set()
        after = self._strangers()
        assert {key: after[key] for key in before if key in after} == {
            key: rows for key, rows in before.items() if key in after
        }, "written without consent (I1)"
        assert self._patron_ids() == patrons, "a run deletes nobody (I5)"
        self._check_marks(marks)
        self._check_outbox(flow, tallies)
        if self.limits is NOTHING_PASSES:
            made = [call for call in self.registry.calls[calls:]
                    if call.operation == "remove_relation"]  # fmt: skip
            assert not made, "a limit of nothing lets no removal through (I12)"

    def repeat(self) -> None:
        """Repeat the last run under its id: nothing changes (I3)."""
        number, flow = self.world.runs, self._last_flow()
        if flow is None:
            return
        before, writes = self.world.state(), len(self._writes())
        self.world.run(flow, number=number)
        assert self.world.state() == before, "a repeated run changes something (I3)"
        assert len(self._writes()) == writes
        self.tell("repeat", flow)

    def settle(self) -> None:
        """Decide what waits, leave everything alone, and see both sides agree and be quiet."""
        self.pin_sync, self.policy, self.limits = True, "sender_wins", NO_LIMITS
        self._configure()
        for held in list_held(self.world.ledger):
            reject_held(self.world.ledger, held.held_set_id, decided_by="kari", reason="settled")
        retry_outbox(self.world.ledger, OutboxChoice(), actor="kari")
        self.tell("settle")
        for is_full in (True, False):
            for flow in ("push", "pull"):
                self.world.run(flow, is_full=is_full)
        writes = len(self._writes())
        for flow in ("push", "pull"):
            tallies = self.world.run(flow)
            self.tell(flow, "quiet", {one: (tally.writes, tally.failures)
                                      for one, tally in tallies.items()})  # fmt: skip
            assert sum(tally.writes for tally in tallies.values()) == 0, "not quiet (I2, I4)"
        assert len(self._writes()) - writes <= self._waiting(), "calls that write (I2)"
        off = self.disagreements()
        assert off == [], f"both sides do not agree (I4): {off}"
        self.check()

    def check(self) -> None:
        """What must be true whatever happened."""
        cards = [one.card for one in self.registry.people if one.card]
        assert len(cards) == len(set(cards))
        account = verify_audit(self.world.ledger, _VERIFIER, _NO_HEADS)
        assert account.broken is None, account.broken

    def disagreements(self) -> list[tuple[Any, ...]]:
        """Patrons with consent whose card or PIN is not the registry's, and nobody waits for it."""
        waiting = {row[0] for row in self._ask("select patron_id from patron_sync.pending")}
        consenting = {row[0] for row in self._ask(
            "select patron_id from cicero.consent where withdrawn_at is null")}  # fmt: skip
        records = {one.national_id: one for one in self.registry.people if one.national_id}
        found = []
        for patron_id, (_, index) in self.patrons.items():
            record = records.get(a_patron(index).national_id or "")
            if patron_id in waiting or patron_id not in consenting or record is None:
                continue
            card, pin = self.world.cicero.card(patron_id), self.world.cicero.pin(patron_id)
            theirs = SECRETS.cipher.decrypt(record.pin) if record.pin else None
            digits = theirs.digits if theirs else DEFAULT_PIN
            if (card and card != record.card) or (pin and pin[0] != digits):
                found.append((patron_id, card, record.card, pin, digits))
        return found

    def _flip(self, patron_id: int) -> None:
        has = self._ask("select from cicero.consent where patron_id = %s and withdrawn_at is null",
                        patron_id)  # fmt: skip
        (self.world.cicero.withdraw if has else self.world.cicero.consent)(patron_id)
        self.tell("withdraw" if has else "consent", patron_id)

    def _withdraw(self, who: int) -> None:
        patron_id = self._patron(who)
        if patron_id is not None:
            self.world.cicero.withdraw(patron_id)
            self.tell("withdraw_meanwhile", patron_id)

    def _apply(self, set_id: UUID) -> None:
        apply_held_changes(self.world.ledger, self.registry.connect, SECRETS, held_set_id=set_id,
                           concurrency=1)  # fmt: skip

    def _configure(self) -> None:
        block = {
            "synchronise": {"card_number": True, "pin": self.pin_sync},
            "conflicts": {"card_number": self.policy, "pin": self.policy},
        }
        self.world.config = a_config(
            self.limits, **{f"_{code}": a_library_config(code, **block) for code in BOTH}
        )

    def _reconnect(self) -> None:
        """A process that was killed has lost its connection."""
        self.world.ledger.close()
        self.world.ledger = watched_ledger(self.url, self)

    def _strangers(self) -> dict[int, Any]:
        """Cards and PINs of those who do not consent."""
        return {row[0]: row for row in self._ask(
            "select patron_id, (select array_agg((card_number, status)::text order by card_id)"
            "  from cicero.card where card.patron_id = patron.patron_id),"
            " (select pin_fingerprint from cicero.pin where pin.patron_id = patron.patron_id)"
            " from cicero.patron where not exists (select from cicero.consent"
            "  where consent.patron_id = patron.patron_id and withdrawn_at is null)")}  # fmt: skip

    def _marks(self) -> dict[Any, Any]:
        return {row[:2]: row[2:] for row in self._ask(
            "select flow, library, registry_time, cicero_xid::text::bigint"
            " from patron_sync.watermark")}  # fmt: skip

    def _check_marks(self, before: dict[Any, Any]) -> None:
        after = self._marks()
        for key, (time, xid) in before.items():
            assert time is None or after[key][0] >= time, "a watermark moved back (I7)"
            assert xid is None or after[key][1] >= xid, "a watermark moved back (I7)"

    def _check_outbox(self, flow: str, tallies: dict[str, Any]) -> None:
        for library, tally in tallies.items():
            if tally.failure_code is None and tally.failed:
                waiting = self._ask(
                    "select from patron_sync.pending where flow = %s and library = %s"
                    " union all select from cicero.deleted_patron"
                    " where library = %s and settled_at is null",
                    flow, library, library,
                )  # fmt: skip
                assert waiting, f"a failed record is forgotten (I8): {tally.failures}"

    def _waiting(self) -> int:
        return len(self._ask("select from patron_sync.pending where flow = 'push'"))

    def _writes(self) -> list[Any]:
        return [call for call in self.registry.calls if call.operation in WRITES]

    def _last_flow(self) -> str | None:
        rows = self._ask(
            "select flow from patron_sync.run where state = 'succeeded' and run_id ="
            " (select run_id from patron_sync.run order by started_at desc limit 1)"
        )
        return rows[0][0] if rows else None

    def _patron_ids(self) -> set[int]:
        return {row[0] for row in self._ask("select patron_id from cicero.patron")}

    def _patron(self, who: int) -> int | None:
        ids = sorted(self.patrons)
        return ids[who % len(ids)] if ids else None

    def _person(self, who: int) -> Person | None:
        people = [one for one in self.registry.people if one.national_id]
        return people[who % len(people)] if people else None

    def _new_card(self, library: str) -> str:
        self._card += 1
        return a_card_number(self._card, library)

    def _ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.world.cicero.db.execute(statement, values or None).fetchall()


def watched_ledger(url: str, life: Life) -> Ledger:
    """A ledger each of whose outermost commits may be the last."""

    class Watched(Ledger):
        @contextmanager
        def transaction(self) -> Iterator[None]:
            with super().transaction():
                yield
                life.registry.trouble.meet()
            life.registry.trouble.meet()

    return Watched.connect(url)


@contextmanager
def a_life(url: str) -> Iterator[Life]:
    """A life on an empty database; calls are made one at a time, so that it can be lived again."""
    with psycopg.connect(url, autocommit=True) as connection, pytest.MonkeyPatch.context() as patch:
        for step in ("look_up_persons", "apply_to_registry"):
            patch.setattr(flows, step, partial(getattr(flows, step), concurrency=1))
        cicero = Cicero(connection)
        world = World(Ledger.connect(url), cicero, WatchedRegistry(cicero))
        life = Life(world, url)
        life._configure()
        world.ledger.close()
        world.ledger = watched_ledger(url, life)
        try:
            yield life
        finally:
            world.ledger.close()
