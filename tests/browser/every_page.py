"""All pages that show something, with who sees them; each generic test runs over all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.browser.history import DRAFT, SYNC
from tests.browser.person import Person
from tests.browser.stage import Stage

PARTS = {"/syncs/{name}/preview"}
"""Asked for by htmx only: what is put into a page."""
_PATRON = 391  # at Fjordby, in perfect order


@dataclass(frozen=True, slots=True)
class Shown:
    """
    One page.

    :param route: As the router has it; every page that is asked for by GET must be in the list.
    :param role: Who looks.
    :param path: Its address on a stage, without a slash at its start; the route's own if left out.
    :param picture: Name of its picture in ``docs/pages``, if it has one.
    :param first: What somebody does before they can go there.
    """

    route: str
    role: str = "viewer"
    path: Callable[[Stage], str] | None = None
    picture: str | None = None
    first: Callable[[Person], None] = lambda _: None

    def address(self, stage: Stage) -> str:
        return self.route.removeprefix("/") if self.path is None else self.path(stage)

    def __str__(self) -> str:
        return f"{self.route} {self.role}"


def stand_at_fjordby(one: Person) -> None:
    one.open("desk")
    one.choose("Library", value="2030000")
    one.press("Stand at this desk")
    one.reads("Find a patron")


def last_pull(stage: Stage) -> str:
    """The id of the last pull of the history."""
    return _one(
        stage,
        "select run_id from patron_sync.run where flow = 'pull'"
        " and started_at < now() - interval '12 hours' order by started_at desc limit 1",
    )


def held_set(stage: Stage) -> str:
    """The id of a set that the pull of Airflow's scheduler holds."""
    stage.first_run("registry_to_cicero")
    return _one(
        stage,
        "select held_set_id from patron_sync.held_set"
        " order by state <> 'open', held_set_id limit 1",
    )


def last_sync(stage: Stage) -> str:
    """The id of the run of the data sync of the history."""
    return _one(stage, "select run_id from data_sync.run where name = %s limit 1", SYNC)


def first_profile(stage: Stage) -> str:
    number = _one(stage, "select min(profile_id) from profiles.profile")
    return f"profiles/{number}"


def _one(stage: Stage, statement: str, *values: Any) -> str:
    ((found,),) = stage.query(statement, *values)
    return str(found)


def _of_run(end: str = "") -> Callable[[Stage], str]:
    return lambda stage: f"runs/{last_pull(stage)}{end}"


def _of_sync_run(end: str = "") -> Callable[[Stage], str]:
    return lambda stage: f"syncs/-/runs/{last_sync(stage)}{end}"


def _by_airflow(stage: Stage) -> str:
    run = stage.first_run("registry_to_cicero")["dag_run_id"]
    return f"runs/by-airflow?dag=registry_to_cicero&run={run.replace('+', '%2B')}"


def _desk(end: str = "", picture: str | None = None) -> Shown:
    route = f"/desk/patrons/{{patron_id}}{end}"
    return Shown(route, "librarian", lambda _: f"desk/patrons/{_PATRON}{end}", picture)


def _step(name: str, of: str = DRAFT, role: str = "admin", picture: str | None = None) -> Shown:
    return Shown(f"/syncs/{{name}}/{name}", role, lambda _: f"syncs/{of}/{name}", picture)


PAGES = [
    Shown("/", picture="overview"),
    Shown("/libraries", picture="libraries"),
    Shown("/libraries/{library}", path=lambda _: "libraries/2030000", picture="library"),
    Shown("/runs", picture="runs"),
    Shown("/runs/by-airflow", path=_by_airflow),
    Shown("/runs/{run_id}", "operator", _of_run(), "run"),
    Shown("/runs/{run_id}/records", "operator", _of_run("/records"), "run-records"),
    Shown("/runs/{run_id}/conflicts", path=_of_run("/conflicts")),
    Shown("/runs/{run_id}/undone", path=_of_run("/undone")),
    Shown("/runs/{run_id}/undo", "operator", _of_run("/undo"), "run-undo"),
    Shown("/held", "operator", lambda stage: "held" if held_set(stage) else ""),
    Shown("/held/{set_id}", "operator", lambda stage: f"held/{held_set(stage)}", "held"),
    Shown("/why", "operator"),
    Shown("/desk", "librarian", picture="desk", first=stand_at_fjordby),
    Shown("/desk/new", "librarian", picture="desk-new", first=stand_at_fjordby),
    _desk(picture="desk-patron"),
    *(_desk(f"/{end}") for end in ("consent", "card", "name", "guardian", "pin", "delete")),
    _desk("/nights"),
    Shown("/syncs", "admin", picture="syncs"),
    Shown("/syncs/{name}", "admin", lambda _: f"syncs/{SYNC}", "sync"),
    Shown("/syncs/-/new", "admin", picture="sync-1-basics"),
    _step("basics"),
    _step("filter", picture="sync-2-filter"),
    _step("mapping", picture="sync-3-mapping"),
    _step("review", picture="sync-4-review"),
    _step("schedule", picture="sync-5-schedule"),
    _step("text"),
    _step("delete"),
    _step("execute", SYNC, "operator"),
    _step("cancel", SYNC, "operator"),
    Shown("/syncs/-/runs/{run_id}", "operator", _of_sync_run(), "sync-results"),
    Shown("/syncs/-/runs/{run_id}/records", path=_of_sync_run("/records?outcome=created")),
    Shown("/syncs/-/runs/{run_id}/problems", path=_of_sync_run("/problems")),
    *(
        Shown(f"/syncs/-/runs/{{run_id}}/{deed}", "operator", _of_sync_run(f"/{deed}"))
        for deed in ("approve", "reject", "undo", "resume")
    ),
    Shown("/profiles", picture="profiles"),
    Shown("/profiles/{profile_id}", "admin", first_profile, "profile"),
]  # fmt: skip
