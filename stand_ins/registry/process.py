"""Running the stand-in as a process of its own for as long as a block lasts."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stand_ins.people import DEMO_LIBRARIES
from stand_ins.registry.admin_client import AdminClient
from stand_ins.registry.app import ENDPOINT, WSDL_PATH

_ROOT = Path(__file__).parents[2]
_STOP_S = 10


class NotStartedError(Exception):
    """The stand-in ended before it was ready; the message is what it said."""


@dataclass(frozen=True, slots=True)
class RegistryProcess:
    """A running stand-in: where it is, how to look behind it, and its process id."""

    url: str
    admin: AdminClient
    pid: int

    @property
    def endpoint(self) -> str:
        """The URL of the SOAP endpoint."""
        return self.url + ENDPOINT

    @property
    def wsdl(self) -> str:
        """The URL of the WSDL."""
        return self.url + WSDL_PATH


@contextmanager
def running_registry(
    *,
    patrons: int = 200,
    seed: int = 1,
    libraries: Sequence[str] = DEMO_LIBRARIES,
    state: Path | None = None,
    admin_token: str | None = None,
    extra: Sequence[str] = (),
) -> Iterator[RegistryProcess]:
    """
    Start a stand-in on a free port, wait until it is ready, and end it with the block.

    `extra` are further options of the command line. Raises `NotStartedError` if it cannot start.
    """
    options = [
        "--port=0", f"--patrons={patrons}", f"--seed={seed}", f"--libraries={','.join(libraries)}",
        *([f"--state={state}"] if state else []),
        *([f"--admin-token={admin_token}"] if admin_token else []),
        *extra,
    ]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "stand_ins.registry", *options],
        cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        url = _announced_url(process)
        admin = AdminClient(url, admin_token)
        admin.health()
        yield RegistryProcess(url, admin, process.pid)
    finally:
        _end(process)


def _announced_url(process: subprocess.Popen[str]) -> str:
    """Wait for the line that says where it listens; seeding may take its time before that."""
    line = process.stdout.readline() if process.stdout else ""
    words = [word for word in line.split() if word.startswith("http://")]
    if not words:
        process.kill()
        raise NotStartedError(process.communicate()[1].strip() or "it said nothing")
    return words[0]


def _end(process: subprocess.Popen[str]) -> None:
    """Ask it to stop, and kill it if it does not."""
    process.terminate()
    deadline = time.monotonic() + _STOP_S
    try:
        process.communicate(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
