"""Airflow's own web UI, scheduler and workers on the demo's parts."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from registry_operators.demo.environment import AIRFLOW_HOME, DEMO_DIR
from registry_operators.demo.play import prepare_airflow
from registry_operators.demo.stage import demo_stage
from registry_operators.errors import ConfigurationError, RunFailedError
from registry_operators.paths import LOCAL_DIR

_GROUP_FILE = DEMO_DIR / "airflow.pgid"
_READY_WITHIN_S = 180
_STOP_WITHIN_S = 15


def serve(port: int, patrons: int, tell: Callable[[str], None]) -> None:
    """
    Start everything, say where it is, and stop it all at Ctrl-C or SIGTERM.

    :param port: Port on the loopback address; 0 takes a free one.
    :raises ConfigurationError: The port is taken.
    :raises RunFailedError: Airflow did not become healthy; the message names its log.
    """
    DEMO_DIR.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    port = _free_port(port)
    with demo_stage(patrons, lambda text: tell(f"  {text}")) as stage:
        environment = {
            **stage.environment,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        }
        tell("  Airflow: preparing its metadata database")
        prepare_airflow(environment)
        password = _admin_password()
        with _airflow(environment) as process:
            tell("  Airflow: starting")
            _wait_until_healthy(port, process)
            tell(f"Airflow: http://127.0.0.1:{port}  user admin, password {password}")
            tell("Unpause and trigger cicero_to_registry, then registry_to_cicero. Ctrl-C ends.")
            try:
                process.wait()
            except KeyboardInterrupt:
                tell("Stopping")


def stop_everything() -> Iterator[str]:
    """Stop an Airflow and a PostgreSQL that were left running; yield the name of each."""
    if _GROUP_FILE.exists():
        _end_group(int(_GROUP_FILE.read_text(encoding="ascii")))
        _GROUP_FILE.unlink(missing_ok=True)
        yield "Airflow"
    pid_file = LOCAL_DIR / "postgres" / "postmaster.pid"
    if pid_file.exists():
        pid = int(pid_file.read_text(encoding="ascii").splitlines()[0])
        try:
            os.kill(pid, signal.SIGINT)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + _STOP_WITHIN_S
        while pid_file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        yield "PostgreSQL"


@contextmanager
def _airflow(environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``airflow standalone`` in a process group of its own, and end the whole group."""
    executable = shutil.which("airflow", path=environment["PATH"])
    if executable is None:
        raise RunFailedError("the command airflow is not beside this Python; run make again")
    with (DEMO_DIR / "airflow.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [executable, "standalone"],
            env=dict(environment), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    _GROUP_FILE.write_text(str(process.pid), encoding="ascii")
    try:
        yield process
    finally:
        _end_group(process.pid)
        process.wait()
        _GROUP_FILE.unlink(missing_ok=True)


def _end_group(group: int) -> None:
    """End every process of a group: politely, then surely (standalone leaves children behind)."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(group, sign)
        except ProcessLookupError:
            return
        if sign is signal.SIGTERM:
            time.sleep(2)


def _wait_until_healthy(port: int, process: subprocess.Popen[bytes]) -> None:
    url = f"http://127.0.0.1:{port}/api/v2/monitor/health"
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                health = json.load(answer)
            if all(health[part]["status"] == "healthy"
                   for part in ("metadatabase", "scheduler", "dag_processor")):  # fmt: skip
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError):
            pass
        time.sleep(0.5)
    raise RunFailedError(f"Airflow did not become healthy; see {DEMO_DIR / 'airflow.log'}")


def _admin_password() -> str:
    """Return the password of the local UI, made the first time and kept for this checkout."""
    path = AIRFLOW_HOME / "passwords.json"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({"admin": secrets.token_urlsafe(12)}), encoding="utf-8")
    return str(json.loads(path.read_text(encoding="utf-8"))["admin"])


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise ConfigurationError(
                f"port {port} is taken; choose another: patron-sync ui --port 0 takes a free one"
            ) from None
        return int(probe.getsockname()[1])
