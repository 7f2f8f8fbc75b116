"""
Measure a reconciliation against a bare two-sided diff.

``python -m benchmarks.reconciliation`` gives registry and Cicero ``BENCH_PATRONS`` (50,000) people
who agree, lets 1 % of the PINs and 0.5 % of the cards differ without a trace, and compares them
``BENCH_RUNS`` (3) times on each side, in turns: our whole reconciliation as the DAG reports it, and
:mod:`benchmarks.bare_diff`. Each run is a process of its own in a fresh copy of the database. Both
must find the same number of differences. CPU is that of the process and of PostgreSQL, without the
registry stand-in. Writes ``.local/bench/reconciliation.json``.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks import bare_diff, ours
from benchmarks.changes import LONG_AGO
from benchmarks.child import peak_mb
from benchmarks.situation import Situation
from benchmarks.sizes import LIBRARY, ROOT, Sizes
from registry_operators.clients.pin_cipher import PinCipher
from registry_operators.domain.drift import UNEXPLAINED
from registry_operators.domain.pin import Pin
from registry_operators.ledger.database import Ledger
from registry_operators.settings.embedded_postgres import embedded_postgres
from registry_operators.steps.reconcile import reconcile
from stand_ins.people import DEMO_PIN_KEY, pin
from stand_ins.registry.admin_client import AdminClient
from stand_ins.registry.seeding import has_no_pin

PATRONS = int(os.environ.get("BENCH_PATRONS", "50000"))
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
TARGET, MOST_MB = 2.0, 300
Numbers = dict[str, list[float]]


def main() -> None:
    """Measure and tell."""
    taken: dict[str, Numbers] = {side: defaultdict(list) for side in ("bare", "ours")}
    with (
        tempfile.TemporaryDirectory(prefix="patron-sync-bench-") as temporary,
        embedded_postgres(Path(temporary) / "pg") as server,
    ):
        folder = Path(temporary)
        situation = Situation(server, folder, Sizes(PATRONS // 2, RUNS))
        Console(stderr=True).print(f"Preparing {PATRONS:,} people on both sides")
        situation.prepare(_agree)
        with situation.registry() as registry:
            _drift(registry.admin)
            # The first feed of a stand-in is slower than all others.
            with situation.database() as url:
                _child("bare", url, registry.endpoint)
            for number in range(RUNS):
                for side in ("ours", "bare") if number % 2 else ("bare", "ours"):
                    with situation.database() as url:
                        before = _postgres_cpu_s(folder / "pg")
                        run = _child(side, url, registry.endpoint)
                        run["cpu_s"] += _postgres_cpu_s(folder / "pg") - before
                    for name in ("wall_s", "cpu_s", "rss_mb"):
                        taken[side][name].append(run[name])
                    taken[side].setdefault("found", run["found"])
    ours_found, found = taken["ours"].pop("found"), taken["bare"].pop("found")
    if ours_found != found:
        raise RuntimeError(f"ours found {ours_found} and the bare program {found}")
    _tell(taken, found)


def _agree(connection: psycopg.Connection[Any]) -> None:
    """
    Let both sides agree on PINs too, in the form of either program.

    Whom the registry knows without a PIN has one in Cicero that must be changed.
    """
    cipher = PinCipher(DEMO_PIN_KEY)
    without = [index + 1 for index in range(PATRONS) if has_no_pin(index)]
    connection.execute("set session_replication_role = replica")  # no triggers
    connection.execute(
        "update cicero.pin set must_change = true, origin = 'default' where patron_id = any(%s)",
        [without],
    )
    connection.execute(
        "delete from patron_sync.base as base using cicero.patron where base.field = 'pin'"
        " and base.person_key = patron.person_key and patron.patron_id = any(%s)", [without],
    )  # fmt: skip
    connection.execute("truncate bare.pin")
    with connection.cursor().copy("copy bare.pin from stdin") as copy:
        for index in range(PATRONS):
            if not has_no_pin(index):
                copy.write_row((index + 1, cipher.encrypt(Pin(pin(index)))))


def _drift(admin: AdminClient) -> None:
    admin.touch(count=PATRONS // 100, fields=["pin"], seed=2, sist_endret=LONG_AGO)
    admin.touch(count=PATRONS // 200, fields=["lnr"], seed=3, sist_endret=LONG_AGO)


def _child(side: str, database_url: str, endpoint: str) -> dict[str, Any]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "plugins")])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.reconciliation", side, database_url, endpoint],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _run(side: str, database_url: str, endpoint: str) -> None:
    work: Callable[[str, str], dict[str, int]] = {"ours": _ours, "bare": bare_diff.run}[side]
    began, cpu = time.perf_counter(), _own_cpu_s()
    found = work(database_url, endpoint)
    result = {
        "wall_s": time.perf_counter() - began, "cpu_s": _own_cpu_s() - cpu, "rss_mb": peak_mb(),
        "found": found,
    }  # fmt: skip
    sys.stdout.write(json.dumps(result))


def _ours(database_url: str, endpoint: str) -> dict[str, int]:
    with Ledger.connect(database_url) as ledger:
        result = reconcile(
            ledger, ours.configuration(), ours.connector(endpoint), ours.secrets(), uuid4(),
            libraries=(LIBRARY,),
        )  # fmt: skip
    if any(tally.failures or not tally.adds_up for tally in result.tallies):
        raise RuntimeError(f"the measured run failed: {[one.as_dict() for one in result.tallies]}")
    (drift,) = result.drift
    found: Counter[str] = Counter()
    for field, kinds in drift.fields.items():
        for kind in UNEXPLAINED & kinds.keys():
            found["not_in_registry" if field == "relation" else field] += kinds[kind]
    return {name: found[name] for name in ("not_in_registry", "card", "pin")}


def _own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _postgres_cpu_s(folder: Path) -> float:
    """Return what the server and those of its processes that have ended have used."""
    pid = (folder / "postmaster.pid").read_text().splitlines()[0]
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _tell(taken: dict[str, Numbers], found: Any) -> None:
    best = {side: {name: median(values) for name, values in numbers.items()}
            for side, numbers in taken.items()}  # fmt: skip
    table = Table("what", "ours", "bare", "ratio", "target", box=None)
    result: dict[str, Any] = {"patrons": PATRONS, "runs": RUNS, "found": found, **best}
    for name in ("wall_s", "cpu_s"):
        result[f"{name}_ratio"] = ratio = best["ours"][name] / best["bare"][name]
        table.add_row(name, *(f"{best[side][name]:.1f}" for side in ("ours", "bare")),
                      f"{ratio:.2f}", f"at most {TARGET:.1f}")  # fmt: skip
    peaks = (f"{max(taken[side]['rss_mb']):.0f}" for side in ("ours", "bare"))
    table.add_row("peak MB", *peaks, "", f"< {MOST_MB}")
    Console().print(f"{PATRONS:,} people, found by both: {found}")
    Console().print(table)
    target = ROOT / ".local" / "bench" / "reconciliation.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _run(*sys.argv[1:])
    else:
        main()
