"""
Measure how long the server takes for each page at the size of a nation.

``python -m benchmarks.pages`` makes ``BENCH_PATRONS`` (1,000,000) patrons and about 5 million rows
of the ledger by SQL in a server of its own. It asks for each page ``BENCH_REQUESTS`` (60) times,
each time for another patron, run or record where there is one, as a user of Airflow who is logged
in. What is measured is the whole answer of the app, log-in included, without a network. It writes
``.local/bench/pages.json`` and ends with an error when a page's 95th percentile is over 200 ms.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg
import yaml
from rich.console import Console
from rich.table import Table

from tests import airflow_home  # noqa: F401  before anything of Airflow

from airflow.api_fastapi.app import get_auth_manager, init_auth_manager  # isort: skip
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser  # isort: skip
from airflow.utils.db import initdb  # isort: skip

from benchmarks.page_data import count_rows, make_pages_data
from benchmarks.sizes import ROOT
from registry_operators.ledger.schema import migrate
from registry_operators.settings.connections import (
    ConnectionFields,
    connection_from_environment,
)
from registry_operators.settings.embedded_postgres import embedded_postgres
from registry_operators.web.app import make_app
from registry_operators.web.problems import log
from registry_operators.web.room import Room
from tests.web.browser import USERS, Browser, served

LIMIT_MS = 200
PATRONS = int(os.environ.get("BENCH_PATRONS", "1000000"))
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "60"))
_LIBRARY = "2030000"


@dataclass(frozen=True, slots=True)
class Measured:
    """The milliseconds of the answers to one page."""

    name: str
    median_ms: float
    p95_ms: float
    longest_ms: float

    @property
    def is_slow(self) -> bool:
        """Whether the page misses its target."""
        return self.p95_ms > LIMIT_MS


@dataclass(frozen=True, slots=True)
class Asked:
    """
    One page.

    :param path: Its address the so-manieth time.
    :param form: What is posted the so-manieth time; asked for by GET without it.
    """

    name: str
    user: str
    path: Callable[[int], str]
    form: Callable[[int], dict[str, Any]] | None = None


class Nation:
    """Ids that stand in the database, another one each time."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._runs = self._column(
            connection, "select run_id from patron_sync.run order by started_at desc limit 30"
        )
        self._sets = self._column(connection, "select held_set_id from patron_sync.held_set")
        (self.sync_run,) = self._column(connection, "select run_id from data_sync.run")
        self._profiles = self._column(
            connection, "select profile_id from profiles.profile order by random() limit 200"
        )
        self._patrons = self._column(
            connection,
            f"select patron_id from cicero.patron where library = '{_LIBRARY}'"  # noqa: S608
            " order by random() limit 200",
        )

    def run(self, number: int) -> str:
        """Return the id of a run."""
        return str(self._runs[number % len(self._runs)])

    def held(self, number: int) -> str:
        """Return the id of a set of held changes."""
        return str(self._sets[number % len(self._sets)])

    def profile(self, number: int) -> str:
        """Return the number of a profile."""
        return str(self._profiles[number % len(self._profiles)])

    def patron(self, number: int) -> int:
        """Return the number of a patron at the library of the librarian."""
        return int(self._patrons[number % len(self._patrons)])

    def card(self, number: int) -> str:
        """Return the card number of a patron."""
        return f"N{self.patron(number):09d}"

    @staticmethod
    def _column(connection: psycopg.Connection[Any], statement: str) -> list[Any]:
        return [value for (value,) in connection.execute(statement.encode()).fetchall()]


def main() -> None:
    """Measure and print; ends with code 1 when a page is too slow."""
    tell = Console(stderr=True).print
    log.setLevel(logging.WARNING)  # a line for each request is what a server writes, to a file
    with _server(tell) as (url, browsers), psycopg.connect(url) as connection:
        rows = count_rows(url)
        found = []
        for page in _pages(Nation(connection)):
            found.append(_measure(browsers[page.user], page))
            tell(f"{page.name}: {found[-1].p95_ms:.0f} ms")
    _show(found, rows)
    file = ROOT / ".local" / "bench" / "pages.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "patrons": PATRONS, "ledger_rows": rows, "requests": REQUESTS,
        "p95_ms": {one.name: round(one.p95_ms, 1) for one in found},
    }  # fmt: skip
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    if slow := [one.name for one in found if one.is_slow]:
        sys.exit(f"over {LIMIT_MS} ms: {', '.join(slow)}")


def _pages(nation: Nation) -> Iterator[Asked]:
    run, held, patron = nation.run, nation.held, nation.patron
    sync_run = f"syncs/-/runs/{nation.sync_run}"
    yield Asked("overview", "viewer", lambda _: "")
    yield Asked("libraries", "viewer", lambda _: "libraries")
    yield Asked("library", "viewer", lambda _: f"libraries/{_LIBRARY}")
    yield Asked("runs", "viewer", lambda _: "runs")
    yield Asked("run", "operator", lambda n: f"runs/{run(n)}")
    yield Asked("records of a run", "viewer", lambda n: f"runs/{run(n)}/records")
    yield Asked(
        "records by reason", "viewer",
        lambda n: f"runs/{run(n)}/records?outcome=left_out&reason=UNKNOWN_PERSON",
    )  # fmt: skip
    yield Asked(
        "records of a library", "viewer",
        lambda n: f"runs/{run(n)}/records?library={_LIBRARY}&outcome=updated",
    )  # fmt: skip
    yield Asked("conflicts", "viewer", lambda n: f"runs/{run(n)}/conflicts")
    yield Asked("undo of a run", "operator", lambda n: f"runs/{run(n)}/undo")
    yield Asked("held changes", "operator", lambda _: "held")
    yield Asked("one held set", "operator", lambda n: f"held/{held(n)}")
    yield Asked("why: form", "operator", lambda _: "why")
    yield Asked(
        "why: answer", "operator", lambda _: "why",
        lambda n: {"card_number": nation.card(n)} if n % 2 else {"patron_id": str(patron(n))},
    )  # fmt: skip
    yield Asked("desk", "librarian", lambda _: "desk")
    yield Asked(
        "desk: find", "librarian", lambda _: "desk/find",
        lambda n: {"library": _LIBRARY, "by": "card", "text": nation.card(n)},
    )  # fmt: skip
    yield Asked("desk: patron", "librarian", lambda n: f"desk/patrons/{patron(n)}")
    for deed in ("consent", "card", "name", "guardian", "pin", "delete", "nights"):
        yield Asked(
            f"desk: {deed}", "librarian",
            lambda n, deed=deed: f"desk/patrons/{patron(n)}/{deed}",  # type: ignore[misc]
        )  # fmt: skip
    yield Asked("data syncs", "viewer", lambda _: "syncs")
    yield Asked("data sync", "admin", lambda n: f"syncs/students_{n % 10}")
    for step in ("basics", "filter", "mapping", "review", "schedule", "text"):
        yield Asked(
            f"data sync: {step}", "admin",
            lambda n, step=step: f"syncs/students_{n % 10}/{step}",  # type: ignore[misc]
        )  # fmt: skip
    yield Asked("results", "operator", lambda _: sync_run)
    yield Asked("records", "viewer", lambda n: f"{sync_run}/records?outcome=created&after={n * 50}")
    yield Asked("incorrect values", "viewer", lambda n: f"{sync_run}/problems?after={n * 50}")
    yield Asked("profiles", "viewer", lambda n: f"profiles?after={n * 1000}")
    yield Asked("profiles of a sync", "viewer", lambda n: "profiles?type=patron&sync=students_0")
    yield Asked("profile", "admin", lambda n: f"profiles/{nation.profile(n)}")


def _measure(browser: Browser, page: Asked) -> Measured:
    taken = []
    for number in range(REQUESTS + 3):
        form = None if page.form is None else page.form(number)
        began = time.perf_counter()
        if form is None:
            answer = browser.get(page.path(number))
        else:
            answer = browser.post(page.path(number), form)
        taken.append(1000 * (time.perf_counter() - began))
        if answer.status_code not in {200, 303}:
            sys.exit(f"{page.name}: {answer.status_code} for {page.path(number)}")
    seconds = taken[3:]  # the first ones fill caches that a server fills once
    return Measured(page.name, median(seconds), quantiles(seconds, n=20)[18], max(seconds))


@contextmanager
def _server(tell: Callable[[str], None]) -> Iterator[tuple[str, dict[str, Browser]]]:
    """Yield the database's URL and a browser of each user."""
    with (
        tempfile.TemporaryDirectory(prefix="patron-sync-pages-") as folder,
        embedded_postgres(Path(folder) / "pg") as url,
    ):
        tell(f"Making {PATRONS} patrons and what the pages show of them")
        migrate(url)
        make_pages_data(url, PATRONS)
        os.environ["PATRON_SYNC_LIBRARIES"] = str(_libraries(Path(folder)))
        initdb()
        init_auth_manager()
        room = Room(_fields_of(url))
        http = served(make_app(room))
        manager = get_auth_manager()
        browsers = {
            name: Browser(
                http, manager.generate_jwt(SimpleAuthManagerUser(username=name, role=role))
            )
            for name, role in USERS.items()
        }
        yield url, browsers
        room.close()


def _libraries(folder: Path) -> Path:
    content = yaml.safe_load((ROOT / "include/config/libraries.yaml").read_text(encoding="utf-8"))
    content["pages"] = {"librarians": {"librarian": [_LIBRARY]}}
    file = folder / "libraries.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return file


def _fields_of(url: str) -> Callable[[str], ConnectionFields | None]:
    place = psycopg.conninfo.conninfo_to_dict(url)

    def fields_of(conn_id: str) -> ConnectionFields | None:
        if conn_id == "patron_db":
            return ConnectionFields(
                conn_id, "postgres", str(place["host"]), login=str(place["user"]),
                path=str(place["dbname"]),
            )  # fmt: skip
        if conn_id.startswith(("registry_", "koha_")):  # nobody listens there
            return ConnectionFields(conn_id, "http", "127.0.0.1", port=9)
        return connection_from_environment(conn_id)

    return fields_of


def _show(found: list[Measured], rows: int) -> None:
    title = f"{PATRONS:,} patrons, {rows:,} rows of the ledger, {REQUESTS} requests a page"
    table = Table("page", "median ms", "95 % within ms", "longest ms", title=title)
    for one in found:
        style = "red" if one.is_slow else None
        table.add_row(
            one.name, f"{one.median_ms:.0f}", f"{one.p95_ms:.0f}", f"{one.longest_ms:.0f}",
            style=style,
        )  # fmt: skip
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
