"""A small world in which whole runs happen: Cicero on PostgreSQL, and a registry in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from registry_operators.domain.tally import LibraryTally
from registry_operators.ledger.database import Ledger
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.steps.open_run import RunRequest
from registry_operators.steps.reconcile import Reconciled, reconcile
from registry_operators.steps.run_flow import run_flow
from tests.factories import LIBRARY, SECRETS, Cicero, PatronToBe, a_config, a_run_id
from tests.unit.steps.fake_registry import FakeRegistry, Person

_STATE = {
    "patrons": "select patron_id, library, national_id, surname, first_name from cicero.patron",
    "cards": "select patron_id, card_number, kind, status, origin from cicero.card",
    "pins": "select patron_id, pin_fingerprint, must_change, origin from cicero.pin",
    "consents": "select patron_id, given_at, withdrawn_at from cicero.consent",
    "details": "select patron_id, born_on, address, settings from cicero.patron_detail",
    "guardians": "select patron_id, person_key, name, contact from cicero.guardian",
    "deleted": "select patron_id, national_id, settled_at from cicero.deleted_patron",
    "base": "select library, person_key, field, fingerprint from patron_sync.base",
    "pending": "select flow, library, patron_id, reason, attempts from patron_sync.pending",
    "watermark": "select flow, library, registry_time, cicero_xid::text from patron_sync.watermark",
    "sequence": "select library, next_value from patron_sync.card_sequence",
    "taken": "select library, patron_id, card_number from patron_sync.taken_card_number",
}
CICERO = ("patrons", "cards", "pins", "consents", "details", "guardians", "deleted")


@dataclass(slots=True)
class World:
    """Runs flows, and looks at what they left; every run must add up."""

    ledger: Ledger
    cicero: Cicero
    registry: FakeRegistry = field(default_factory=FakeRegistry)
    config: LibrariesConfig = field(default_factory=a_config)
    runs: int = 0
    clock: Callable[[], datetime] | None = None
    audit: list[str] = field(default_factory=list)

    def push(self, **request: Any) -> dict[str, LibraryTally]:
        return self.run("push", **request)

    def pull(self, **request: Any) -> dict[str, LibraryTally]:
        return self.run("pull", **request)

    def run(
        self, flow: str, *, number: int | None = None, **request: Any
    ) -> dict[str, LibraryTally]:
        """Run a flow; a number that was used before repeats that run."""
        if number is None:
            self.runs += 1
            number = self.runs
        self.registry.pass_time(hours=5)
        self.audit = []
        clock = self.clock or (lambda: self.registry.now)
        tallies = run_flow(
            self.ledger, self.config, self.registry.connect, SECRETS, RunRequest(flow, **request),
            a_run_id(number), tell=self.audit.append, clock=clock,
        )  # fmt: skip
        assert all(tally.adds_up for tally in tallies), tallies
        return {tally.library: tally for tally in tallies}

    def reconcile(self, *, number: int | None = None, **how: Any) -> Reconciled:
        """Compare everybody, and repair if asked to; a number used before goes on with that."""
        if number is None:
            self.runs += 1
            number = self.runs
        self.registry.pass_time(hours=5)
        self.audit = []
        clock = self.clock or (lambda: self.registry.now)
        found = reconcile(
            self.ledger, self.config, self.registry.connect, SECRETS, a_run_id(number),
            tell=self.audit.append, clock=clock, **how,
        )  # fmt: skip
        assert all(tally.adds_up for tally in found.tallies), found.tallies
        return found

    def rounds(self, count: int = 2) -> list[LibraryTally]:
        """Push and pull so many times; the tallies of the first library, in order."""
        return [self.run(flow)[LIBRARY] for _ in range(count) for flow in ("push", "pull")]

    def both(self, patron: PatronToBe, **registry: Any) -> tuple[int, Person]:
        """A patron whom the registry knows too, in agreement unless said otherwise."""
        person = self.registry.add(patron.index, **registry)
        return self.cicero.add(patron), person

    def state(self, *parts: str) -> dict[str, list[tuple[Any, ...]]]:
        """What stands in the tables, in a stable order."""
        return {
            part: sorted(self.cicero.db.execute(_STATE[part]).fetchall(), key=repr)
            for part in parts or _STATE
        }
