"""Putting a Sierra together, in this process or as one of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from stand_ins.ils.admin_client import IlsAdmin
from stand_ins.ils.clock import Clock
from stand_ins.ils.population import Population
from stand_ins.ils.thread import serving
from stand_ins.process import running_module
from stand_ins.sierra.system import BASE, FIRST_ID, SierraSystem
from stand_ins.sierra.tokens import DEMO_KEY, DEMO_SECRET, LIFETIME_S, Tokens


@dataclass(frozen=True, slots=True)
class RunningSierra:
    """A running stand-in: where it is, and how to look behind it."""

    url: str
    admin: IlsAdmin

    @property
    def api(self) -> str:
        """The URL that paths of the API are added to."""
        return self.url + BASE


def build_system(
    patrons: int,
    seed: int = 1,
    *,
    key: str = DEMO_KEY,
    secret: str = DEMO_SECRET,
    lifetime_s: int = LIFETIME_S,
) -> SierraSystem:
    """Make a Sierra of so many invented patrons; a token lives `lifetime_s`."""
    clock = Clock()
    population = Population(patrons, seed, first_id=FIRST_ID, clock=clock)
    return SierraSystem(population, Tokens(key, secret, clock, lifetime_s))


@contextmanager
def serving_sierra(patrons: int = 200, seed: int = 1) -> Iterator[RunningSierra]:
    """Serve one from a thread as long as the block lasts."""
    with serving(build_system(patrons, seed)) as url:
        yield RunningSierra(url, IlsAdmin(url))


@contextmanager
def running_sierra(
    *, patrons: int = 200, seed: int = 1, extra: Sequence[str] = ()
) -> Iterator[RunningSierra]:
    """
    Run one as a process of its own as long as the block lasts.

    `extra` are further options of the command line. Raises `NotStartedError` if it cannot start.
    """
    options = ["--port=0", f"--patrons={patrons}", f"--seed={seed}", *extra]
    with running_module("stand_ins.sierra", options) as (url, _):
        yield RunningSierra(url, IlsAdmin(url))
