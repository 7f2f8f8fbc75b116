"""
A data sync that is killed at any commit, and started again, ends as an undisturbed one does.

It is a real process, killed with SIGKILL; PostgreSQL and the library system are real and live on.
The short form dies after each commit and before every fourth, and is gone on with; another run
follows at every sixth. With ``CRASH_POINTS=all`` every point is played both ways, and with each
system.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from registry_operators.ledger.database import Ledger
from tests.faults.crash_world import SIDE_BY_SIDE, Point, a_child
from tests.library_life import LibraryLife
from tests.library_systems import SYSTEMS

IS_LONG = os.environ.get("CRASH_POINTS") == "all"
PATRONS = {"koha": 130, "alma": 200, "sierra": 130, "symphony by search": 130}
PLAYED = list(PATRONS) if IS_LONG else ["koha"]
RUN, ANOTHER_RUN = 700, 701
_KILLED = -9


@dataclass(slots=True)
class Scene:
    """A library on the day after its first run, with changes; each performance has a copy."""

    system: str
    api: str
    server: str
    database: str
    folder: Path
    children: Queue[Any]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def undisturbed(self) -> tuple[list[Point], dict[str, Any]]:
        """Play it to its end; return the points that it met, and what it ends in."""
        points = self.folder / "points.json"
        with self.copy() as url:
            self.play(url, RUN, points=points)
            return [(name, number) for name, number in json.loads(points.read_text())], outcome(url)

    def with_a_death(self, point: Point, then: int) -> dict[str, Any]:
        """Die at a point, start again under the same or another run id, and return the end."""
        with self.copy() as url:
            self.play(url, RUN, die_at=point)
            self.play(url, then)
            return outcome(url)

    def play(
        self, url: str, run: int, *, die_at: Point | None = None, points: Path | None = None
    ) -> None:
        """Run the data sync in a process of its own; it must end as expected."""
        job = {"database": url, "system": self.system, "api": self.api, "run": run,
               "die_at": die_at, "points": str(points or self.folder / "ignored")}  # fmt: skip
        child = self.children.get()
        try:
            child.stdin.write(json.dumps(job) + "\n")
            child.stdin.flush()
            code = int(child.stdout.readline())
        finally:
            self.children.put(child)
        assert code == (_KILLED if die_at else 0), f"the child ended with {code}"

    @contextmanager
    def copy(self) -> Iterator[str]:
        """A copy of the database as long as the block lasts."""
        name = f"{self.database}_{next(self.numbers)}"
        with psycopg.connect(self.server, autocommit=True) as server:
            names = {"name": sql.Identifier(name), "scene": sql.Identifier(self.database)}
            server.execute(sql.SQL("create database {name} template {scene}").format(**names))
            yield make_conninfo(self.server, dbname=name)
            server.execute(sql.SQL("drop database {name} with (force)").format(**names))


def outcome(url: str) -> dict[str, Any]:
    """All that must be the same however often the process died; the last run's account, too."""
    with psycopg.connect(url, autocommit=True) as connection:

        def rows(statement: str) -> list[Any]:
            return connection.execute(statement).fetchall()

        return {
            "profiles": rows(
                "select link.record_id, profile.fields from profiles.profile"
                " left join profiles.source_link as link using (profile_id) order by 1"
            ),
            "written": rows(
                "select link.record_id, array(select jsonb_object_keys(field_runs) order by 1)"
                " from profiles.profile join profiles.source_link as link using (profile_id)"
                " order by 1"
            ),
            "account": rows(
                "select account, state, stage from data_sync.run"
                " where state <> 'running' order by started_at desc limit 1"
            ),
            "twice": rows(
                "select run_id, record_id from data_sync.staged group by 1, 2 having count(*) > 1"
            ),
            "locks": rows(
                "select locktype from pg_locks where locktype = 'advisory' and database ="
                " (select oid from pg_database where datname = current_database())"
            ),
        }


@pytest.fixture(scope="module", params=PLAYED)
def scene(request, postgres_url: str, template_database: str, tmp_path_factory) -> Iterator[Scene]:
    system, name = SYSTEMS[request.param], f"sync_scene_{request.param[:6]}"
    with ExitStack() as stack:
        running = stack.enter_context(system.serve(PATRONS[system.name]))
        with psycopg.connect(postgres_url, autocommit=True) as server:
            server.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name), sql.Identifier(template_database)
                )
            )
        url = make_conninfo(postgres_url, dbname=name)
        with psycopg.connect(url, autocommit=True) as db, Ledger.connect(url) as ledger:
            life = LibraryLife(system, running, ledger, db, is_filtered=False)
            life.run(empty_fields="replace")
        running.admin.change(count=30, seed=2)
        running.admin.insert(15)
        children: Queue[Any] = Queue()
        for _ in range(SIDE_BY_SIDE):
            children.put(stack.enter_context(a_child("tests.faults.sync_crash_child")))
        folder = tmp_path_factory.mktemp("sync_crashes")
        yield Scene(system.name, running.api, postgres_url, name, folder, children)


def differing(
    scene: Scene, points: list[Point], then: int, is_right: Callable[[dict[str, Any]], Any]
) -> dict[Point, Any]:
    """The points after which the end is another one, and what is wrong with it."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        ends = pool.map(lambda point: scene.with_a_death(point, then), points)
        found = {point: is_right(end) for point, end in zip(points, ends, strict=True)}
    return {point: wrong for point, wrong in found.items() if wrong}


def test_a_death_at_any_commit_is_healed_by_going_on(scene: Scene) -> None:
    points, expected = scene.undisturbed()
    before = [point for point in points if point[0].startswith("before")]
    some = points if IS_LONG else [one for one in points if one not in before or one in before[::4]]

    assert (expected["twice"], expected["locks"]) == ([], [])
    assert differing(
        scene, some, RUN, lambda end: {part for part in end if end[part] != expected[part]}
    ) == {}  # fmt: skip


def test_a_death_at_any_commit_is_healed_by_the_next_run(scene: Scene) -> None:
    points, expected = scene.undisturbed()
    some = points if IS_LONG else points[2::6]

    def wrong(end: dict[str, Any]) -> set[str]:
        parts = {one for one in ("profiles", "written", "twice", "locks")
                 if end[one] != expected[one]}  # fmt: skip
        ((account, state, stage),) = end["account"]
        is_good = account["adds_up"] and (state, stage) == ("succeeded", "done")
        return parts if is_good else {*parts, "account"}

    assert differing(scene, some, ANOTHER_RUN, wrong) == {}


def test_the_points_are_around_the_commits_of_every_step(scene: Scene) -> None:
    names = {name for name, _ in scene.undisturbed()[0]}

    for step in ("open_sync", "extract_records", "filter_records", "plan_profiles", "guard_plan",
                 "_write_batch", "_done", "report_sync"):  # fmt: skip
        assert {f"before commit of {step}", f"after commit of {step}"} <= names
