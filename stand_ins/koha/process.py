"""Putting a Koha together, in this process or as one of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stand_ins.ils.admin_client import IlsAdmin
from stand_ins.ils.clock import Clock
from stand_ins.ils.population import Population
from stand_ins.ils.thread import serving
from stand_ins.koha.options import KohaOptions
from stand_ins.koha.system import BASE, KohaSystem
from stand_ins.process import running_module

FIRST_ID = 1


@dataclass(frozen=True, slots=True)
class RunningKoha:
    """A running stand-in: where it is, and how to look behind it."""

    url: str
    admin: IlsAdmin

    @property
    def api(self) -> str:
        """The URL that paths of the API are added to."""
        return self.url + BASE


def build_system(patrons: int, seed: int = 1, options: KohaOptions | None = None) -> KohaSystem:
    """Make a Koha of so many invented patrons."""
    population = Population(patrons, seed, first_id=FIRST_ID, clock=Clock())
    return KohaSystem(population, options or KohaOptions())


@contextmanager
def serving_koha(patrons: int = 200, seed: int = 1, **options: Any) -> Iterator[RunningKoha]:
    """Serve one from a thread as long as the block lasts; `options` are those of `KohaOptions`."""
    with serving(build_system(patrons, seed, KohaOptions(**options))) as url:
        yield RunningKoha(url, IlsAdmin(url))


@contextmanager
def running_koha(
    *, patrons: int = 200, seed: int = 1, extra: Sequence[str] = ()
) -> Iterator[RunningKoha]:
    """
    Run one as a process of its own as long as the block lasts.

    `extra` are further options of the command line. Raises `NotStartedError` if it cannot start.
    """
    options = ["--port=0", f"--patrons={patrons}", f"--seed={seed}", *extra]
    with running_module("stand_ins.koha", options) as (url, _):
        yield RunningKoha(url, IlsAdmin(url))
