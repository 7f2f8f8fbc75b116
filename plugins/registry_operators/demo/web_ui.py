"""Airflow's own web UI, scheduler and workers on the demo's parts."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from registry_operators.demo.airflow_server import end_group, running_airflow, served_at
from registry_operators.demo.environment import AIRFLOW_HOME, DEMO_DIR, USERS
from registry_operators.demo.play import prepare_airflow
from registry_operators.demo.stage import demo_stage
from registry_operators.errors import ConfigurationError
from registry_operators.paths import LOCAL_DIR

_GROUP_FILE = DEMO_DIR / "airflow.pgid"
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
            **served_at(port),
        }
        tell("  Airflow: preparing its metadata database")
        prepare_airflow(environment)
        try:
            _serve(environment, tell)
        finally:
            _GROUP_FILE.unlink(missing_ok=True)


def _serve(environment: Mapping[str, str], tell: Callable[[str], None]) -> None:
    passwords = _passwords()
    with running_airflow(environment, DEMO_DIR / "airflow.log") as airflow:
        _GROUP_FILE.write_text(str(airflow.process.pid), encoding="ascii")
        tell("  Airflow: starting")
        airflow.wait_until_healthy()
        tell(f"Airflow: {airflow.url}  user admin, password {passwords['admin']}")
        for user in sorted(USERS.keys() - {"admin"}):
            tell(f"  {user}, password {passwords[user]}")
        tell(f"The pages: {airflow.url}/plugin/patron-sync")
        tell("Unpause and trigger cicero_to_registry, then registry_to_cicero. Ctrl-C ends.")
        try:
            airflow.process.wait()
        except KeyboardInterrupt:
            tell("Stopping")


def stop_everything() -> Iterator[str]:
    """Stop an Airflow and a PostgreSQL that were left running; yield the name of each."""
    if _GROUP_FILE.exists():
        end_group(int(_GROUP_FILE.read_text(encoding="ascii")))
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


def _passwords() -> dict[str, str]:
    """Return the passwords of the local UI, made the first time and kept for this checkout."""
    path = AIRFLOW_HOME / "passwords.json"
    kept: dict[str, str] = {}
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
    if missing := USERS.keys() - kept.keys():
        kept |= {user: secrets.token_urlsafe(12) for user in missing}
        path.touch(mode=0o600)
        path.write_text(json.dumps(kept), encoding="utf-8")
    return kept


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
