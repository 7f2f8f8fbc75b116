"""Running the stand-in as a process of its own for as long as a block lasts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stand_ins.people import DEMO_LIBRARIES
from stand_ins.process import NotStartedError, running_module
from stand_ins.registry.admin_client import AdminClient
from stand_ins.registry.app import ENDPOINT, WSDL_PATH

__all__ = ["NotStartedError", "RegistryProcess", "running_registry"]


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
    with running_module("stand_ins.registry", options) as (url, pid):
        admin = AdminClient(url, admin_token)
        admin.health()
        yield RegistryProcess(url, admin, pid)
