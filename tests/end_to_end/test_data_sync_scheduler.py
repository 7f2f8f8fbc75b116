"""
A data sync that is published while Airflow runs: its scheduler, DAG processor and API are real.

It waits for the clock twice and takes three to six minutes, so it runs only when it is asked for:
``PATRON_SYNC_SCHEDULER_TEST=1 .venv/bin/pytest tests/end_to_end/test_data_sync_scheduler.py``
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
import requests
from psycopg.conninfo import conninfo_to_dict

from registry_operators.demo.environment import DAG_BUNDLES
from registry_operators.paths import PROJECT_DIR
from stand_ins.koha.process import running_koha
from tests.db.sync_bench import a_document
from tests.factories import DEMO_KEYS_CONNECTION

pytestmark = pytest.mark.skipif(
    not os.environ.get("PATRON_SYNC_SCHEDULER_TEST"), reason="takes minutes; see the module"
)
OSLO = ZoneInfo("Europe/Oslo")
BIN = Path(sys.executable).parent
PATIENCE_S = 300


@pytest.fixture
def koha():
    with running_koha(patrons=60) as koha:
        yield koha


@pytest.fixture
def environment(database_url, koha, tmp_path):
    """An Airflow of its own, with a bundle that looks every five seconds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place, database = urlsplit(koha.url), conninfo_to_dict(database_url)
    passwords = tmp_path / "passwords.json"
    passwords.write_text('{"admin": "admin-password"}', encoding="ascii")
    connection = {"conn_type": "http", "host": place.hostname, "port": place.port,
                  "login": "demo-client", "password": "demo-secret"}  # fmt: skip
    airflow = {
        "CORE__DAGS_FOLDER": str(PROJECT_DIR / "dags"),
        "CORE__PLUGINS_FOLDER": str(PROJECT_DIR / "plugins"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__PARALLELISM": "2",
        "CORE__XCOM_BACKEND": "registry_operators.operators.xcom_backend.HarmlessXCom",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__BASE_URL": f"http://127.0.0.1:{port}",
        "API_AUTH__JWT_SECRET": "0" * 64,
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path / 'airflow.db'}",
        "DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": DAG_BUNDLES.replace(": 30}", ": 5}"),
        "DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(tmp_path / "bundles"),
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
    }
    return {
        **os.environ,
        **{f"AIRFLOW__{name}": value for name, value in airflow.items()},
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW_CONN_KOHA_MAIN": json.dumps(connection),
        "AIRFLOW_CONN_PATRON_DB": json.dumps(
            {
                "conn_type": "postgres",
                "host": database["host"],
                "login": database["user"],
                "schema": database["dbname"],
            }
        ),
        "AIRFLOW_CONN_PATRON_SYNC_KEYS": json.dumps(DEMO_KEYS_CONNECTION),
        "PATRON_DB_URL": database_url,
        "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([str(PROJECT_DIR), str(PROJECT_DIR / "plugins")]),
    }


@pytest.fixture
def airflow(environment, tmp_path):
    """Airflow's API, as a user who is logged in sees it."""
    with (tmp_path / "standalone.log").open("w") as log:
        process = subprocess.Popen(
            [BIN / "airflow", "standalone"],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    url = environment["AIRFLOW__API__BASE_URL"]
    try:
        until(lambda: is_healthy(url), tmp_path)
        account = {"username": "admin", "password": "admin-password"}
        token = requests.post(f"{url}/auth/token", json=account, timeout=60).json()["access_token"]

        def ask(path):
            headers = {"Authorization": f"Bearer {token}"}
            try:
                return requests.get(f"{url}/api/v2/{path}", headers=headers, timeout=60).json()
            except requests.RequestException:
                return {}  # a busy machine; it is asked again

        def post(path, form):
            headers = {"Authorization": f"Bearer {token}"}
            return requests.post(
                f"{url}/patron-sync/{path}",
                form,
                headers=headers,
                timeout=60,
                allow_redirects=False,
            )

        def page(path):
            headers = {"Authorization": f"Bearer {token}"}
            return requests.get(f"{url}/patron-sync/{path}", headers=headers, timeout=60)

        yield SimpleNamespace(ask=ask, page=page, post=post)
    finally:
        for sign, pause in ((signal.SIGTERM, 3), (signal.SIGKILL, 0)):
            try:
                os.killpg(process.pid, sign)
            except ProcessLookupError:
                break
            time.sleep(pause)
        process.wait()


@pytest.fixture
def patron_sync(environment):
    def call(*arguments, typed=None):
        done = subprocess.run(
            [BIN / "patron-sync", "sync", *arguments, "--json"], input=typed, env=environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


def is_healthy(url) -> bool:
    try:
        health = requests.get(f"{url}/api/v2/monitor/health", timeout=5).json()
    except (requests.RequestException, ValueError):
        return False
    return all(health[part]["status"] == "healthy"
               for part in ("metadatabase", "scheduler", "dag_processor"))  # fmt: skip


def until(condition, folder):
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail((folder / "standalone.log").read_text()[-5000:])
        time.sleep(1)
    return found


def soon() -> str:
    """A schedule that runs about a minute from now, once."""
    at = datetime.now(OSLO) + timedelta(seconds=80)
    return f'schedule: {{first: {at:%Y-%m-%d}, at: "{at:%H:%M}"}}\n'


def test_a_schedule_is_taken_up_run_and_reported_and_old_runs_keep_their_version(
    airflow, patron_sync, koha, db, tmp_path
):
    def runs(count):
        found = airflow.ask("dags/data_sync_readers/dagRuns").get("dag_runs", [])
        is_over = len(found) == count and all(one["state"] != "running" for one in found)
        ended = is_over and all(one["state"] in {"success", "failed"} for one in found)
        return sorted(found, key=lambda one: one["run_after"]) if ended else None

    patron_sync("publish", "-", typed=a_document() + soon())
    (first,) = until(lambda: runs(1), tmp_path)
    living = sum(one["deleted_on"] is None for one in koha.admin.patrons(limit=1000))

    assert (first["state"], first["run_type"]) == ("success", "scheduled")
    assert patron_sync("results", "readers")["created"] == living

    edited = a_document().replace("to: last_name}", "to: last_name, transform: upper}")
    patron_sync("publish", "-", typed=edited + soon())
    again, second = until(lambda: runs(2), tmp_path)

    assert second["state"] == "success"
    assert patron_sync("results", "readers")["updated"] == living
    assert [one["version_number"] for one in again["dag_versions"]] == [1]
    assert again["dag_versions"] == first["dag_versions"]
    (old,), (new,) = first["dag_versions"], second["dag_versions"]
    assert new["bundle_version"] != old["bundle_version"]
    rows = db.execute("select version, state from data_sync.run order by started_at").fetchall()
    assert rows == [(1, "succeeded"), (2, "succeeded")]
    assert [one["status"] for one in patron_sync("list")] == ["complete"]


def test_a_run_that_is_asked_for_on_the_pages_begins_by_itself_and_then_at_once(
    airflow, patron_sync, koha, db, tmp_path
):
    def ended(path):
        page = airflow.page(path).text
        return page if "has succeeded" in page or "has failed" in page else None

    def edition():
        page = airflow.page("syncs/readers/schedule").text
        return page.partition('name="seen" value="')[2].partition('"')[0]

    patron_sync("save", "-", typed=a_document())
    answer = airflow.post("syncs/readers/publish-and-execute", {"seen": edition()})
    assert answer.status_code == 303, answer.text
    first = answer.headers["location"].removeprefix("/patron-sync/")
    assert "has not seen the data sync yet" in airflow.page(first).text
    living = sum(one["deleted_on"] is None for one in koha.admin.patrons(limit=1000))

    assert "has succeeded" in until(lambda: ended(first), tmp_path)  # nobody touches it meanwhile
    assert patron_sync("results", "readers")["created"] == living

    answer = airflow.post("syncs/readers/execute", {})
    second = answer.headers["location"].removeprefix("/patron-sync/")
    assert "has not seen" not in airflow.page(second).text
    assert "has succeeded" in until(lambda: ended(second), tmp_path)

    runs = airflow.ask("dags/data_sync_readers/dagRuns")["dag_runs"]
    assert sorted(one["run_type"] for one in runs) == ["manual", "scheduled"]
    assert all(one["dag_run_id"].startswith("asked__") for one in runs)
    assert (
        db.execute("select asked_by, state from data_sync.run").fetchall()
        == [("admin", "succeeded")] * 2
    )
