"""All that runs while a browser looks: Airflow, Cicero, the registry, a Koha, and some history."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
import yaml
from psycopg.conninfo import conninfo_to_dict

from registry_operators.demo.airflow_server import AirflowServer, running_airflow, served_at
from registry_operators.demo.environment import USERS, demo_environment
from registry_operators.errors import RunFailedError
from registry_operators.ledger.schema import migrate
from registry_operators.paths import CONFIG_DIR
from registry_operators.settings.embedded_postgres import embedded_postgres
from stand_ins.cicero import seed_cicero
from stand_ins.ils.admin_client import IlsAdmin
from stand_ins.koha.process import running_koha
from stand_ins.registry.admin_client import AdminClient
from stand_ins.registry.process import running_registry
from tests.browser.ports import free_port
from tests.factories import DEMO_KEYS_CONNECTION, KEYS

T = TypeVar("T")
PATRONS = 400
KOHA = "koha_main"
STRICT = {"percent": 0, "at_least": 2}
PATIENCE_S = 150
_STARTS_WITHIN_S = 300
_NOT_ENDED = {"queued", "running"}


@dataclass(frozen=True, slots=True)
class Stage:
    """
    What stands there, and how to look behind it.

    :param url: Airflow's address, without a slash at its end.
    :param conninfo: libpq connection string of the patron database.
    :param environment: That of Airflow and of the commands.
    :param passwords: Of the four users, by their names.
    """

    url: str
    conninfo: str
    environment: dict[str, str] = field(repr=False)
    passwords: dict[str, str] = field(repr=False)
    registry_url: str
    koha_url: str
    _tokens: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def registry(self) -> AdminClient:
        """What can be done behind the registry's protocol."""
        return AdminClient(self.registry_url)

    @property
    def koha(self) -> IlsAdmin:
        """What can be done behind the library system's API."""
        return IlsAdmin(self.koha_url)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the patron database: all rows of a statement."""
        with psycopg.connect(self.conninfo, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def token(self, user: str) -> str:
        """A log-in of a user, as Airflow's own page makes one."""
        if user not in self._tokens:
            account = {"username": user, "password": self.passwords[user]}
            answer = requests.post(f"{self.url}/auth/token", json=account, timeout=60)
            answer.raise_for_status()
            self._tokens[user] = answer.json()["access_token"]
        return self._tokens[user]

    def ask(self, method: str, path: str, body: Any = None, user: str = "admin") -> dict[str, Any]:
        """Ask Airflow's API."""
        answer = requests.request(
            method, f"{self.url}/api/v2/{path}", json=body, timeout=60,
            headers={"Authorization": f"Bearer {self.token(user)}"},
        )  # fmt: skip
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def let_run(self, dag_id: str) -> None:
        """
        Take a DAG off its pause as soon as Airflow has read it.

        One with a schedule is then started at once for the time that it missed last.
        """
        until(lambda: self._is_known(dag_id), f"Airflow has no DAG {dag_id}")
        self.ask("PATCH", f"dags/{dag_id}", {"is_paused": False})

    def first_run(self, dag_id: str) -> dict[str, Any]:
        """Wait for the end of the first run of a DAG, and return what Airflow knows of it."""

        def ended() -> dict[str, Any] | None:
            runs = self.ask("GET", f"dags/{dag_id}/dagRuns?order_by=run_after&limit=1")["dag_runs"]
            return runs[0] if runs and runs[0]["state"] not in _NOT_ENDED else None

        return until(ended, f"{dag_id} does not end")

    def _is_known(self, dag_id: str) -> bool:
        try:
            self.ask("GET", f"dags/{dag_id}")
        except requests.HTTPError:
            return False
        return True


def until(condition: Callable[[], T | None], problem: str, within_s: float = PATIENCE_S) -> T:
    """Ask again and again until there is an answer."""
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, problem
        time.sleep(0.5)
    return found


@contextmanager
def set_stage(folder: Path, make_history: Callable[[Stage], None]) -> Iterator[Stage]:
    """Start everything below a folder; history is made while Airflow starts."""
    with (
        embedded_postgres(folder / "postgres", {"fsync": "off"}) as server,
        running_registry(patrons=PATRONS, seed=1) as registry,
        running_koha(patrons=60) as koha,
    ):
        conninfo = _fill(server)
        environment = _environment(folder, conninfo, registry.endpoint, koha.url)
        passwords = _write_passwords(Path(environment["AIRFLOW_HOME"]))
        with running_airflow(environment, folder / "airflow.log") as airflow:
            stage = Stage(airflow.url, conninfo, environment, passwords, registry.url, koha.url)
            make_history(stage)
            _wait_until_healthy(airflow)
            stage.let_run("registry_to_cicero")
            yield stage


def _wait_until_healthy(airflow: AirflowServer) -> None:
    """End all tests where Airflow does not start, with what it said last."""
    try:
        airflow.wait_until_healthy(_STARTS_WITHIN_S)
    except RunFailedError:
        said = airflow.log.read_text(encoding="utf-8", errors="replace").splitlines()
        lines = [line for line in said if line.strip(" |")][-40:]
        pytest.exit("Airflow did not start:\n" + "\n".join(lines), returncode=1)


def _fill(server: str) -> str:
    before, _, after = server.partition("?")
    conninfo = f"{before.rsplit('/', 1)[0]}/patrons?{after}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database patrons")
    migrate(conninfo)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        seed_cicero(connection, KEYS, patrons=PATRONS, known_to_registry=PATRONS)
    return conninfo


def _environment(folder: Path, conninfo: str, endpoint: str, koha_url: str) -> dict[str, str]:
    """Return that of the demo, with limits that are soon exceeded and a Koha."""
    home = folder / "airflow"
    home.mkdir()
    place = {key: str(value) for key, value in conninfo_to_dict(conninfo).items()}
    demo = demo_environment(conninfo=place, endpoint=endpoint, home=home)
    bundles = json.loads(demo["AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"])
    bundles[1]["kwargs"]["refresh_interval"] = 3
    return {
        **demo,
        **served_at(free_port()),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PATRON_SYNC_LIBRARIES": str(_strict_libraries(folder)),
        "AIRFLOW_CONN_PATRON_SYNC_KEYS": json.dumps(DEMO_KEYS_CONNECTION),
        f"AIRFLOW_CONN_{KOHA.upper()}": json.dumps(_koha_connection(koha_url)),
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(bundles),
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
    }


def _koha_connection(url: str) -> Mapping[str, Any]:
    place = urlsplit(url)
    return {
        "conn_type": "http", "host": place.hostname, "port": place.port,
        "login": "demo-client", "password": "demo-secret", "extra": {"zone": "Europe/Oslo"},
    }  # fmt: skip


def _strict_libraries(folder: Path) -> Path:
    content = yaml.safe_load((CONFIG_DIR / "libraries.yaml").read_text(encoding="utf-8"))
    content["guards"]["limits"] = {"pin_overwrites": STRICT, "card_overwrites": STRICT}
    file = folder / "libraries.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return file


def _write_passwords(home: Path) -> dict[str, str]:
    passwords = {user: secrets.token_urlsafe(12) for user in USERS}
    (home / "passwords.json").write_text(json.dumps(passwords), encoding="utf-8")
    return passwords
