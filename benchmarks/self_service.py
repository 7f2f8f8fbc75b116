"""
Load the CMS API as a campaign would: many people create themselves at the same time.

``python -m benchmarks.self_service`` starts PostgreSQL, the registry stand-in and the CMS API as
processes of their own, logs 50 clients in, and lets each create one new person after the other for
30 s (``BENCH_CLIENTS``, ``BENCH_SECONDS``). Half of the people consent, and half of those are known
to the registry. It checks that every answer is 200, that no two patrons share a card number, and
that all the creations stand in the database; writes ``.local/bench/self_service.json``, and ends
with an error when a check fails. No time is a limit here.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import psycopg
import requests
from rich.console import Console

from benchmarks.sizes import LIBRARY, ROOT
from registry_operators.ledger.schema import migrate
from registry_operators.settings.embedded_postgres import embedded_postgres
from stand_ins.people import (
    DEMO_LIBRARIES,
    DEMO_VENDOR,
    DEMO_VENDOR_SECRET,
    authorisation_code,
    person,
)
from stand_ins.registry.process import running_registry
from tests.factories import DEMO_KEYS_CONNECTION

CLIENTS = int(os.environ.get("BENCH_CLIENTS", "50"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "30"))
KNOWN = 20_000
_USER, _PASSWORD = "campaign", "a long invented password"
_AGENCY = f"NO-{LIBRARY}"
_SETTINGS = {
    "preferredPickupBranch": _AGENCY, "guardianVisibility": True, "receivePostalMail": False,
}  # fmt: skip


@dataclass(slots=True)
class Load:
    """What was measured: seconds of each answer, and how many of each status."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    log_ins: Counter[int] = field(default_factory=Counter)


def main() -> None:
    """Measure, check, and write the result."""
    with _servers() as (url, database_url):
        began = time.perf_counter()
        load = _load(url)
        took = time.perf_counter() - began
        problems = [*_wrong(load, database_url)]
    ranks = quantiles(load.seconds, n=100)
    result = {
        "clients": CLIENTS,
        "seconds": round(took, 1),
        "creations": len(load.seconds),
        "per_second": round(len(load.seconds) / took, 1),
        "median_ms": round(1000 * ranks[49]),
        "p95_ms": round(1000 * ranks[94]),
        "longest_ms": round(1000 * max(load.seconds)),
        "statuses": dict(load.statuses),
        "problems": problems,
    }
    target = ROOT / ".local/bench/self_service.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=2), encoding="utf-8")
    Console().print_json(json.dumps(result))
    if problems:
        sys.exit("a check failed: " + "; ".join(problems))


@contextmanager
def _servers() -> Iterator[tuple[str, str]]:
    with (
        tempfile.TemporaryDirectory(prefix="patron-sync-bench-") as folder,
        running_registry(patrons=KNOWN, seed=1) as registry,
    ):
        Path(folder).chmod(0o755)
        with embedded_postgres(Path(folder) / "data") as database_url:
            migrate(database_url)
            environment = _environment(database_url, registry.endpoint)
            _add_user(environment)
            with _running_api(environment) as url:
                yield url, database_url


def _environment(database_url: str, endpoint: str) -> dict[str, str]:
    connections = {
        f"AIRFLOW_CONN_REGISTRY_{library}": json.dumps(
            {
                "conn_type": "http",
                "login": f"{DEMO_VENDOR}-{library}",
                "password": authorisation_code(library),
                "extra": {"vendor_secret": DEMO_VENDOR_SECRET, "endpoint": endpoint},
            }
        )
        for library in DEMO_LIBRARIES
    }
    keys = json.dumps(DEMO_KEYS_CONNECTION)
    return {
        **os.environ, **connections,
        "PATRON_DB_URL": database_url, "AIRFLOW_CONN_PATRON_SYNC_KEYS": keys,
    }  # fmt: skip


def _command() -> str:
    return str(Path(sys.executable).with_name("patron-sync"))


def _add_user(environment: dict[str, str]) -> None:
    subprocess.run(
        [_command(), "cms-user", "add", _USER, "--library", LIBRARY, "--password-stdin"],
        input=_PASSWORD, env=environment, text=True, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


@contextmanager
def _running_api(environment: dict[str, str]) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [_command(), "cms-api", "--port", str(port)], env=environment, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            if requests.get(f"{url}/health", timeout=1).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    sys.exit("the CMS API did not start")


def _load(url: str) -> Load:
    load, numbers = Load(), itertools.count()
    end = time.perf_counter() + SECONDS

    def client(_: int) -> None:
        session = requests.Session()
        answer = session.post(
            f"{url}/rest/external/v1/{_AGENCY}/authentication/login",
            json={"username": _USER, "password": _PASSWORD}, timeout=30,
        )  # fmt: skip
        load.log_ins[answer.status_code] += 1
        session.headers["X-Session"] = answer.json().get("sessionKey", "")
        while time.perf_counter() < end:
            number = next(numbers)
            # Even numbers consent; every second of those is somebody whom the registry knows.
            index = number if number % 4 == 0 and number < KNOWN else KNOWN + number
            body = {
                "personIdentifier": person(index).national_id,
                "patron": _SETTINGS,
                "nationalRegistryConsent": number % 2 == 0,
            }
            began = time.perf_counter()
            done = session.post(f"{url}/rest/external/{_AGENCY}/patrons/v10", json=body, timeout=60)
            load.seconds.append(time.perf_counter() - began)
            load.statuses[done.status_code] += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    return load


def _wrong(load: Load, database_url: str) -> Iterator[str]:
    if set(load.statuses) != {200} or set(load.log_ins) != {200}:
        yield f"answers other than 200: {dict(load.statuses)}, log-ins {dict(load.log_ins)}"
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select (select count(*) from cicero.patron), count(*), count(distinct card_number),"
            " (select count(*) from cicero.pin) from cicero.card"
        ).fetchone()
    patrons, cards, numbers, pins = row or (0, 0, 0, 0)
    if not patrons == cards == numbers == pins == load.statuses[200]:
        yield (
            f"{load.statuses[200]} creations, {patrons} patrons, {cards} cards with {numbers} "
            f"numbers, {pins} PINs"
        )


if __name__ == "__main__":
    main()
