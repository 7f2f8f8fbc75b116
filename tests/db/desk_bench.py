"""A desk at the small world: the same Cicero and registry as the nightly runs of a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from registry_operators.desk.create_patron import CreatedPatron, create_patron
from registry_operators.desk.desk import Caller, Desk, PatronRef
from registry_operators.desk.new_patron import NewPatron
from registry_operators.desk.registry_look_up import RegistryLookUp
from registry_operators.domain.creation import Actor
from registry_operators.domain.person_name import PersonName
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.pin_vault import PinVault
from tests.db.flow_world import World
from tests.factories import (
    KEYS,
    LIBRARY,
    SECRETS,
    a_card_number,
    a_config,
    a_library_config,
    a_national_id,
)

LIBRARIAN = Caller(Actor.LIBRARIAN, "kari", "desk")
SELF_SERVICE = Caller(Actor.SELF_SERVICE, "web", "cms_api")


@contextmanager
def desk_at(world: World, database_url: str) -> Iterator[Desk]:
    """A desk whose deeds are sessions of their own, as at a library."""
    look_up = RegistryLookUp(world.registry.connect)
    try:
        yield Desk(lambda: Ledger.connect(database_url), world.config, SECRETS, look_up)
    finally:
        look_up.close()


def a_request(index: int = 0, **changes: Any) -> NewPatron:
    """An invented person who consents and brings neither card nor PIN."""
    values: dict[str, Any] = {
        "library": LIBRARY,
        "national_id": a_national_id(index),
        "name": PersonName("Nyberg", "Nora"),
        "has_consent": True,
    }
    return NewPatron(**values | changes)


@dataclass(frozen=True, slots=True)
class DeskBench:
    """A desk whose configuration is the world's at the moment of each deed."""

    world: World
    url: str

    def do(self, deed: Callable[..., Any], *args: Any, **how: Any) -> Any:
        """Let a librarian do something, unless ``caller`` says who."""
        caller = how.pop("caller", LIBRARIAN)
        with desk_at(self.world, self.url) as desk:
            return deed(desk, caller, *args, **how)

    def create(
        self, index: int = 0, *, caller: Caller = LIBRARIAN, **changes: Any
    ) -> CreatedPatron:
        """Create an invented person."""
        made: CreatedPatron = self.do(create_patron, a_request(index, **changes), caller=caller)
        return made

    def settled(self, index: int = 0, **changes: Any) -> PatronRef:
        """A patron with a card and PIN of their own, whom the registry knows by both."""
        values = {"card_number": a_card_number(index), "pin": "4719"} | changes
        patron = self.create(index, **values).patron
        self.world.rounds(1)
        return patron

    def pin(self, patron_id: int) -> str | None:
        """The PIN in clear, also of a patron without a national id."""
        rows = self.world.cicero.db.execute(
            "select coalesce(person_key, former_person_key), pin_encrypted"
            " from cicero.patron join cicero.pin using (patron_id) where patron_id = %s",
            [patron_id],
        ).fetchall()
        opened = [PinVault(KEYS).open(bytes(key), bytes(sealed)) for key, sealed in rows]
        return opened[0].digits if opened and opened[0] else None

    def everything(self) -> dict[str, Any]:
        """All that a deed may write, to compare before and after."""
        counts = self.world.cicero.db.execute(
            "select (select count(*) from cicero.change),"
            " (select count(*) from patron_sync.audit_event)"
        ).fetchone()
        return {**self.world.state(), "counts": counts}


def configure(world: World, guards: dict[str, Any] | None = None, **changes: Any) -> None:
    """Change the settings of the first library; there is no other one then."""
    world.config = a_config(guards, **{f"_{LIBRARY}": a_library_config(**changes)})
