"""Why the desk does not do what it is asked to do (spec N3.2, N3.8)."""

from __future__ import annotations

from enum import StrEnum

from registry_operators.errors import SyncError


class Refusal(StrEnum):
    """Codes that stay the same in the API, at the terminal and on pages."""

    UNKNOWN_LIBRARY = "UNKNOWN_LIBRARY"
    PATRON_NOT_FOUND = "PATRON_NOT_FOUND"
    CARD_NOT_FOUND = "CARD_NOT_FOUND"
    INVALID_NATIONAL_ID = "INVALID_NATIONAL_ID"
    GUARDIAN_IS_CHILD = "GUARDIAN_IS_CHILD"
    NAME_MISSING = "NAME_MISSING"
    INVALID_CARD_NUMBER = "INVALID_CARD_NUMBER"
    INVALID_PIN = "INVALID_PIN"
    SIMPLE_PIN = "SIMPLE_PIN"
    PATRON_EXISTS = "PATRON_EXISTS"
    CARD_IN_USE = "CARD_IN_USE"
    CARD_GIVEN = "CARD_GIVEN"
    AMBIGUOUS_PERSON = "AMBIGUOUS_PERSON"
    PIN_UNREADABLE = "PIN_UNREADABLE"
    SEQUENCE_EXHAUSTED = "SEQUENCE_EXHAUSTED"
    REGISTRY_UNREACHABLE = "REGISTRY_UNREACHABLE"
    FORETOLD_OTHERWISE = "FORETOLD_OTHERWISE"


NOT_FOUND = frozenset({Refusal.UNKNOWN_LIBRARY, Refusal.PATRON_NOT_FOUND, Refusal.CARD_NOT_FOUND})
CONFLICTS = frozenset(
    {
        Refusal.PATRON_EXISTS,
        Refusal.CARD_IN_USE,
        Refusal.CARD_GIVEN,
        Refusal.AMBIGUOUS_PERSON,
        Refusal.PIN_UNREADABLE,
        Refusal.SEQUENCE_EXHAUSTED,
        Refusal.FORETOLD_OTHERWISE,
    }
)
TRY_LATER = frozenset({Refusal.REGISTRY_UNREACHABLE})
"""Nothing is wrong with the request; the same one may be granted later."""


class DeskError(SyncError):
    """
    The desk was asked for something that it must not or cannot do; nothing was changed.

    :param refusal: Which rule says so.
    :param message: What was found, what was expected, what to do; never a value of a person.
    :param field: The part of the request that it is about, if one is.
    """

    def __init__(self, refusal: Refusal, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.code = refusal.value
        self.field = field
