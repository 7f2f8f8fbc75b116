"""``patron-sync cms-user`` and ``cms-api`` as the operator types them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.factories import DEMO_KEYS_CONNECTION, LIBRARY

COMMAND = Path(sys.executable).with_name("patron-sync")
PASSWORD = "correct horse battery"
ADD = ("cms-user", "add", "website", "--library", LIBRARY, "--password-stdin")


@pytest.fixture
def environment(database_url) -> dict[str, str]:
    """What the command reads; the registry is not there."""
    registries = {
        f"AIRFLOW_CONN_REGISTRY_{code}": json.dumps(
            {"conn_type": "http", "host": "127.0.0.1", "port": 9, "login": "x", "password": "x"}
        )
        for code in ("2030000", "2040000", "2050000", "2070000")
    }
    keys = {"AIRFLOW_CONN_PATRON_SYNC_KEYS": json.dumps(DEMO_KEYS_CONNECTION)}
    return {**os.environ, **registries, **keys, "PATRON_DB_URL": database_url, "COLUMNS": "120"}


@pytest.fixture
def patron_sync(environment):
    """Run the installed command; return exit code, standard output and standard error."""

    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        done = subprocess.run(
            [COMMAND, *arguments], env=environment, input=stdin, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return call


@pytest.fixture
def port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        number: int = one.getsockname()[1]
        return number


@pytest.fixture
def server(environment, port, tmp_path) -> Iterator[subprocess.Popen[str]]:
    """The server, as soon as it answers."""
    log = (tmp_path / "log").open("w+")
    process = subprocess.Popen(
        [COMMAND, "cms-api", "--port", str(port), "--connections", "2"], env=environment,
        stdout=log, stderr=log, text=True,
    )  # fmt: skip
    for _ in range(300):
        try:
            if requests.get(f"http://127.0.0.1:{port}/health", timeout=5).ok:
                break
        except requests.ConnectionError:
            time.sleep(0.1)
    yield process
    process.kill()
    process.wait()
    log.close()


def test_a_user_is_added_listed_locked_and_unlocked(patron_sync) -> None:
    code, _, err = patron_sync(*ADD, stdin=PASSWORD + "\n")
    assert code == 0, err
    assert PASSWORD not in err

    for verb, is_locked in (("lock", True), ("unlock", False)):
        assert patron_sync("cms-user", verb, "website", "--library", LIBRARY)[0] == 0
        (user,) = json.loads(patron_sync("cms-user", "list", "--json")[1])
        assert (user["name"], user["locked"], user["sessions"]) == ("website", is_locked, 0)
    assert "website" in patron_sync("cms-user", "list", "--library", LIBRARY)[1]


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (ADD, "too short\n"),
        (("cms-user", "add", "website", "--library", "2999999", "--password-stdin"), PASSWORD),
        (("cms-user", "password", "nobody", "--library", LIBRARY, "--password-stdin"), PASSWORD),
        (("cms-user", "lock", "nobody", "--library", LIBRARY), ""),
    ],
    ids=["password", "library", "password of nobody", "lock nobody"],
)
def test_what_will_not_do_is_said(patron_sync, arguments, stdin) -> None:
    code, _, err = patron_sync(*arguments, stdin=stdin)

    assert code == 1
    assert "CONFIGURATION" in err


def test_the_server_serves_logs_harmlessly_and_stops(patron_sync, server, port, tmp_path) -> None:
    assert patron_sync(*ADD, stdin=PASSWORD)[0] == 0
    base = f"http://127.0.0.1:{port}/rest/external"
    login = requests.post(
        f"{base}/v1/NO-{LIBRARY}/authentication/login",
        json={"username": "website", "password": PASSWORD}, timeout=10,
    )  # fmt: skip
    headers = {"X-Session": login.json()["sessionKey"]}

    unknown = requests.get(f"{base}/NO-{LIBRARY}/patrons/12345/v4", headers=headers, timeout=10)

    assert (login.status_code, unknown.status_code) == (200, 404)
    assert "server" not in unknown.headers
    server.send_signal(signal.SIGTERM)
    assert server.wait(20) in {0, -signal.SIGTERM}
    log = (tmp_path / "log").read_text()
    assert "route=/rest/external/{agencyid}/patrons/{patronid:patron}/v4 status=404" in log
    for secret in (PASSWORD, headers["X-Session"], "12345"):
        assert secret not in log
