"""The registry stand-in over SOAP, as the table of scenarios looks at a registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from registry_operators.clients.registry_messages import Answer, RegistryPatron, RegistryUpload
from registry_operators.errors import UnavailableError
from registry_operators.steps.ports import ChangesPort, RegistryPort
from tests.db.scenario_table import REGISTRY_PIN
from tests.factories import a_national_id
from tests.faults.fault_world import LiveRegistry
from tests.unit.steps.fake_registry import WRITES, Call, Person


@dataclass(slots=True)
class ScenarioStandIn:
    """Real calls to a real server; what is said is written down on the way."""

    live: LiveRegistry
    calls: list[Call] = field(default_factory=list)
    away_libraries: set[str] = field(default_factory=set)

    def connect(self, library: str) -> RegistryPort:
        return _Overheard(self, library, self.live.connect(library))

    def add(self, index: int, *, card: str, pin: str = REGISTRY_PIN) -> None:
        fields: dict[str, str | None] = {"lnr": card, "fnr_hash": a_national_id(index)}
        self.live.process.admin.put(fields, pin=pin, relations=[])

    def forget(self, index: int) -> None:
        """Leave nobody to the next scenario."""
        if self._found(index):
            self.live.process.admin.delete(national_id=a_national_id(index))

    @property
    def people(self) -> list[Person]:
        listed = self.live.process.admin.listing(limit=1000)
        return [
            Person(
                one["fields"]["lnr"], one["fields"]["fnr_hash"], one["pin"] or "",
                relations=set(one["relations"]),
            )
            for one in listed if not one["is_tombstone"]
        ]  # fmt: skip

    def pin_of(self, index: int) -> str | None:
        (person,) = self._found(index)
        return person["pin"] or None

    def writes(self) -> list[Call]:
        return [call for call in self.calls if call.operation in WRITES]

    def mentions(self, *values: str) -> list[Call]:
        return [call for call in self.calls if set(values) & set(call.sent)]

    def pass_time(self, hours: int) -> None:
        self.live.pass_time(hours)

    def _found(self, index: int) -> list[dict[str, Any]]:
        return self.live.process.admin.find(national_id=a_national_id(index))


@dataclass(slots=True)
class _Overheard:
    """A client of the registry whose calls are written down; away, it reaches nobody."""

    stand_in: ScenarioStandIn
    library: str
    client: RegistryPort

    def changes_since(self, since: datetime) -> ChangesPort:
        return self.client.changes_since(since)

    def find(self, identifier: str) -> list[RegistryPatron]:
        self._note("find", identifier)
        return self.client.find(identifier)

    def create(self, upload: RegistryUpload) -> Answer:
        self._note("create", upload.national_id, upload.card_number, upload.encrypted_pin)
        return self.client.create(upload)

    def update(self, card_number: str, upload: RegistryUpload) -> Answer:
        self._note("update", card_number, upload.national_id, upload.card_number)
        return self.client.update(card_number, upload)

    def remove_relation(self, card_number: str) -> Answer:
        self._note("remove_relation", card_number)
        return self.client.remove_relation(card_number)

    def _note(self, operation: str, *sent: str | None) -> None:
        self.stand_in.calls.append(Call(self.library, operation, sent))
        if self.library in self.stand_in.away_libraries:
            raise UnavailableError("the line is cut")
