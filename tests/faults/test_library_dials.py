"""
Each fault dial of each library system in a whole data sync: nothing lost, doubled or cleared.

Every run replaces empty fields, so whoever came without a value would lose it. What a run ends in
is compared with what the stand-in holds; a run that fails is gone on with, or left to the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from registry_operators.clients.ils_messages import IlsClient, IlsPage, IlsQuery
from registry_operators.errors import MalformedAnswerError, UnavailableError
from registry_operators.ledger.database import Ledger
from tests.library_life import LibraryLife
from tests.library_systems import SYSTEMS, LibrarySystem

PATRONS, FEW = 200, 60
TIMEOUT_S, LATE_S = 0.5, 1.0
LISTED = tuple(name for name in SYSTEMS if name != "symphony by keys")
REPLACE: dict[str, Any] = {"empty_fields": "replace"}
OK: dict[str, str] = {}


@dataclass(slots=True)
class BreakingOff:
    """A client that hands out one page of patrons, and then the system is away."""

    client: IlsClient

    def pages(self, query: IlsQuery, after: str | None = None) -> Iterator[IlsPage]:
        """Read as the client does, but not behind somebody."""
        for page in self.client.pages(query, after):
            yield page
            if page.records:
                raise UnavailableError("away")


def always(code: str) -> dict[str, str]:
    return dict.fromkeys(SYSTEMS, code)


@dataclass(frozen=True, slots=True)
class Fault:
    """
    What goes wrong.

    :param codes: System to the code of the error that ends its run; the others come through.
    :param at_login: It falls upon the log-in and not upon the reading of patrons.
    :param lost: Systems whose failed run cannot be gone on with; the next one reads all.
    :param waits: The pauses that were asked for, in seconds.
    """

    dial: str
    codes: dict[str, str] = field(default_factory=dict)
    at_login: bool = False
    lost: tuple[str, ...] = ()
    waits: frozenset[float] | None = None
    keys: dict[str, Any] = field(default_factory=dict)


def fault(dial: str, codes: dict[str, str] = OK, **keys: Any) -> Fault:
    own = {name: keys.pop(name) for name in ("at_login", "lost", "waits") if name in keys}
    return Fault(dial, codes, keys=keys, **own)


AWAY, CUT, REFUSED = always("UNAVAILABLE"), always("MALFORMED_ANSWER"), always("LOGIN_REFUSED")
FAULTS = {
    "slow": fault("latency", seconds=0.01, probability=0.6),
    "slower than the time-out": fault("latency", seconds=LATE_S, after=1, times=1),
    "always slower than the time-out": fault("latency", AWAY, seconds=LATE_S, after=2),
    "asked to wait": fault("too_many_requests", times=2, retry_after="7", waits=frozenset({7.0})),
    "too many calls": fault("too_many_requests", times=2, after=1, retry_after=""),
    "asked to wait until tomorrow": fault(
        "too_many_requests", AWAY, after=2, retry_after="86400", waits=frozenset()
    ),
    "broken now and then": fault("server_error", times=3, after=1),
    "broken between pages": fault("server_error", AWAY, after=2),
    "a page of the web server": fault("html_503", times=2, after=1),
    "pages of the web server": fault("html_503", AWAY, after=2),
    "reset before an answer": fault("reset_before_answer", times=2, after=1),
    "reset after an answer": fault("reset_after_answer", times=2, after=1),
    "reset again and again": fault("reset_after_answer", AWAY, after=2),
    "a page cut off": fault("truncated_body", times=2, after=1),
    "pages cut off": fault("truncated_body", AWAY, after=2),
    "a page cut off in silence": fault("truncated_body", times=2, after=1, in_silence=True),
    "pages cut off in silence": fault("truncated_body", CUT, after=2, in_silence=True),
    "session lost": fault("session_expired", {}, after=1),
    "token expired": fault("clock_skew", after=1, seconds=2 * 3600),
    "permission lost": fault("permission_lost", REFUSED, after=2),
    "log-in broken at first": fault("server_error", at_login=True, times=3),
    "log-in broken": fault("server_error", AWAY, at_login=True),
    "log-in refused": fault("permission_lost", REFUSED, at_login=True),
    "an empty answer": fault("empty_success", times=1),
    "an empty answer between pages": fault("empty_success", times=2, after=2),
    "nobody any more": fault(
        "empty_success", CUT | {"alma": "RUN_FAILED"}, lost=("alma",)
    ),
    "nobody any more between pages": fault("empty_success", CUT, after=2),
    "a shortened page": fault("shortened_page", rows=10, times=1, after=1),
    "a page twice": fault("duplicated_page", times=1, after=2),
    "pages twice": fault("duplicated_page", after=2),
    "too high a total": fault(
        "wrong_totals", {"koha": "MALFORMED_ANSWER", "symphony by search": "MALFORMED_ANSWER"},
        by=7,
    ),
    "far too high a total": fault(
        "wrong_totals", CUT | {"sierra": ""}, by=100, lost=("koha",)
    ),
    "too low a total": fault("wrong_totals", {"symphony by search": "MALFORMED_ANSWER"}, by=-7),
}  # fmt: skip


@pytest.fixture(scope="module")
def life(request, fresh_database) -> Iterator[LibraryLife]:
    """A library whose profiles are complete; what one test leaves, the next one begins with."""
    system = SYSTEMS[request.param]
    patrons = PATRONS if system.name in LISTED else FEW
    with (
        fresh_database() as url,
        psycopg.connect(url, autocommit=True) as db,
        Ledger.connect(url) as ledger,
        system.serve(patrons) as running,
    ):
        life = LibraryLife(system, running, ledger, db, is_filtered=False)
        life.run(**REPLACE)
        life.follow()
        yield life


@pytest.fixture
def library(life: LibraryLife) -> LibraryLife:
    """The library after a day of changes, without any fault."""
    number = next(life.numbers)
    life.heal()
    life.running.admin.change(count=20, seed=number)
    life.running.admin.insert(2)
    life.waits.clear()
    return life


ONE_BY_ONE = {
    "slower than the time-out", "too many calls", "broken between pages", "reset again and again",
    "a page cut off in silence", "session lost", "token expired", "permission lost",
}  # fmt: skip
"""What is tried where each patron is a call of its own; the client does the same with the rest."""


def is_possible(system: LibrarySystem, fault: str) -> bool:
    """Whether the system has something that the fault can fall upon."""
    one = FAULTS[fault]
    if system.name not in LISTED:
        return fault in ONE_BY_ONE
    is_key = not system.login  # it is sent with each call, and once it is revoked there is no other
    return not (is_key and (one.at_login or one.dial == "session_expired"))


CASES = [
    pytest.param(system.name, name, id=f"{system.name}-{name}")
    for system in SYSTEMS.values()
    for name in FAULTS
    if is_possible(system, name)
]


@pytest.mark.parametrize(("life", "name"), CASES, indirect=["life"])
def test_a_fault_loses_and_doubles_nothing(library: LibraryLife, name: str) -> None:
    one, system, sync = FAULTS[name], library.system, library.published(**REPLACE)
    library.dial(one.dial, system.login if one.at_login else "", **one.keys)
    is_late = one.dial == "latency"
    client, run_id = library.client(**({"timeout_s": TIMEOUT_S} if is_late else {})), None

    code = one.codes.get(system.name, "")
    if not code:
        account = library.run(sync, client=client)
        assert library.heal(), "a dial that never fires tests nothing"
    else:
        error, run_id = library.fails(sync, client=client)
        assert library.heal()
        assert error.code == code
        # Each fault is healed in both ways, by one system or the other.
        number = list(FAULTS).index(name) + list(SYSTEMS).index(system.name)
        is_resumed = number % 2 == 0 and system.name not in one.lost
        account = library.run(sync, run_id=run_id if is_resumed else None)

    assert library.is_complete(account)
    assert one.waits is None or set(library.waits) == one.waits


class TestGoingOn:
    """A run that is gone on with, wherever it broke off."""

    @pytest.mark.parametrize("life", list(SYSTEMS), indirect=True)
    def test_behind_each_page_loses_and_doubles_nothing(self, library: LibraryLife) -> None:
        sync, before, broken = library.published(**REPLACE), library.rows_of_profiles(), 0
        run_id = library.new_run_id()

        while True:
            client = BreakingOff(library.client())
            try:
                account = library.run(sync, run_id=run_id, client=client)
                break
            except UnavailableError:
                assert library.rows_of_profiles() == before
                broken += 1

        assert library.is_complete(account)
        assert broken > (2 if library.system.name in LISTED else 0)

    @pytest.mark.parametrize("dial", ["empty_success", "shortened_page"])
    @pytest.mark.parametrize("life", LISTED, indirect=True)
    def test_with_a_wrong_answer_at_once_is_no_end(self, library: LibraryLife, dial: str) -> None:
        sync = library.published(**REPLACE)
        library.dial("server_error", after=2)
        _, run_id = library.fails(sync)
        keys: dict[str, Any] = {"rows": 1000} if dial == "shortened_page" else {}

        library.dial(dial, **keys)
        with pytest.raises(MalformedAnswerError):
            library.run(sync, run_id=run_id)
        assert library.heal()

        assert library.is_complete(library.run(sync, run_id=run_id))
