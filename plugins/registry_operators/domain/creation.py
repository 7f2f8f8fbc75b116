"""
What comes of the creation of a patron: the scenarios of spec 3.2.1 as one rule (spec N3.2, N3.3).

Who asks, what was given, what the library synchronises and what the registry said decide where
card number and PIN come from and what the next push is to do. ``RULES`` is the whole table; a test
holds it to the 192 scenarios, another shows that each of them meets exactly one rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Actor(StrEnum):
    """Who asks for the patron."""

    LIBRARIAN = "librarian"
    SELF_SERVICE = "self_service"


class LookUp(StrEnum):
    """What the registry said of the person; a silent one is not an empty one."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    UNREACHABLE = "unreachable"


class ValueSource(StrEnum):
    """Where the card number or the PIN of the new patron comes from."""

    GIVEN = "GIVEN"
    REGISTRY = "REGISTRY"
    SEQUENCE = "SEQUENCE"
    DEFAULT = "DEFAULT"


class Queue(StrEnum):
    """
    What the next push is to do for the new patron.

    UPSERT: relate whom it finds, else create. RELATE_IF_FOUND: never create. NEW_RECORD: create.
    ADD_RELATION: relate, unless that is so already. LOOKUP_PENDING: ask again what could not be
    asked, and take back the number and PIN that were made up in the meantime if it is found.
    """

    NONE = "NONE"
    UPSERT = "UPSERT"
    RELATE_IF_FOUND = "RELATE_IF_FOUND"
    NEW_RECORD = "NEW_RECORD"
    ADD_RELATION = "ADD_RELATION"
    LOOKUP_PENDING = "LOOKUP_PENDING"


class Sending(StrEnum):
    """When the next push sends a value to the registry."""

    NEVER = "never"
    ALWAYS = "always"
    IF_FOUND = "if_found"
    IF_NOT_FOUND = "if_not_found"
    IF_DIFFERENT = "if_different"


@dataclass(frozen=True, slots=True)
class CreationCase:
    """
    What is known when a patron is to be created.

    :param has_consent: Consent is given, the library takes part, and there is a national id by
        which to ask; where one of them is missing the registry is neither asked nor told (N3.1).
    :param is_local_card: The given number is outside the national series (N3.5).
    """

    actor: Actor
    has_consent: bool
    has_card: bool
    has_pin: bool
    syncs_card: bool
    syncs_pin: bool
    is_local_card: bool = False

    @property
    def needs_look_up(self) -> bool:
        """Whether a value is missing that the library lets us fetch."""
        return self.has_consent and (
            (self.syncs_card and not self.has_card) or (self.syncs_pin and not self.has_pin)
        )


@dataclass(frozen=True, slots=True)
class Creation:
    """
    What is to be done.

    :param rule: Row of the specification's table that decided.
    :param is_created: False where self-service must try again later.
    :param must_change_pin: The PIN is one that the library handed out (N2.5).
    """

    rule: str
    is_created: bool
    card_source: ValueSource
    pin_source: ValueSource
    queue: Queue
    sends_card: Sending
    sends_pin: Sending

    @property
    def must_change_pin(self) -> bool:
        """Whether the PIN must be changed before it counts anywhere else."""
        return self.pin_source is ValueSource.DEFAULT

    @property
    def look_up(self) -> LookUp | None:
        """What the registry said of the person; ``None`` where it was not asked."""
        return next(rule.look_up for rule in RULES if rule.name == self.rule)


@dataclass(frozen=True, slots=True)
class CreationRule:
    """One row of the table; ``None`` stands for any."""

    name: str
    consent: bool
    card: bool | None = None
    pin: bool | None = None
    syncs_card: bool | None = None
    syncs_pin: bool | None = None
    look_up: LookUp | None = None

    def fits(self, case: CreationCase, look_up: LookUp | None) -> bool:
        """Say whether this is the row of a case and the registry's answer."""
        pairs = (
            (self.consent, case.has_consent),
            (self.card, case.has_card),
            (self.pin, case.has_pin),
            (self.syncs_card, case.syncs_card),
            (self.syncs_pin, case.syncs_pin),
            (self.look_up, look_up),
        )
        return all(wanted is None or wanted == found for wanted, found in pairs)


_YES, _NO, _ANY = True, False, None
_FOUND, _NOT_FOUND, _SILENT = LookUp.FOUND, LookUp.NOT_FOUND, LookUp.UNREACHABLE

RULES = (
    # ................ consent, card, PIN given; card, PIN synchronised; the registry
    CreationRule("N0", _NO),
    CreationRule("A1", _YES, _YES, _YES),
    CreationRule("B1", _YES, _YES, _NO, _ANY, _NO),
    CreationRule("B2", _YES, _YES, _NO, _ANY, _YES, _FOUND),
    CreationRule("B3", _YES, _YES, _NO, _ANY, _YES, _NOT_FOUND),
    CreationRule("B4", _YES, _YES, _NO, _ANY, _YES, _SILENT),
    CreationRule("C1", _YES, _NO, _YES, _NO),
    CreationRule("C2", _YES, _NO, _YES, _YES, _ANY, _FOUND),
    CreationRule("C3", _YES, _NO, _YES, _YES, _ANY, _NOT_FOUND),
    CreationRule("C4", _YES, _NO, _YES, _YES, _ANY, _SILENT),
    CreationRule("D1", _YES, _NO, _NO, _NO, _NO),
    CreationRule("D2", _YES, _NO, _NO, _YES, _YES, _FOUND),
    CreationRule("D3", _YES, _NO, _NO, _YES, _NO, _FOUND),
    CreationRule("D4", _YES, _NO, _NO, _NO, _YES, _FOUND),
    CreationRule("D5", _YES, _NO, _NO, _YES, _ANY, _NOT_FOUND),
    CreationRule("D6", _YES, _NO, _NO, _NO, _YES, _NOT_FOUND),
    CreationRule("D7", _YES, _NO, _NO, _YES, _ANY, _SILENT),
    CreationRule("D7", _YES, _NO, _NO, _NO, _YES, _SILENT),
)


def decide_creation(case: CreationCase, look_up: LookUp | None = None) -> Creation:
    """
    Return what comes of a creation.

    :param look_up: The registry's answer where ``case.needs_look_up``, else ignored.
    :raises ValueError: The registry had to be asked and was not.
    """
    answer = look_up if case.needs_look_up else None
    rules = [rule for rule in RULES if rule.fits(case, answer)]
    if not rules:
        raise ValueError("this case needs the registry's answer; look the person up first")
    creation = Creation(
        rules[0].name,
        is_created=answer is not LookUp.UNREACHABLE or case.actor is Actor.LIBRARIAN,
        card_source=_card_source(case, answer),
        pin_source=_pin_source(case, answer),
        queue=_queue(case, answer),
        sends_card=_sends_card(case, answer),
        sends_pin=_sends_pin(case, answer),
    )
    return _without_number(creation) if case.has_card and case.is_local_card else creation


def _card_source(case: CreationCase, answer: LookUp | None) -> ValueSource:
    if case.has_card:
        return ValueSource.GIVEN
    fetched = case.syncs_card and answer is LookUp.FOUND
    return ValueSource.REGISTRY if fetched else ValueSource.SEQUENCE


def _pin_source(case: CreationCase, answer: LookUp | None) -> ValueSource:
    if case.has_pin:
        return ValueSource.GIVEN
    fetched = case.syncs_pin and answer is LookUp.FOUND
    return ValueSource.REGISTRY if fetched else ValueSource.DEFAULT


def _queue(case: CreationCase, answer: LookUp | None) -> Queue:
    if not case.has_consent:
        return Queue.NONE
    match answer:
        case None:
            return Queue.UPSERT if case.syncs_card else Queue.RELATE_IF_FOUND
        case LookUp.FOUND:
            return Queue.ADD_RELATION
        case LookUp.UNREACHABLE:
            return Queue.LOOKUP_PENDING
        case LookUp.NOT_FOUND:
            # A record cannot be made without a number that may be sent (P9).
            return Queue.NEW_RECORD if case.syncs_card else Queue.NONE


def _sends_card(case: CreationCase, answer: LookUp | None) -> Sending:
    if not case.has_consent or not case.syncs_card:
        return Sending.NEVER
    match answer:
        case LookUp.FOUND:
            return Sending.IF_DIFFERENT if case.has_card else Sending.NEVER
        case LookUp.UNREACHABLE:
            return Sending.ALWAYS if case.has_card else Sending.IF_NOT_FOUND
        case _:
            return Sending.ALWAYS


def _sends_pin(case: CreationCase, answer: LookUp | None) -> Sending:
    if not (case.has_consent and case.syncs_pin and case.has_pin):
        return Sending.NEVER
    return Sending.IF_FOUND if answer is None and not case.syncs_card else Sending.ALWAYS


def _without_number(creation: Creation) -> Creation:
    """Return what is left where the only number is local: nothing can be made with it (N3.5)."""
    queue, sends_pin = creation.queue, creation.sends_pin
    if queue is Queue.UPSERT:
        queue = Queue.RELATE_IF_FOUND
    elif queue is Queue.NEW_RECORD:
        queue = Queue.NONE
    if sends_pin is Sending.ALWAYS:
        sends_pin = Sending.IF_FOUND
    return replace(creation, queue=queue, sends_card=Sending.NEVER, sends_pin=sends_pin)
