"""The stack of docker-compose.yaml, used as an operator does: at a terminal, and over HTTP."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from registry_operators.paths import PROJECT_DIR
from tests.browser.ports import free_port
from tools.new_env import missing_files

PATIENCE_S = 1800
"""What takes longer has failed: a stack starts in three minutes, a run takes two."""

ONE_SHOT = {"init", "demo-runs"}
_PAUSE_S = 2
_MISSING = """\
These tests need Docker with Compose, and {}. On Debian, as root:

    apt-get install docker.io docker-compose

The images that docker-compose.yaml and the Dockerfile name must be there or be reachable."""


def compose_command() -> list[str]:
    """Return the command; tests without it fail, because a skipped stack is an untested stack."""
    if shutil.which("docker") is None:
        pytest.exit(_MISSING.format("there is no docker"), returncode=1)
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and _said([*command, "version"]):
            break
    else:
        pytest.exit(_MISSING.format("there is no Compose"), returncode=1)
    if not _said(["docker", "info"]):
        pytest.exit(_MISSING.format("no Docker engine answers"), returncode=1)
    return command


def _said(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@dataclass
class Stack:
    """
    A stack of its own, with free ports and fresh secrets in a folder of its own.

    One task at a time in each worker, so that two tasks are on two workers; and a task whose worker
    is gone is missed after a minute.
    """

    command: list[str]
    project: str
    folder: Path
    ui_port: int = field(default_factory=free_port)
    cms_port: int = field(default_factory=free_port)
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        list(missing_files(self.folder))
        values = {
            "UI_PORT": self.ui_port, "CMS_API_PORT": self.cms_port, "UI_URL": self.url,
            "SECRETS": self.folder / "secrets", "PATRON_SYNC_TAG": "test",
            "WORKER_CONCURRENCY": 1, "DEAD_TASK_AFTER_S": 60,
        }  # fmt: skip
        text = self.env_file.read_text(encoding="utf-8")
        for name, value in values.items():
            text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
        self.env_file.write_text(text, encoding="utf-8")

    @property
    def env_file(self) -> Path:
        return self.folder / ".env"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ui_port}"

    @property
    def words(self) -> list[str]:
        """The command with all that names this stack."""
        return [*self.command, "--project-name", self.project, "--env-file", str(self.env_file)]

    def secret(self, name: str) -> str:
        return (self.folder / "secrets" / name).read_text(encoding="utf-8")

    def compose(self, *arguments: str, stdin: str | None = None) -> str:
        return run([*self.words, *arguments], stdin)

    def containers(self, *services: str) -> list[dict[str, Any]]:
        """Return what the engine tells of the stack's containers, or of those of some services."""
        label = f"label=com.docker.compose.project={self.project}"
        ids = run(["docker", "ps", "--all", "--quiet", "--filter", label]).split()
        told = json.loads(run(["docker", "inspect", *ids])) if ids else []
        return [one for one in told if not services or service(one) in services]

    def is_healthy(self) -> bool:
        """Whether each part runs and passes its health check, or has done its one job."""
        return all(map(is_well, self.containers()))

    def until(self, question: Callable[[], Any]) -> Any:
        """Ask again and again, and return the first answer that is true."""
        end = time.monotonic() + PATIENCE_S
        while not (answer := question()):
            assert time.monotonic() < end, "waited too long"
            time.sleep(_PAUSE_S)
        return answer

    def api(self, path: str, method: str = "get", **body: Any) -> dict[str, Any]:
        """Call Airflow's API as its user admin; nothing while it does not answer."""
        url = f"{self.url}/api/v2/{path}"
        try:
            if "Authorization" not in self.session.headers:
                self._log_in()
            reply = self.session.request(method, url, json=body or None, timeout=60)
        except requests.RequestException:
            return {}
        answer: dict[str, Any] = reply.json() if reply.ok else {}
        return answer

    def _log_in(self) -> None:
        account = {"username": "admin", "password": self._password()}
        reply = requests.post(f"{self.url}/auth/token", json=account, timeout=60)
        self.session.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"

    def _password(self) -> str:
        return str(json.loads(self.secret("airflow_passwords"))["admin"])

    def begin(self, dag: str) -> str:
        """Begin a run and return the path of it in the API."""
        run_id = self.api(f"dags/{dag}/dagRuns", "post", logical_date=None)["dag_run_id"]
        return f"dags/{dag}/dagRuns/{run_id}"

    def ended(self, dag_run: str) -> str:
        """Wait for the end of a run and return its state."""
        ends = {"success", "failed"}
        return str(self.until(lambda: (s := self.api(dag_run).get("state")) in ends and s))

    def tasks(self, dag_run: str, task: str | None = None) -> list[dict[str, Any]]:
        """Return the tasks of a run, or the mapped instances of one of them."""
        found = self.api(f"{dag_run}/taskInstances?limit=100").get("task_instances", [])
        return [one for one in found if task in (None, one["task_id"])]

    def in_worker(self, command: str, stdin: str | None = None) -> str:
        """Run a command of the shell in a worker, as docs/production.md says."""
        return self.compose("exec", "-T", "worker", "sh", "-c", command, stdin=stdin)

    def ask(self, statement: str, database: str = "patrons") -> list[str]:
        """Run a statement as the databases' owner and return its rows as text."""
        psql = ["psql", "--username", "postgres", "--no-align", "--tuples-only", "--quiet"]
        words = ["exec", "-T", "postgres", *psql, "--set", "ON_ERROR_STOP=1", database]
        return self.compose(*words, stdin=statement).splitlines()


def run(command: list[str], stdin: str | None = None) -> str:
    """Run a command in the project and return what it says; what went wrong is shown."""
    done = subprocess.run(
        command, cwd=PROJECT_DIR, input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout


def service(container: dict[str, Any]) -> str:
    return str(container["Config"]["Labels"]["com.docker.compose.service"])


def is_well(container: dict[str, Any]) -> bool:
    state = container["State"]
    if service(container) in ONE_SHOT:
        assert state["ExitCode"] == 0, run(["docker", "logs", "--tail", "50", container["Id"]])
        return bool(state["Status"] == "exited")
    health = state.get("Health", {}).get("Status", "healthy")
    return bool(state["Running"] and health == "healthy")
