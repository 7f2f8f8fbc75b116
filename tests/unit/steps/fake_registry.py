"""
A registry in memory that obeys the rules of the real one; see ``test_fake_registry.py``.

It speaks the protocol of ``steps.ports`` and remembers every call, so that a test can ask what
left the house.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from registry_operators.clients.registry_messages import Answer, RegistryPatron, RegistryUpload
from registry_operators.domain.card_number import has_national_form
from registry_operators.domain.national_id import is_valid_national_id
from registry_operators.errors import LoginRefusedError, RefusedError, SyncError, UnavailableError
from stand_ins.people import DEMO_LIBRARIES, reserved_series
from tests.factories import REGISTRY_NOW, SECRETS, a_card_number, a_national_id, wire

ITSELF = "0000000"
WRITES = {"create", "update", "remove_relation"}


@dataclass(slots=True)
class Person:
    """A record of the registry; ``changed_at`` is text, because real records hold any."""

    card: str
    national_id: str
    pin: str = ""
    changed_at: str = "2026-03-01T12:00:00"
    changed_by: str = ITSELF
    relations: set[str] = field(default_factory=set)
    name: str = ""
    born_on: str = ""

    def told(self) -> RegistryPatron:
        return RegistryPatron(
            self.card, self.national_id, self.pin, self.changed_at, self.changed_by
        )

    def told_in_full(self) -> RegistryPatron:
        """As a look-up tells it, with what the feed leaves out."""
        return self.told()._replace(name=self.name, born_on=self.born_on)

    def tells(self, name: str, born_on: str) -> None:
        """Give the record a name and a date of birth, as the registry writes them."""
        self.name, self.born_on = name, born_on


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a library, with all that it sent."""

    library: str
    operation: str
    sent: tuple[str | None, ...]


class FakeRegistry:
    """All people, and what each library asked."""

    def __init__(self) -> None:
        self.now = REGISTRY_NOW
        self.people: list[Person] = []
        self.calls: list[Call] = []
        self.refused_libraries: set[str] = set()
        self.away_libraries: set[str] = set()
        self.lost_answers = 0

    def connect(self, library: str) -> LibrarysView:
        return LibrarysView(self, library)

    def add(
        self,
        index: int = 0,
        *,
        card: str | None = None,
        national_id: str | None = None,
        pin: str | None = "4711",
        changed_at: str | None = None,
        relations: tuple[str, ...] = (),
    ) -> Person:
        """A person whom other libraries have put there; ``pin`` in clear."""
        new = Person(
            a_card_number(index) if card is None else card,
            a_national_id(index) if national_id is None else national_id,
            wire(pin) if pin else "",
            self.stamp() if changed_at is None else changed_at,
            relations=set(relations),
        )
        self.people.append(new)
        return new

    def change(self, person: Person, *, card: str | None = None, pin: str | None = None) -> None:
        """Another library changes something."""
        person.card = card or person.card
        person.pin = wire(pin) if pin else person.pin
        person.changed_at = self.stamp()

    def bury(self, person: Person) -> None:
        """Leave nothing but a tombstone."""
        person.card = person.national_id = person.pin = ""
        person.relations.clear()
        person.changed_at = self.stamp()

    def of(self, index: int) -> Person:
        """The one record of an invented person."""
        (person,) = (one for one in self.people if one.national_id == a_national_id(index))
        return person

    def pin_of(self, index: int) -> str | None:
        """That person's PIN in clear."""
        pin = SECRETS.cipher.decrypt(self.of(index).pin)
        return pin.digits if pin else None

    def pass_time(self, **by: float) -> None:
        self.now += timedelta(**by)

    def stamp(self) -> str:
        return self.now.isoformat()

    def writes(self) -> list[Call]:
        return [call for call in self.calls if call.operation in WRITES]

    def mentions(self, *values: str) -> list[Call]:
        """The calls that sent one of these values."""
        return [call for call in self.calls if set(values) & set(call.sent)]

    def snapshot(self) -> list[tuple[Person, frozenset[str]]]:
        return [(replace(one), frozenset(one.relations)) for one in self.people]


@dataclass(slots=True)
class LibrarysView:
    """The registry as one library sees it: a ``RegistryPort``."""

    registry: FakeRegistry
    library: str

    def changes_since(self, since: datetime) -> FakeFeed:
        return FakeFeed(self, since)

    def find(self, identifier: str) -> list[RegistryPatron]:
        self._called("find", identifier)
        if has_national_form(identifier):
            return [one.told_in_full() for one in self.registry.people if one.card == identifier]
        if not (identifier.isdigit() and len(identifier) in {11, 12}):
            raise RefusedError("the fake takes a card number or a national id")
        return [one.told_in_full() for one in self.registry.people if one.national_id == identifier]

    def create(self, upload: RegistryUpload) -> Answer:
        self._called("create", upload.national_id, upload.card_number, upload.encrypted_pin)
        return self._answer(self._create(upload))

    def update(self, card_number: str, upload: RegistryUpload) -> Answer:
        self._called(
            "update", card_number, upload.national_id, upload.card_number, upload.encrypted_pin
        )
        return self._answer(self._update(card_number, upload))

    def remove_relation(self, card_number: str) -> Answer:
        self._called("remove_relation", card_number)
        person = self._by_card(card_number)
        if person is None:
            return self._answer(Answer.NOT_FOUND)
        if self.library not in person.relations:
            return self._answer(Answer.NOT_RELATED)
        person.relations.remove(self.library)
        self._stamp(person)
        return self._answer(Answer.DONE)

    def _create(self, upload: RegistryUpload) -> Answer:
        card = upload.card_number or ""
        first, last = reserved_series(self.library)
        if not (upload.name and has_national_form(card)):
            return Answer.REFUSED
        if not first <= card <= last:
            return Answer.NUMBER_NOT_RESERVED
        if not is_valid_national_id(upload.national_id):
            return Answer.REFUSED
        if self._by_card(card):
            return Answer.CARD_IN_USE
        if any(one.national_id == upload.national_id for one in self.registry.people):
            return Answer.ALREADY_IN_REGISTRY
        person = Person(card, upload.national_id, upload.encrypted_pin or "")
        person.relations.add(self.library)
        self.registry.people.append(person)
        self._stamp(person)
        return Answer.DONE

    def _update(self, address: str, upload: RegistryUpload) -> Answer:
        person = self._by_card(address)
        if person is None:
            return Answer.NOT_FOUND
        if person.national_id != upload.national_id:
            return Answer.OTHER_PERSON
        card = upload.card_number or person.card
        if card != person.card and not _is_reserved(card):
            return Answer.NUMBER_NOT_RESERVED if has_national_form(card) else Answer.REFUSED
        if card != person.card and self._by_card(card):
            return Answer.CARD_IN_USE
        before = (person.card, person.pin, set(person.relations))
        person.card, person.pin = card, upload.encrypted_pin or person.pin
        person.relations.add(self.library)
        if before != (person.card, person.pin, person.relations):
            self._stamp(person)
        return Answer.DONE

    def _called(self, operation: str, *sent: str | None) -> None:
        self.registry.calls.append(Call(self.library, operation, sent))
        if self.library in self.registry.refused_libraries:
            raise LoginRefusedError(f"the fake refused the log-in of library {self.library}")
        if self.library in self.registry.away_libraries:
            raise UnavailableError("the fake is away")

    def _answer(self, answer: Answer) -> Answer:
        """Hand the answer out, unless it gets lost on its way."""
        if self.registry.lost_answers:
            self.registry.lost_answers -= 1
            lost: SyncError = UnavailableError("the answer was lost")
            raise lost
        return answer

    def _by_card(self, card: str) -> Person | None:
        return next((one for one in self.registry.people if card and one.card == card), None)

    def _stamp(self, person: Person) -> None:
        person.changed_at, person.changed_by = self.registry.stamp(), self.library


@dataclass(slots=True)
class FakeFeed:
    """A ``ChangesPort``."""

    view: LibrarysView
    since: datetime
    server_time: datetime | None = None

    def __iter__(self) -> Iterator[RegistryPatron]:
        registry = self.view.registry
        self.view._called("changes_since")
        self.server_time = registry.now
        due = [one for one in registry.people if one.changed_at >= self.since.isoformat()]
        yield from [one.told() for one in sorted(due, key=lambda one: one.changed_at)]


def _is_reserved(card: str) -> bool:
    return any(
        first <= card <= last and has_national_form(card)
        for first, last in map(reserved_series, DEMO_LIBRARIES)
    )
