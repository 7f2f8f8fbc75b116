"""The real server in a process of its own, between a real registry stand-in and a database."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import requests
import yaml
from typer.testing import CliRunner

from registry_operators.cli import app
from registry_operators.domain.registry_time import registry_now
from registry_operators.ledger.database import Ledger
from stand_ins.people import DEMO_VENDOR, DEMO_VENDOR_SECRET, authorisation_code
from stand_ins.registry.process import RegistryProcess, running_registry
from tests.cms.foreign_client import ForeignClient
from tests.db.flow_world import World
from tests.factories import (
    DEMO_KEYS_CONNECTION,
    LIBRARY,
    NO_LIMITS,
    OTHER_LIBRARY,
    Cicero,
    a_config,
    a_library_config,
)
from tests.faults.fault_world import BOTH, LiveRegistry

COMMAND = Path(sys.executable).with_name("patron-sync")
USER, PASSWORD = "fremmed", "a password of the site"
BRANCH, OTHER_BRANCH = f"NO-{LIBRARY}", "NO-2030001"
BRANCHES = [
    {"id": BRANCH, "title": "Hovedbiblioteket"},
    {"id": OTHER_BRANCH, "title": "Bryggen"},
]
SETTINGS: dict[str, Any] = {
    "preferredPickupBranch": BRANCH,
    "guardianVisibility": True,
    "receivePostalMail": False,
}
BLOCKS = {
    LIBRARY: a_library_config(self_service={"branches": BRANCHES}),
    OTHER_LIBRARY: a_library_config(OTHER_LIBRARY),
}
_START_S = 120


@dataclass(slots=True)
class LiveServer:
    """The server's process: it can be killed, started anew on the same port, and its log read."""

    environment: dict[str, str]
    folder: Path
    port: int
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the command, and wait until it answers."""
        with (self.folder / "server.log").open("a") as log:
            self.process = subprocess.Popen(
                [COMMAND, "cms-api", "--port", str(self.port)], env=self.environment,
                stdout=log, stderr=log, text=True,
            )  # fmt: skip
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if requests.get(f"{self.url}/health", timeout=5).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.1)
        raise AssertionError(f"the server does not answer:\n{self.log()}")

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def log(self) -> str:
        """All that it has written."""
        return (self.folder / "server.log").read_text("utf-8")

    def site(self, library: str = LIBRARY) -> ForeignClient:
        """The web site of a library, which has not logged in yet."""
        return ForeignClient(f"{self.url}/rest", f"NO-{library}", USER, PASSWORD)


@dataclass(slots=True)
class LiveWorld:
    """Server, registry and database, and the nightly jobs between them."""

    server: LiveServer
    registry: RegistryProcess
    world: World
    _people: Iterator[int] = field(default_factory=lambda: itertools.count(40_000))

    @property
    def db(self) -> psycopg.Connection[Any]:
        return self.world.cicero.db

    def newcomer(self) -> int:
        """The index of an invented person whom no test has met."""
        return next(self._people)

    def record(self, national_id: str) -> dict[str, Any] | None:
        """What the registry has of a person: ``card``, ``pin`` and ``relations``."""
        found = self.registry.admin.find(national_id=national_id)
        people = [
            {"card": one["fields"]["lnr"], "pin": one["pin"], "relations": one["relations"]}
            for one in found
        ]
        assert len(people) <= 1
        return people[0] if people else None

    def put(self, national_id: str, card: str, pin: str, **fields: str) -> None:
        """Make a person known to the registry."""
        body: dict[str, str | None] = {"lnr": card, "fnr_hash": national_id, **fields}
        self.registry.admin.put(body, pin=pin, relations=[])

    def calls(self) -> int:
        """How many calls the registry has had, of any kind."""
        tally = self.registry.admin.summary()["tally"]
        return int(sum(value for value in tally["calls"].values()))


def environment_of(database_url: str, endpoint: str, folder: Path) -> dict[str, str]:
    """What the commands read: connections, keys, and a file with two libraries."""
    libraries = folder / "libraries.yaml"
    text = yaml.safe_dump({"libraries": BLOCKS}, allow_unicode=True)
    libraries.write_text(text, encoding="utf-8")
    registries = {
        f"AIRFLOW_CONN_REGISTRY_{library}": json.dumps(
            {
                "conn_type": "http",
                "login": f"{DEMO_VENDOR}-{library}",
                "password": authorisation_code(library),
                "extra": {"vendor_secret": DEMO_VENDOR_SECRET, "endpoint": endpoint},
            }
        )
        for library in BOTH
    }
    return {
        **os.environ,
        **registries,
        "PATRON_DB_URL": database_url,
        "PATRON_SYNC_LIBRARIES": str(libraries),
        "AIRFLOW_CONN_PATRON_SYNC_KEYS": json.dumps(DEMO_KEYS_CONNECTION),
        "COLUMNS": "120",
    }


def add_users(environment: dict[str, str]) -> None:
    """Let the web sites in, with the operator's command."""
    for library in BOTH:
        arguments = ["cms-user", "add", USER, "--library", library, "--password-stdin"]
        done = CliRunner().invoke(app, arguments, input=f"{PASSWORD}\n", env=environment)
        assert done.exit_code == 0, done.output


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        number: int = one.getsockname()[1]
        return number


@contextmanager
def a_live_world(
    database_url: str, folder: Path, *, url_of_server: str | None = None
) -> Iterator[LiveWorld]:
    """Start everything; ``url_of_server`` is the database as the server alone sees it."""
    with (
        running_registry(patrons=0, libraries=BOTH) as registry,
        psycopg.connect(database_url, autocommit=True) as connection,
        Ledger.connect(database_url) as ledger,
    ):
        environment = environment_of(database_url, registry.endpoint, folder)
        add_users(environment)
        environment["PATRON_DB_URL"] = url_of_server or database_url
        server = LiveServer(environment, folder, free_port())
        live: Any = LiveRegistry(registry, page_size=100)
        blocks = {f"_{library}": block for library, block in BLOCKS.items()}
        config = a_config(NO_LIMITS, **blocks)
        try:
            server.start()
            yield LiveWorld(
                server,
                registry,
                World(ledger, Cicero(connection), live, config, clock=registry_now),
            )
        finally:
            if server.process is not None:
                server.kill()
