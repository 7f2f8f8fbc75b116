"""
Measure a data sync: a Koha's patrons into empty profiles, and again with nothing changed.

``python -m benchmarks.data_sync`` reads ``BENCH_PATRONS`` (200,000) patrons from the stand-in, in
turns by our steps and by a bare program that fetches the same pages, decodes them, copies the
mapped values into a temporary table and merges it into a table of its own. Each run is a process
of its own in a fresh database; the second run of each meets what the first has written. The
stand-in has made every row once before the clock runs. Writes ``.local/bench/data_sync.json``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import requests
from rich.console import Console
from rich.table import Table

from benchmarks.child import peak_mb
from benchmarks.sizes import ROOT
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.schema import migrate
from registry_operators.paths import CONFIG_DIR
from registry_operators.settings.connections import ConnectionFields
from registry_operators.settings.embedded_postgres import embedded_postgres
from registry_operators.settings.guards import Guards
from registry_operators.settings.ils_connections import make_client
from registry_operators.settings.profile_fields import load_profile_fields
from registry_operators.steps.data_sync.definitions import pin
from registry_operators.steps.data_sync.open_sync import SyncRequest
from registry_operators.steps.data_sync.run_sync import run_sync
from stand_ins.koha.process import running_koha

PATRONS = int(os.environ.get("BENCH_PATRONS", "200000"))
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
PAGE_SIZE = 1000
MAPPING = {
    "firstname": "first_name", "surname": "last_name", "email": "email", "phone": "phone",
    "city": "city", "postal_code": "postal_code", "cardnumber": "library_card_number",
    "library_id": "home_library", "category_id": "patron_group", "date_of_birth": "birth_date",
}  # fmt: skip
_LEVELS = {
    "library_card_number": "{all_types: library_card_number}",
    "home_library": "{all_types: home_library}",
    "patron_group": "{all_types: patron_group}",
    "birth_date": "{type: patron, field: birth_date}",
}
_DOCUMENT = """\
name: bench
source: {ils: koha, connection: koha_bench}
type: create_and_update
profile_type: patron
match_on: [ils_record_id, email]
empty_fields: replace
mapping:
""" + "".join(f"  - {{from: {one}, to: {_LEVELS.get(to, to)}}}\n" for one, to in MAPPING.items())


def main() -> None:
    """Measure and tell."""
    seconds: dict[str, list[float]] = {}
    memory: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="patron-sync-bench-") as folder:
        Path(folder).chmod(0o755)
        with (
            embedded_postgres(Path(folder) / "data") as server,
            running_koha(patrons=PATRONS, seed=1) as koha,
        ):
            Console().print(f"making {PATRONS:,} patrons once")
            for _ in _pages(koha.url):
                pass
            for number in range(RUNS):
                for side in ("ours", "bare") if number % 2 else ("bare", "ours"):
                    for phase, took, peak in _side(server, koha.url, side, number):
                        seconds.setdefault(f"{side} {phase}", []).append(took)
                        memory[side] = max(memory.get(side, 0), peak)
    _tell({name: median(times) for name, times in seconds.items()}, memory)


def _side(server: str, koha: str, side: str, number: int) -> Iterator[tuple[str, float, float]]:
    name = f"bench_{side}_{number}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    database = server.rsplit("/", 1)[0] + "/" + name if "?" not in server else server
    migrate(database)
    for phase in ("into empty profiles", "unchanged"):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.data_sync", side, database, koha],
            cwd=ROOT, stdout=subprocess.PIPE, check=True,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'plugins'}"},
        )  # fmt: skip
        result = json.loads(done.stdout)
        # Some of the stand-in's patrons are redacted or gone, as in life.
        fits = result["written"] == 0 if phase == "unchanged" else result["written"] > 0.9 * PATRONS
        if not fits:
            raise RuntimeError(f"{side}, {phase}: {result['written']} were written")
        yield phase, result["seconds"], result["rss_mb"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name}")


def _run(side: str, database: str, koha: str) -> None:
    work = {"ours": _ours, "bare": _bare}[side]
    began = time.perf_counter()
    written = work(database, koha)
    took = time.perf_counter() - began
    sys.stdout.write(json.dumps({"seconds": took, "written": written, "rss_mb": peak_mb()}))


def _ours(database: str, koha: str) -> int:
    host, port = koha.removeprefix("http://").split(":")
    connection = ConnectionFields(
        "koha_bench", "http", host, int(port), "api/v1", "demo-client", "demo-secret"
    )
    sync = pin(_DOCUMENT, load_profile_fields(CONFIG_DIR / "profile_fields.yaml"), 1)
    with Ledger.connect(database) as ledger:
        account = run_sync(
            ledger, make_client("koha", connection), sync, Guards(), SyncRequest(), uuid4(),
            today=datetime.now(UTC).date(),
        )  # fmt: skip
    return account.totals["created"] + account.totals["updated"]


def _pages(koha: str) -> Iterator[list[dict[str, Any]]]:
    session, last = requests.Session(), 0
    answer = session.post(
        f"{koha}/api/v1/oauth/token", timeout=60,
        data={
            "grant_type": "client_credentials",
            "client_id": "demo-client", "client_secret": "demo-secret",
        },
    )  # fmt: skip
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    while True:
        rows = orjson.loads(
            session.get(
                f"{koha}/api/v1/patrons", timeout=120,
                params={
                    "q": json.dumps({"me.patron_id": {">": last}}),
                    "_order_by": "+me.patron_id", "_per_page": str(PAGE_SIZE),
                },
            ).content
        )  # fmt: skip
        if not rows:
            return
        yield rows
        last = rows[-1]["patron_id"]


def _bare(database: str, koha: str) -> int:
    columns = ", ".join(MAPPING.values())
    texts = ", ".join(f"{name} text" for name in MAPPING.values())
    with psycopg.connect(database) as connection:
        connection.execute(
            f"create table if not exists bare (patron_id bigint primary key, {texts})"
        )
        connection.execute(f"create temporary table fresh (patron_id bigint, {texts})")
        with connection.cursor().copy(f"copy fresh (patron_id, {columns}) from stdin") as copy:
            for rows in _pages(koha):
                for row in rows:
                    copy.write_row((row["patron_id"], *(row[name] for name in MAPPING)))
        fresh = ", ".join(f"fresh.{name}" for name in MAPPING.values())
        known = ", ".join(f"bare.{name}" for name in MAPPING.values())
        changes = ", ".join(f"{name} = fresh.{name}" for name in MAPPING.values())
        done = connection.execute(
            "merge into bare using fresh on bare.patron_id = fresh.patron_id when matched and"  # noqa: S608
            f" ({known}) is distinct from ({fresh}) then update set {changes} when not matched then"
            f" insert (patron_id, {columns}) values (fresh.patron_id, {fresh})"
        )
        return done.rowcount


def _tell(seconds: dict[str, float], memory: dict[str, float]) -> None:
    table = Table("work", "ours", "bare", "ratio", "target", box=None)
    result: dict[str, Any] = {"patrons": PATRONS, "runs": RUNS, "memory_mb": memory}
    for phase in ("into empty profiles", "unchanged"):
        ours, bare = seconds[f"ours {phase}"], seconds[f"bare {phase}"]
        table.add_row(phase, f"{ours:.1f} s", f"{bare:.1f} s", f"{ours / bare:.2f}", "at most 2.0")
        result[phase] = {"ours_s": ours, "bare_s": bare, "ratio": ours / bare}
    table.add_row("memory", f"{memory['ours']:.0f} MB", f"{memory['bare']:.0f} MB", "", "< 300 MB")
    Console().print(table)
    target = ROOT / ".local/bench/data_sync.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _run(*sys.argv[1:])
    else:
        main()
