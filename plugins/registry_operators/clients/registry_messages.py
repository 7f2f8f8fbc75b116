"""
What is said to and by the registry, as values (reference section 1.3).

Everything that was assumed because the live registry's WSDL could not be read stands in this
module, in ``registry_xml`` and in ``registry_client``; see ``docs/decisions/0003``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class RegistryPatron(NamedTuple):
    """
    The parts of a registry record (``Laaner``) that synchronisation needs.

    All are texts as they came; empty where the registry sent an empty or no element.
    ``encrypted_pin`` counts as the PIN itself: it is never stored, shown or logged. ``name`` and
    ``born_on`` are read in a look-up, for a patron who is being created, and not in the feed.
    """

    card_number: str
    national_id: str
    encrypted_pin: str
    changed_at: str
    changed_by: str
    name: str = ""
    born_on: str = ""

    def __repr__(self) -> str:
        """Mask everything."""
        return "RegistryPatron(***)"

    @property
    def is_tombstone(self) -> bool:
        """Say whether the registry tells of a deletion: a record without both of its keys."""
        return not self.card_number and not self.national_id


@dataclass(frozen=True, slots=True, repr=False)
class RegistryUpload:
    """
    What a library sends about one patron; ``None`` leaves the registry's value as it is.

    :param card_number: National card number, for a new record or to replace the old one.
    :param national_id: Digits; the registry refuses an update of another person's record.
    :param name: ``Surname, First name``; needed for a new record, else left out.
    :param encrypted_pin: The registry's wire form of the PIN, 32 hex digits.
    """

    national_id: str
    card_number: str | None = None
    name: str | None = None
    encrypted_pin: str | None = None


class Answer(StrEnum):
    """What an answer of the registry means to us."""

    DONE = "DONE"
    NOT_FOUND = "NOT_FOUND"
    NOT_RELATED = "NOT_RELATED"
    ALREADY_IN_REGISTRY = "ALREADY_IN_REGISTRY"
    CARD_IN_USE = "CARD_IN_USE"
    NUMBER_NOT_RESERVED = "NUMBER_NOT_RESERVED"
    OTHER_PERSON = "OTHER_PERSON"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class PageHead:
    """
    What a page of the change feed says about itself.

    :param hits: ``antall_treff``, records that match in all.
    :param returned: ``antall_poster_returnert``, records in this page.
    :param next_index: ``neste_indeks``, 1-based; 0 when the feed ends here.
    :param server_time: Registry's local time, naive.
    """

    is_ok: bool
    message: str
    hits: int
    returned: int
    next_index: int
    server_time: datetime | None
