"""Snapshots of a small world, from which a flow is started again and again to die in it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from registry_operators.domain.guards import GuardKind
from registry_operators.domain.registry_time import registry_now
from registry_operators.ledger.audit_signature import AuditKey, AuditVerifier
from registry_operators.ledger.database import Ledger
from registry_operators.paths import PROJECT_DIR
from registry_operators.steps.decide_held_changes import approve_held, list_held
from registry_operators.steps.verify_audit import verify_audit
from stand_ins.cicero import seed_cicero
from stand_ins.people import national_card_number
from stand_ins.registry.process import running_registry
from tests.db.flow_world import World
from tests.factories import KEYS, LIBRARY, NO_LIMITS, OTHER_LIBRARY, Cicero, a_config, a_patron
from tests.faults.fault_world import BOTH, LiveRegistry

Point = tuple[str, int]

NOTHING_PASSES = {
    "limits": {kind: {"percent": 0, "at_least": 0} for kind in GuardKind},
    "approval": {"four_eyes": False},
}
RUN, ANOTHER_RUN = 700, 701
SIDE_BY_SIDE = 2
_PEOPLE, _PATRONS, _PAGE_SIZE = 16, 10, 3
_KEPT = ("patrons", "cards", "pins", "base", "pending", "taken", "sequence")
_KILLED = -9
_LET_GO_S = 10.0


@dataclass(frozen=True, slots=True)
class Scene:
    """
    What a flow starts from.

    :param flow: ``push``, ``pull``, or ``held`` for an approved set, whose id is ``set_id``.
    :param database: A database to clone; nobody is connected to it.
    :param state: The registry's state file, to copy.
    """

    flow: str
    database: str
    state: Path
    guards: dict[str, Any] = field(default_factory=lambda: NO_LIMITS)
    set_id: str | None = None


@dataclass(slots=True)
class Theatre:
    """Makes scenes, and plays them: undisturbed, or with a death at one point."""

    server: str
    template: str
    folder: Path
    children: Queue[subprocess.Popen[str]]
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def scenes(self) -> dict[str, Scene]:
        """Make the scene of each flow out of the one before."""
        before_push = self._make("push", self._seeded(), _begin)
        before_pull = self._make("pull", before_push, lambda world: world.push())
        return {
            "push": before_push,
            "pull": before_pull,
            "held removal": self._held(before_push, "push", "relation_removals"),
            "held cards": self._held(before_pull, "pull", "card_overwrites"),
        }

    def undisturbed(self, scene: Scene) -> tuple[list[Point], dict[str, Any]]:
        """Play a scene to its end; return the points that it met, and the outcome."""
        points = self.folder / "points.json"
        with self._stage(scene) as stage:
            stage.play(RUN, points=points)
            return [(name, number) for name, number in json.loads(points.read_text())], (
                stage.outcome()
            )

    def differences(
        self, scene: Scene, points: Sequence[Point], expected: dict[str, Any], *, then: int
    ) -> dict[Point, dict[str, Any]]:
        """Die at each point; return where the outcome was another one, and in what."""
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            outcomes = pool.map(lambda point: self.with_a_death(scene, point, then=then), points)
            found = {point: _differing(outcome, expected)
                     for point, outcome in zip(points, outcomes, strict=True)}  # fmt: skip
        return {point: parts for point, parts in found.items() if parts}

    def with_a_death(self, scene: Scene, point: Point, *, then: int) -> dict[str, Any]:
        """Die at a point, start again under the same or another run id, and return the outcome."""
        with self._stage(scene) as stage:
            stage.play(RUN, die_at=point)
            stage.wait_until_nothing_is_locked()
            stage.play(then)
            return stage.outcome()

    @contextmanager
    def _stage(self, scene: Scene) -> Iterator[Stage]:
        number = next(self._numbers)
        state = self.folder / f"state-{number}"
        shutil.copy(scene.state, state)
        with (
            self._database(f"crash_{number}", scene.database) as url,
            running_registry(patrons=_PEOPLE, libraries=BOTH, state=state) as process,
        ):
            yield Stage(self, scene, url, LiveRegistry(process, page_size=_PAGE_SIZE))
            os.kill(process.pid, signal.SIGKILL)  # a polite end takes longer than the flow
        state.unlink()

    @contextmanager
    def _database(self, name: str, template: str) -> Iterator[str]:
        with psycopg.connect(self.server, autocommit=True) as server:
            names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
            server.execute(sql.SQL("create database {name} template {template}").format(**names))
            yield make_conninfo(self.server, dbname=name)
            server.execute(sql.SQL("drop database {name} with (force)").format(**names))

    def _make(self, flow: str, before: Scene, play: Any, **scene: Any) -> Scene:
        """Go on from a scene, and keep what comes out as another."""
        name = f"crash_scene_{next(self._numbers)}"
        state = self.folder / name
        if before.state.exists():
            shutil.copy(before.state, state)
        with psycopg.connect(self.server, autocommit=True) as server:
            server.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(before.database)
                )
            )
        url = make_conninfo(self.server, dbname=name)
        with (
            psycopg.connect(url, autocommit=True) as connection,
            Ledger.connect(url) as ledger,
            running_registry(patrons=_PEOPLE, libraries=BOTH, state=state) as process,
        ):
            live: Any = LiveRegistry(process, page_size=_PAGE_SIZE)
            config = a_config(scene.get("guards", NO_LIMITS))
            world = World(ledger, Cicero(connection), live, config, clock=registry_now)
            world.runs = next(self._numbers) * 1000
            set_id = play(world)
        if isinstance(set_id, str):
            scene["set_id"] = set_id
        return Scene(flow, name, state, **scene)

    def _seeded(self) -> Scene:
        return Scene("", self.template, self.folder / "none")

    def _held(self, before: Scene, flow: str, kind: str) -> Scene:
        def hold(world: World) -> str:
            world.run(flow)
            (held,) = (one for one in list_held(world.ledger)
                       if (one.kind, one.library) == (kind, LIBRARY))  # fmt: skip
            approve_held(world.ledger, held.held_set_id, digest=held.digest, decided_by="kari",
                         reason="as announced", four_eyes=False)  # fmt: skip
            return str(held.held_set_id)

        return self._make("held", before, hold, guards=NOTHING_PASSES)


@dataclass(slots=True)
class Stage:
    """One performance: a database and a registry of its own."""

    theatre: Theatre
    scene: Scene
    url: str
    live: LiveRegistry

    def play(self, run: int, *, die_at: Point | None = None, points: Path | None = None) -> None:
        """Run the flow in a process of its own; it must end as expected."""
        job = {
            "database": self.url, "registry": self.live.process.url, "page_size": _PAGE_SIZE,
            "flow": self.scene.flow, "guards": self.scene.guards, "set_id": self.scene.set_id,
            "run": run, "die_at": die_at, "points": str(points or self.theatre.folder / "ignored"),
        }  # fmt: skip
        child = self.theatre.children.get()
        try:
            assert child.stdin
            assert child.stdout
            child.stdin.write(json.dumps(job) + "\n")
            child.stdin.flush()
            code = int(child.stdout.readline())
        finally:
            self.theatre.children.put(child)
        assert code == (_KILLED if die_at else 0), f"the child ended with {code}"

    def wait_until_nothing_is_locked(self) -> None:
        """PostgreSQL notices by itself that a client is dead; nobody cleans up."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            deadline = time.monotonic() + _LET_GO_S
            while others := connection.execute(
                "select pid, state from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            ).fetchall():
                assert time.monotonic() < deadline, f"still connected: {others}"
                time.sleep(0.005)
            locks = connection.execute(
                "select locktype, objid from pg_locks where pid <> pg_backend_pid()"
                " and database = (select oid from pg_database where datname = current_database())"
            ).fetchall()
            assert locks == []

    def outcome(self) -> dict[str, Any]:
        """All that must be the same however often the process died."""
        with (
            psycopg.connect(self.url, autocommit=True) as connection,
            Ledger.connect(self.url) as ledger,
        ):
            live: Any = self.live
            world = World(ledger, Cicero(connection), live)
            account = verify_audit(ledger, _VERIFIER, self.theatre.folder)
            assert account.broken is None, account.broken
            numbers = connection.execute(
                "select card_number from cicero.card union all"
                " select card_number from patron_sync.taken_card_number as taken where not exists ("
                "select from cicero.card where card.card_number = taken.card_number"
                " and card.patron_id = taken.patron_id)"
            ).fetchall()
            assert len(numbers) == len(set(numbers)), "a number was handed out twice"
            people = self.live.people()
            cards = [card for card, *_ in people]
            assert len(cards) == len(set(cards))
            return {
                "registry": people,
                "writes": self.live.process.admin.summary()["tally"]["writes"],
                "watermarks": connection.execute(
                    "select flow, library from patron_sync.watermark order by 1, 2"
                ).fetchall(),
                "unread": self._unread(connection),
                "held": connection.execute(
                    "select library, kind, state, changes from patron_sync.held_set order by 1, 2"
                ).fetchall(),
                "deleted": connection.execute(
                    "select patron_id, national_id, settled_at is null"
                    " from cicero.deleted_patron order by 1"
                ).fetchall(),
                **world.state(*_KEPT),
            }

    @staticmethod
    def _unread(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
        """The patrons who changed since the push's mark."""
        return connection.execute(
            "select distinct patron.patron_id from cicero.change"
            " join cicero.patron using (patron_id)"
            " left join patron_sync.watermark as mark"
            "   on mark.flow = 'push' and mark.library = patron.library"
            " where mark.cicero_xid is null or change.xid >= mark.cicero_xid order by 1"
        ).fetchall()


_VERIFIER = AuditVerifier([AuditKey(bytes(32)).public_key])


@contextmanager
def a_theatre(server: str, template: str, folder: Path) -> Iterator[Theatre]:
    """Start the programs that fork children, for as long as a block lasts."""
    children: Queue[subprocess.Popen[str]] = Queue()
    with ExitStack() as stack:
        for _ in range(SIDE_BY_SIDE):
            children.put(stack.enter_context(a_child()))
        yield Theatre(server, template, folder, children)


@contextmanager
def a_child(module: str = "tests.faults.crash_child") -> Iterator[subprocess.Popen[str]]:
    """Start a program that forks children for jobs, and end it with the block."""
    child = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=PROJECT_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield child
    finally:
        child.communicate()


def _differing(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The parts that are not as expected: what is there too much, and what is missing."""
    return {
        part: ([one for one in _rows(found[part]) if one not in _rows(expected[part])],
               [one for one in _rows(expected[part]) if one not in _rows(found[part])])
        for part in expected
        if found[part] != expected[part]
    }  # fmt: skip


def _rows(part: Any) -> list[Any]:
    return list(part.items()) if isinstance(part, dict) else list(part)


def _begin(world: World) -> None:
    """An agreement of both sides, and then a day in which each change concerns another person."""
    cicero, live = world.cicero, world.registry
    seed_cicero(cicero.db, KEYS, patrons=_PATRONS, known_to_registry=_PEOPLE, libraries=BOTH,
                all_in_order=True)  # fmt: skip
    world.push()
    world.pull()
    cicero.add(a_patron(40, card=None, pin=None))
    cicero.add(a_patron(42, card="N104000042", pin="2468"))
    cicero.add(a_patron(11, card=national_card_number(11, BOTH), pin=None))
    cicero.add(a_patron(12, card=None, pin=None))
    cicero.add(a_patron(41, library=OTHER_LIBRARY, card=None, pin="1357"))
    cicero.add(a_patron(44, card="N104000044", consent=False))
    cicero.set_pin(1, "1300")
    cicero.change_card(3, "N104000003")
    cicero.delete(5)
    cicero.withdraw(7)
    cicero.set_pin(2, "1302")
    live.pass_time(hours=5)
    _change_registry(live)


def _change_registry(live: Any) -> None:
    admin = live.process.admin
    admin.patch({}, lnr=national_card_number(8, BOTH), pin="5708")
    admin.patch({"lnr": "N104000008"}, lnr=national_card_number(8, BOTH))
    admin.patch({"lnr": "N114000009"}, lnr=national_card_number(9, BOTH))
    admin.patch({}, lnr=national_card_number(3, BOTH), pin="5703")
    admin.patch({}, lnr=national_card_number(6, BOTH), pin="5706")
    admin.delete(lnr=national_card_number(14, BOTH))
