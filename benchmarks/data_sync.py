"""
Measure a data sync: a Koha's patrons into empty profiles, and again with nothing changed.

``python -m benchmarks.data_sync`` reads ``BENCH_PATRONS`` (200,000) patrons from the stand-in, in
turns by our steps, by a bare program that fetches the same pages, decodes them, copies the mapped
values into a temporary table and merges it into a table of its own, and by dlt's merge, which is
installed for it into ``.local/bench/dlt``. ``BENCH_SIDES=ours,bare`` leaves dlt out. Each run is a
process of its own in a fresh database; the second run of each meets what the first has written.
The stand-in has made every row once before the clock runs. Writes ``.local/bench/data_sync.json``.
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
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.child import peak_mb
from benchmarks.koha_pages import MAPPING, pages
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
SIDES = os.environ.get("BENCH_SIDES", "ours,bare,dlt").split(",")
DLT = "dlt[postgres]==1.31.0"
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
            for _ in pages(koha.url):
                pass
            for number in range(RUNS):
                for side in SIDES if number % 2 else reversed(SIDES):
                    for phase, took, peak in _side(server, koha.url, side, number):
                        seconds.setdefault(f"{side} {phase}", []).append(took)
                        memory[side] = max(memory.get(side, 0), peak)
    _tell({name: median(times) for name, times in seconds.items()}, memory)


def _side(server: str, koha: str, side: str, number: int) -> Iterator[tuple[str, float, float]]:
    name = f"bench_{side}_{number}"
    parts = urlsplit(server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    database = urlunsplit(parts._replace(path=f"/{name}"))
    migrate(database)
    program = _dlt(name) if side == "dlt" else [sys.executable, "-m", "benchmarks.data_sync", side]
    for phase in ("into empty profiles", "unchanged"):
        done = subprocess.run(
            [*program, database, koha],
            cwd=ROOT, stdout=subprocess.PIPE, check=True,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'plugins'}"},
        )  # fmt: skip
        result = json.loads(done.stdout)
        # Some of the stand-in's patrons are redacted or gone, as in life. dlt writes all again.
        is_quiet = phase == "unchanged" and side != "dlt"
        fits = result["written"] == 0 if is_quiet else result["written"] > 0.9 * PATRONS
        if not fits:
            raise RuntimeError(f"{side}, {phase}: {result['written']} were written")
        yield phase, result["seconds"], result["rss_mb"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"drop database {name}")


def _dlt(name: str) -> list[str]:
    """Return how dlt's program is called, after making its environment where there is none."""
    home = ROOT / ".local/bench/dlt"
    python = home / "bin/python"
    if not python.exists():
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
        packages = [DLT, "requests", "orjson"]
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", str(python), *packages], check=True
        )
    folder = tempfile.mkdtemp(prefix=f"patron-sync-{name}-")
    return [str(python), str(ROOT / "benchmarks/dlt_merge.py"), folder]


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


def _bare(database: str, koha: str) -> int:
    columns = ", ".join(MAPPING.values())
    texts = ", ".join(f"{name} text" for name in MAPPING.values())
    with psycopg.connect(database) as connection:
        connection.execute(
            f"create table if not exists bare (patron_id bigint primary key, {texts})"
        )
        connection.execute(f"create temporary table fresh (patron_id bigint, {texts})")
        with connection.cursor().copy(f"copy fresh (patron_id, {columns}) from stdin") as copy:
            for rows in pages(koha):
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
    others = [side for side in SIDES if side != "ours"]
    table = Table("work", "ours", *others, *(f"ours to {one}" for one in others), box=None)
    result: dict[str, Any] = {"patrons": PATRONS, "runs": RUNS, "memory_mb": memory}
    for phase in ("into empty profiles", "unchanged"):
        ours, theirs = seconds[f"ours {phase}"], [seconds[f"{one} {phase}"] for one in others]
        ratios = [ours / took for took in theirs]
        table.add_row(
            phase, *(f"{took:.1f} s" for took in (ours, *theirs)), *(f"{one:.2f}" for one in ratios)
        )
        result[phase] = {"ours_s": ours} | {
            f"{one}_s": took for one, took in zip(others, theirs, strict=True)
        }
    Console().print(table)
    Console().print(
        f"Targets: at most 2.00 to bare. Memory of ours: {memory['ours']:.0f} MB, below 300."
    )
    target = ROOT / ".local/bench/data_sync.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _run(*sys.argv[1:])
    else:
        main()
