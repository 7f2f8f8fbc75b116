"""
Why a record was left out or failed: one code, one meaning, the same in logs, tables and pages.

Left out: the rules say that nothing may or need be done. Failed: something should have been
done for a patron of ours and could not be; the record is tried again in every later run.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Reason codes with their meaning; ``docs/glossary.md`` lists them for readers of logs."""

    # Left out.
    NO_CONSENT = "NO_CONSENT"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    UNKNOWN_PERSON = "UNKNOWN_PERSON"
    TOMBSTONE = "TOMBSTONE"
    SUPERSEDED = "SUPERSEDED"
    LOCAL_CARD = "LOCAL_CARD"
    CARD_BLOCKED = "CARD_BLOCKED"
    NOT_IN_REGISTRY = "NOT_IN_REGISTRY"
    NO_NATIONAL_ID = "NO_NATIONAL_ID"
    PATRON_DELETED = "PATRON_DELETED"
    RECREATED = "RECREATED"
    NEVER_SYNCED = "NEVER_SYNCED"
    TARGET_NEWER = "TARGET_NEWER"
    ERASED = "ERASED"
    # Held: waits for a person.
    CONFLICT = "CONFLICT"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    # Dropped by a person, or because nobody decided in time.
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    # Left out when nobody here is meant, failed when it is a patron of ours.
    INVALID_NATIONAL_ID = "INVALID_NATIONAL_ID"
    # Failed.
    IMPOSSIBLE_DATE = "IMPOSSIBLE_DATE"
    AMBIGUOUS_PERSON = "AMBIGUOUS_PERSON"
    OTHER_PERSONS_CARD = "OTHER_PERSONS_CARD"
    PIN_UNREADABLE = "PIN_UNREADABLE"
    CARD_IN_USE = "CARD_IN_USE"
    SEQUENCE_EXHAUSTED = "SEQUENCE_EXHAUSTED"
    REFUSED = "REFUSED"
    ALREADY_IN_REGISTRY = "ALREADY_IN_REGISTRY"
    NUMBER_NOT_RESERVED = "NUMBER_NOT_RESERVED"
    UNAVAILABLE = "UNAVAILABLE"
    MALFORMED_ANSWER = "MALFORMED_ANSWER"
    CHANGED_SINCE_PLAN = "CHANGED_SINCE_PLAN"
    # Kept: an undo leaves it as it is (X7).
    TARGET_CHANGED = "TARGET_CHANGED"
    OLD_VALUE_UNKNOWN = "OLD_VALUE_UNKNOWN"
    CREATED_IN_REGISTRY = "CREATED_IN_REGISTRY"
    CANNOT_BE_EMPTIED = "CANNOT_BE_EMPTIED"


PERMANENT = frozenset({Reason.REFUSED, Reason.NUMBER_NOT_RESERVED})
"""Refusals that trying again cannot change: they wait for another value or a person (X5)."""
