"""Putting a Symphony together, in this process or as one of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from stand_ins.ils.admin_client import IlsAdmin
from stand_ins.ils.clock import Clock
from stand_ins.ils.population import Population
from stand_ins.ils.thread import serving
from stand_ins.process import running_module
from stand_ins.symphony.policies import ADDRESS_STYLES, Policies
from stand_ins.symphony.records import Records
from stand_ins.symphony.searching import INDEXES, Search
from stand_ins.symphony.sessions import DEMO_CLIENT, DEMO_LOGIN, DEMO_PASSWORD, IDLE_S, Sessions
from stand_ins.symphony.system import FIRST_KEY, SymphonySystem

WEBAPP = "symws"


@dataclass(frozen=True, slots=True)
class Site:
    """What each site sets for itself; `warm` are fields to render beforehand."""

    client: str = DEMO_CLIENT
    login: str = DEMO_LOGIN
    password: str = DEMO_PASSWORD
    webapp: str = WEBAPP
    address_style: str = "city"
    indexes: Sequence[str] = INDEXES
    idle_s: int = IDLE_S
    warm: str = ""


@dataclass(frozen=True, slots=True)
class RunningSymphony:
    """A running stand-in: where it is, and how to look behind it."""

    url: str
    admin: IlsAdmin

    @property
    def api(self) -> str:
        """The URL that paths of the API are added to."""
        return f"{self.url}/{WEBAPP}"


def build_system(patrons: int, seed: int = 1, site: Site | None = None) -> SymphonySystem:
    """Make a Symphony of so many invented patrons."""
    site = site or Site()
    clock = Clock()
    people = Population(patrons, seed, first_id=FIRST_KEY, clock=clock)
    codes = ADDRESS_STYLES[site.address_style]
    policies = Policies(codes)
    records = Records(codes, policies)
    sessions = Sessions(site.client, site.login, site.password, clock, site.idle_s)
    search = Search(people, records, site.indexes)
    if site.warm:
        search.warm(site.warm)
    return SymphonySystem(people, sessions, search, records, policies, site.webapp)


@contextmanager
def serving_symphony(
    patrons: int = 200, seed: int = 1, site: Site | None = None
) -> Iterator[RunningSymphony]:
    """Serve one from a thread as long as the block lasts."""
    with serving(build_system(patrons, seed, site)) as url:
        yield RunningSymphony(url, IlsAdmin(url))


@contextmanager
def running_symphony(
    *, patrons: int = 200, seed: int = 1, extra: Sequence[str] = ()
) -> Iterator[RunningSymphony]:
    """
    Run one as a process of its own as long as the block lasts.

    `extra` are further options of the command line. Raises `NotStartedError` if it cannot start.
    """
    options = ["--port=0", f"--patrons={patrons}", f"--seed={seed}", *extra]
    with running_module("stand_ins.symphony", options) as (url, _):
        yield RunningSymphony(url, IlsAdmin(url))
