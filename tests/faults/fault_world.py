"""A day of two libraries, lived with the real stand-in over HTTP and real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from registry_operators.clients.registry_client import RegistryAccount, RegistryClient
from registry_operators.domain.registry_time import registry_now
from registry_operators.domain.tally import LibraryTally
from registry_operators.ledger.database import Ledger
from stand_ins.cicero import seed_cicero
from stand_ins.people import (
    DEMO_VENDOR,
    DEMO_VENDOR_SECRET,
    authorisation_code,
    national_card_number,
    pin,
    registry_password,
)
from stand_ins.registry.process import RegistryProcess, running_registry
from tests.db.flow_world import World
from tests.factories import (
    DEFAULT_PIN,
    KEYS,
    LIBRARY,
    NO_LIMITS,
    OTHER_LIBRARY,
    Cicero,
    a_config,
    a_patron,
)

BOTH = (LIBRARY, OTHER_LIBRARY)
PEOPLE, PATRONS = 120, 60
_KEPT = ("patrons", "cards", "pins", "base", "pending", "taken", "sequence")
_TIMES = {"sist_endret", "sist_endret_av", "opprettet"}


@dataclass(slots=True)
class LiveRegistry:
    """The stand-in as `World` wants it; `waits` are the pauses that clients would have made."""

    process: RegistryProcess
    page_size: int
    timeout_s: float = 5.0
    skew_s: int = -30 * 24 * 3600  # nowhere near the clock of this machine
    passwords: dict[str, str] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    _passed_s: int = 0

    def connect(self, library: str) -> RegistryClient:
        demo = registry_password(authorisation_code(library), DEMO_VENDOR_SECRET)
        account = RegistryAccount(
            library, self.process.endpoint, f"{DEMO_VENDOR}-{library}",
            self.passwords.get(library, demo),
        )  # fmt: skip
        return RegistryClient(
            account, timeout_s=self.timeout_s, page_size=self.page_size, pause=self.waits.append
        )

    def pass_time(self, hours: int) -> None:
        """Move both clocks, as it were: nothing of the night before lies in the overlap."""
        self.process.admin.set_clock(self.offset_s(hours))
        self._passed_s += hours * 3600

    def offset_s(self, hours: int) -> int:
        """Say what the registry's clock will be set to after so many hours."""
        return self._passed_s + hours * 3600 + self.skew_s

    def people(self) -> list[tuple[Any, ...]]:
        """Everybody whom the registry has, without the times; tombstones look all alike."""
        return sorted(
            (
                one["fields"].get("lnr"), one["pin"], one["relations"],
                {name: text for name, text in one["fields"].items() if name not in _TIMES},
            )
            for one in self.process.admin.listing(limit=10_000)
            if not one["is_tombstone"]
        )  # fmt: skip


@dataclass(slots=True)
class Day:
    """Both sides in agreement, then a day of changes, each of which concerns another person."""

    world: World
    live: LiveRegistry

    def dials(self, *dials: dict[str, Any]) -> None:
        self.live.process.admin.set_faults(*dials)

    def fired(self) -> list[int]:
        return [dial["fired"] for dial in self.live.process.admin.faults()]

    def disturbed(self, *dials: dict[str, Any]) -> tuple[dict[str, LibraryTally], ...]:
        """Push and pull with dials on; say what became of each library, and switch them off."""
        self.dials(*dials)
        tallies = self.world.push(), self.world.pull()
        assert any(self.fired()), "dials that never fire test nothing"
        self.live.process.admin.clear_faults()
        return tallies

    def night(self) -> None:
        """Push and pull undisturbed: no library and no record may fail."""
        for flow in ("push", "pull"):
            for tally in self.world.run(flow).values():
                assert (tally.failure_code, tally.failures) == (None, {}), tally

    def disagreements(self) -> list[int]:
        """
        The ids of patrons whose card or PIN is not that of their living record.

        A default PIN stays at home, and the record has none.
        """
        records = {one["fields"]["fnr_hash"]: one
                   for one in self.live.process.admin.listing(limit=10_000)
                   if not one["is_tombstone"]}  # fmt: skip
        cicero = self.world.cicero
        return [
            patron_id
            for patron_id, _, national_id, *_ in self.world.state("patrons")["patrons"]
            if (record := records.get(national_id))
            and (
                cicero.card(patron_id) != record["fields"]["lnr"]
                or (cicero.pin(patron_id) or ("",))[0] != (record["pin"] or DEFAULT_PIN)
            )
        ]

    def outcome(self) -> dict[str, Any]:
        """All that matters of both sides, and how many calls really wrote."""
        return {
            "registry": self.live.people(),
            "writes": self.live.process.admin.summary()["tally"]["writes"],
            **self.world.state(*_KEPT),
        }


@contextmanager
def a_day(
    fresh_database: Callable[[], AbstractContextManager[str]],
    *,
    people: int = PEOPLE,
    page_size: int = 10,
) -> Iterator[Day]:
    """A world after an undisturbed night and a day of changes on both sides."""
    with (
        fresh_database() as url,
        psycopg.connect(url, autocommit=True) as connection,
        Ledger.connect(url) as ledger,
        running_registry(patrons=people, libraries=BOTH) as process,
    ):
        seed_cicero(connection, KEYS, patrons=PATRONS, known_to_registry=people,
                    libraries=BOTH, all_in_order=True)  # fmt: skip
        live: Any = LiveRegistry(process, page_size=page_size)
        day = Day(
            World(ledger, Cicero(connection), live, a_config(NO_LIMITS), clock=registry_now), live
        )
        day.night()
        change_cicero(day.world.cicero)
        change_registry(day.live)
        yield day


def change_cicero(cicero: Cicero) -> None:
    """Patron ids are the indexes of the people plus one; even indexes are of the first library."""
    for index in range(320, 326):  # the push writes nothing of these into Cicero
        card = f"N1{index % 2}40002{index - 300}"
        cicero.add(a_patron(index, library=BOTH[index % 2], card=card, pin="2468"))
    for index in range(300, 312):
        library = BOTH[index % 2]
        digits = None if index < 302 else "2468"
        cicero.add(a_patron(index, library=library, card=None, pin=digits))
    for index in range(71, 79, 2):  # known at the other library, and new here
        card = national_card_number(index, BOTH)
        cicero.add(a_patron(index, library=LIBRARY, card=card, pin=pin(index)))
    for index in range(8):
        cicero.set_pin(index + 1, f"13{index:02d}")
    for index in (8, 9):
        cicero.change_card(index + 1, f"N1{index % 2}4000001")
    for index in (10, 11, 12, 13):
        cicero.delete(index + 1)


def change_registry(live: LiveRegistry) -> None:
    admin = live.process.admin
    live.pass_time(hours=5)
    for index in range(20, 36):
        admin.patch({}, lnr=national_card_number(index, BOTH), pin=f"57{index:02d}")
    for index in range(36, 40):
        admin.patch({"lnr": f"N1{index % 2}40000{index}"}, lnr=national_card_number(index, BOTH))
    for index in (40, 41):
        admin.delete(lnr=national_card_number(index, BOTH))
