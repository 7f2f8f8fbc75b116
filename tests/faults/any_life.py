"""
A life of two libraries in which anything may happen next, and what must be true after all of it.

Every action takes small numbers, out of which it chooses whom and what it concerns; so the same
numbers make the same life again, whoever draws them: Hypothesis, or a seeded generator for a year.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from registry_operators.domain.keys import fingerprint, pin_fingerprint
from registry_operators.domain.pin import Pin
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
    KEYS,
    LIBRARY,
    NO_LIMITS,
    OTHER_LIBRARY,
    SECRETS,
    Cicero,
    a_card_number,
    a_config,
    a_library_config,
    a_national_id,
    a_patron,
    a_person_key,
    a_run_id,
)
from tests.faults.crash_world import NOTHING_PASSES
from tests.faults.life_erasure import WAYS, erase_somebody
from tests.faults.life_registry import KilledError, Trouble, WatchedRegistry
from tests.faults.life_undo import Key, check_apart, differing, pin_mark, undo_and_look, values_of
from tests.unit.steps.fake_registry import WRITES, Person

BOTH = (LIBRARY, OTHER_LIBRARY)
POLICIES = ("sender_wins", "newest_wins", "hold")
_FOREIGN, _NEW_CARDS = 5_000, 10_000  # where the indexes of other people and other cards begin
_VERIFIER = AuditVerifier([AuditKey(bytes(32)).public_key])
_NO_HEADS = Path("/nonexistent")


@dataclass(slots=True)
class Life:
    """
    The world, who lives in it, and what was seen so far.

    :param patrons: Patron id to library and index of the person; as ``deleted``.
    :param people: National id to index of the person; ``index_of_key`` from the person key.
    :param marks_of: Card numbers and fingerprints by which a person could be found.
    :param wrote: What each run wrote, as it was seen: old and new value.
    :param reversed: Whose card or PIN an undo has put back; ``apart`` with the values of both sides
        since then.
    """

    world: World
    url: str
    patrons: dict[int, tuple[str, int]] = field(default_factory=dict)
    deleted: dict[int, tuple[str, int]] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    index_of_key: dict[bytes, int] = field(default_factory=dict)
    marks_of: dict[int, set[str]] = field(default_factory=dict)
    wrote: dict[UUID, dict[Key, tuple[Any, Any]]] = field(default_factory=dict)
    reversed: set[tuple[int, str]] = field(default_factory=set)
    apart: dict[tuple[int, str], tuple[Any, Any]] = field(default_factory=dict)
    undone: int = 0
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
        self.people[a_national_id(index)] = index
        self.index_of_key[a_person_key(index)] = index
        self.marks_of[index] = {
            pin_fingerprint(a_person_key(index), Pin(DEFAULT_PIN), KEYS).hex(),
            fingerprint(a_person_key(index), "relation", "related", KEYS).hex(),
        }
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
            self.learn()
            self.world.cicero.delete(patron_id)
            self.deleted[patron_id] = self.patrons.pop(patron_id)
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
            with self._watching(held.run_id):
                self._apply(held.held_set_id)

    def erase(self, who: int, way: int) -> None:
        """Erase somebody who is here or gone; often somebody for whom a number is reserved."""
        ids = sorted(self.patrons | self.deleted)
        if who % 2:
            taken = self.ask("select patron_id from patron_sync.taken_card_number order by 1")
            ids = [row[0] for row in taken] or ids
        if ids:
            erase_somebody(self, ids[who % len(ids)], WAYS[way % len(WAYS)])

    def undo(self, which: int, *, meddle: int = 0, **trouble: int) -> None:
        """
        Undo one of the last runs that wrote something.

        :param meddle: Which of its values somebody changes before that; 0 for none.
        """
        runs = self.ask(
            "select run_id from patron_sync.run where exists (select from patron_sync.plan"
            "  where plan.run_id = run.run_id and plan.state = 'confirmed')"
            " order by started_at desc limit 6"
        )
        if runs:
            run_id = runs[which % len(runs)][0]
            if meddle:
                self._meddle(run_id, meddle)
            undo_and_look(self, run_id, **trouble)

    # What the night does.

    def run(
        self, flow: str, *, kill_at: int = 0, withdraw_at: int = 0, lost: int = 0, away: int = 0
    ) -> None:
        """Run a flow in trouble or in peace, and look at what it may have done wrong."""
        before, marks = self.strangers(), self._marks()
        calls, patrons = len(self.registry.calls), self._patron_ids()
        tallies: dict[str, Any] = {}
        with self.in_trouble(kill_at=kill_at, withdraw_at=withdraw_at, lost=lost, away=away):
            tallies = self._run(flow)
        self.tell(flow, "kill", kill_at, "lost", lost, "away", away,
                  {one: (tally.failure_code, tally.failures, tally.writes)
                   for one, tally in tallies.items()})  # fmt: skip
        self.check_strangers(before)
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
                self._run(flow, is_full=is_full)
        writes = len(self._writes())
        for flow in ("push", "pull"):
            tallies = self._run(flow)
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
        stale = self.ask("select held_set_id from patron_sync.held_set where state = 'open'"
                         " and digest <> patron_sync.held_digest(held_set_id)")  # fmt: skip
        assert stale == [], "a held set can never be approved"

    def disagreements(self) -> list[tuple[Any, ...]]:
        """Patrons with consent whose card or PIN is not the registry's, and nobody waits for it."""
        waiting = {row[0] for row in self.ask("select patron_id from patron_sync.pending")}
        consenting, parted = self.consenting(), self._parted()
        records = {one.national_id: one for one in self.registry.people if one.national_id}
        found = []
        for patron_id, (_, index) in self.patrons.items():
            record = records.get(a_national_id(index))
            if patron_id in waiting or patron_id not in consenting or record is None:
                continue
            card, pin = self.world.cicero.card(patron_id), self.world.cicero.pin(patron_id)
            theirs = SECRETS.cipher.decrypt(record.pin) if record.pin else None
            digits = theirs.digits if theirs else DEFAULT_PIN
            is_off = {"card": card and card != record.card, "pin": pin and pin[0] != digits}
            off = {name for name, is_so in is_off.items() if is_so}
            if {(index, name) for name in off} - parted:
                found.append((patron_id, card, record.card, pin, digits))
        return found

    def _parted(self) -> set[tuple[int, str]]:
        """Whose card or PIN an undo has put back, and neither side has changed since."""
        values = values_of(self)
        found = set()
        for key, name, theirs, ours in self.ask(
            "select person_key, field, registry_fingerprint, cicero_fingerprint"
            " from patron_sync.difference where not exists (select from patron_sync.base"
            "  where (base.library, base.person_key, base.field) = "
            "   (difference.library, difference.person_key, difference.field))"
        ):
            index = self.index_of_key[key]
            sides = [values.get((side, index, name)) for side in ("cicero", "registry")]
            marks = [self._mark(index, name, value) for value in sides]
            if marks == [ours, theirs]:
                found.add((index, name))
        assert found <= self.reversed, "sides differ on purpose where nothing was undone"
        return found

    def _mark(self, index: int, name: str, value: Any) -> Any:
        if name == "card" and value:
            return fingerprint(a_person_key(index), "card", value, KEYS)
        return value[0] if isinstance(value, tuple) else value

    def learn(self) -> None:
        """Note by which card numbers and PINs people can be found now."""
        for patron_id, *marks in self.ask(
            "select patron_id, card_number, null::bytea from cicero.card union all"
            " select patron_id, card_number, null from patron_sync.taken_card_number union all"
            " select patron_id, null, pin_fingerprint from cicero.pin"
        ):
            self._note(self.index_of(patron_id), *marks)
        for one in self.registry.people:
            if one.national_id:
                index = self.people[one.national_id]
                self._note(index, one.card, pin_mark(index, one.pin))

    def index_of(self, patron_id: int) -> int:
        """The person whom a patron is, who may be gone."""
        return (self.patrons.get(patron_id) or self.deleted[patron_id])[1]

    def consenting(self) -> set[int]:
        """Patrons who consent."""
        return {row[0] for row in self.ask(
            "select patron_id from cicero.consent where withdrawn_at is null")}  # fmt: skip

    def check_strangers(self, before: dict[int, Any]) -> None:
        """Of those who did not consent before, and do not now, nothing was written."""
        after = self.strangers()
        assert {key: after[key] for key in before if key in after} == {
            key: rows for key, rows in before.items() if key in after
        }, "written without consent (I1)"

    @contextmanager
    def in_trouble(
        self, kill_at: int = 0, withdraw_at: int = 0, lost: int = 0, away: int = 0
    ) -> Iterator[None]:
        """Disturb what happens in a block, which a kill ends."""
        self.registry.trouble = Trouble(kill_at, withdraw_at, partial(self._withdraw, withdraw_at))
        self.registry.lost_answers = lost
        self.registry.away_libraries = {BOTH[away % 2]} if away else set()
        try:
            yield
        except KilledError:
            self._reconnect()
        finally:
            self.registry.trouble = Trouble()
            self.registry.lost_answers, self.registry.away_libraries = 0, set()

    def _meddle(self, run_id: UUID, choice: int) -> None:
        keys = sorted(key for key in self.wrote.get(run_id, {}) if key[2] != "relation")
        if not keys:
            return
        target, index, name = keys[choice % len(keys)]
        card = self._new_card(LIBRARY) if name == "card" else None
        digits = None if card else f"{1000 + choice % 9000}"
        self.tell("meddle", target, index, card, digits)
        if target == "registry":
            for person in self.registry.people:
                if person.national_id == a_national_id(index):
                    self.registry.pass_time(minutes=1)
                    self.registry.change(person, card=card, pin=digits)
        for patron_id in [one for one, (_, index_of) in self.patrons.items() if index_of == index]:
            if target == "cicero" and card:
                self.world.cicero.change_card(patron_id, card)
            elif target == "cicero" and digits:
                self.world.cicero.set_pin(patron_id, digits)

    def _run(self, flow: str, **request: Any) -> dict[str, Any]:
        before = values_of(self)
        with self._watching(a_run_id(self.world.runs + 1)):
            tallies = self.world.run(flow, **request)
        check_apart(self, before)
        return tallies

    @contextmanager
    def _watching(self, run_id: UUID) -> Iterator[None]:
        """See what is written for a run, also where it dies."""
        before = values_of(self)
        try:
            yield
        finally:
            self.wrote.setdefault(run_id, {}).update(differing(before, values_of(self)))
            self.learn()

    def _note(self, index: int, card: str | None, pin: bytes | None) -> None:
        marks, key = self.marks_of.setdefault(index, set()), a_person_key(index)
        if card and card not in marks:
            marks |= {card, fingerprint(key, "card", card, KEYS).hex()}
        if pin:
            marks.add(pin.hex())

    def _flip(self, patron_id: int) -> None:
        has = self.ask("select from cicero.consent where patron_id = %s and withdrawn_at is null",
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

    def strangers(self) -> dict[int, Any]:
        """Cards and PINs of those who do not consent."""
        return {row[0]: row for row in self.ask(
            "select patron_id, (select array_agg((card_number, status)::text order by card_id)"
            "  from cicero.card where card.patron_id = patron.patron_id),"
            " (select pin_fingerprint from cicero.pin where pin.patron_id = patron.patron_id)"
            " from cicero.patron where not exists (select from cicero.consent"
            "  where consent.patron_id = patron.patron_id and withdrawn_at is null)")}  # fmt: skip

    def _marks(self) -> dict[Any, Any]:
        return {row[:2]: row[2:] for row in self.ask(
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
                waiting = self.ask(
                    "select from patron_sync.pending where flow = %s and library = %s"
                    " union all select from cicero.deleted_patron"
                    " where library = %s and settled_at is null",
                    flow, library, library,
                )  # fmt: skip
                assert waiting, f"a failed record is forgotten (I8): {tally.failures}"

    def _waiting(self) -> int:
        return len(self.ask("select from patron_sync.pending where flow = 'push'"))

    def _writes(self) -> list[Any]:
        return [call for call in self.registry.calls if call.operation in WRITES]

    def _last_flow(self) -> str | None:
        """The flow of the last run, unless it died, perhaps before the ledger knew of it."""
        rows = self.ask(
            "select flow from patron_sync.run where state = 'succeeded' and run_id = %s",
            a_run_id(self.world.runs),
        )
        return rows[0][0] if rows else None

    def _patron_ids(self) -> set[int]:
        return {row[0] for row in self.ask("select patron_id from cicero.patron")}

    def _patron(self, who: int) -> int | None:
        ids = sorted(self.patrons)
        return ids[who % len(ids)] if ids else None

    def _person(self, who: int) -> Person | None:
        people = [one for one in self.registry.people if one.national_id]
        return people[who % len(people)] if people else None

    def _new_card(self, library: str) -> str:
        self._card += 1
        return a_card_number(self._card, library)

    def ask(self, statement: str | sql.Composed, *values: Any) -> list[tuple[Any, ...]]:
        one = values[0] if len(values) == 1 and isinstance(values[0], dict) else values or None
        return self.world.cicero.db.execute(statement, one).fetchall()


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
