"""Airflow's web UI, scheduler, DAG processor and triggerer for as long as a block lasts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry_operators.errors import RunFailedError

_PARTS = ("metadatabase", "scheduler", "dag_processor")
_STOP_AFTER_S = 2


@dataclass(frozen=True, slots=True)
class AirflowServer:
    """
    An Airflow that has been started.

    :param url: Where browsers find it, without a slash at its end.
    :param log: File with what all its processes say.
    """

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until_healthy(self, within_s: float = 180) -> None:
        """
        Return when everything but the triggerer runs.

        :raises RunFailedError: It ended before, or took longer.
        """
        deadline = time.monotonic() + within_s
        while self.process.poll() is None and time.monotonic() < deadline:
            if self._is_healthy():
                return
            time.sleep(0.5)
        raise RunFailedError(f"Airflow did not become healthy; see {self.log}")

    def _is_healthy(self) -> bool:
        try:
            address = f"{self.url}/api/v2/monitor/health"
            with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310  always http
                health = json.load(answer)
        except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError):
            return False
        return all(health[part]["status"] == "healthy" for part in _PARTS)


def served_at(port: int) -> dict[str, str]:
    """Return the settings of an Airflow that is served at a port of this machine only."""
    url = f"http://127.0.0.1:{port}"
    return {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
    }


@contextmanager
def running_airflow(environment: Mapping[str, str], log: Path) -> Iterator[AirflowServer]:
    """
    Run ``airflow standalone`` in a process group of its own, and end the whole group.

    :param environment: With ``AIRFLOW__API__BASE_URL``, and a ``PATH`` that has ``airflow``.
    :raises RunFailedError: There is no command ``airflow``.
    """
    executable = shutil.which("airflow", path=environment["PATH"])
    if executable is None:
        raise RunFailedError("the command airflow is not beside this Python; run make again")
    with log.open("a", encoding="utf-8") as out:
        process = subprocess.Popen(
            [executable, "standalone"],
            env=dict(environment), stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        yield AirflowServer(environment["AIRFLOW__API__BASE_URL"], process, log)
    finally:
        end_group(process.pid)
        process.wait()


def end_group(group: int) -> None:
    """End every process of a group: politely, then surely (standalone leaves children behind)."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(group, sign)
        except ProcessLookupError:
            return
        if sign is signal.SIGTERM:
            time.sleep(_STOP_AFTER_S)
