"""Find a person among profiles and records of library systems (spec X6, X10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from registry_operators.domain.sync.identifiers import identifier_forms
from registry_operators.errors import ConfigurationError
from registry_operators.ledger.database import Ledger


class FoundRecord(NamedTuple):
    """
    A profile, and a record that it is.

    :param profile_id: ``None`` for a record without a profile.
    :param source: Connection of the library system; ``None``, as ``record_id``, for a profile that
        is no record.
    """

    profile_id: int | None
    source: str | None
    record_id: str | None

    @property
    def owner(self) -> object:
        """What stands for one person: the profile, or the record without one."""
        return self.profile_id or (self.source, self.record_id)

    @property
    def name(self) -> str:
        """The record as commands name it, or the profile."""
        if self.record_id is None:
            return f"profile {self.profile_id}"
        return f"{self.source}:{self.record_id}"


@dataclass(frozen=True, slots=True, repr=False)
class Sought:
    """
    Who is looked for.

    :param identifiers: Card numbers and national ids in the forms that may stand in a field.
    :param patron_ids: The person's patrons in Cicero.
    :param record: Connection of a library system and the id of a record there.
    """

    identifiers: tuple[str, ...] = ()
    patron_ids: tuple[int, ...] = ()
    record: tuple[str, str] | None = None

    @classmethod
    def of_patrons(
        cls,
        ledger: Ledger,
        patron_ids: Iterable[int],
        *,
        card_number: str | None = None,
        national_id: str | None = None,
        record: str | None = None,
    ) -> Self:
        """
        Return what is known of some patrons, and what somebody typed besides.

        :param record: As :func:`parse_record` reads it.
        :raises ConfigurationError: The record is not written as it should be.
        """
        ids = tuple(patron_ids)
        rows = ledger.rows("data_sync/list_identifiers", patron_ids=list(ids))
        cards = {card_number, *(row.number for row in rows if row.is_card)}
        persons = {national_id, *(row.number for row in rows if not row.is_card)}
        forms = identifier_forms(filter(None, cards), filter(None, persons))
        return cls(tuple(forms), ids, None if record is None else parse_record(record))


def parse_record(text: str) -> tuple[str, str]:
    """
    Part a record into connection and id: ``koha_main:17``.

    :raises ConfigurationError: It has no colon, or nothing before or behind it.
    """
    source, _, record_id = text.strip().partition(":")
    if not source or not record_id:
        raise ConfigurationError(
            "name a record by the connection of its library system and its id there, such as "
            "koha_main:17"
        )
    return source, record_id


def find_records(
    ledger: Ledger, sought: Sought, other_fields: Sequence[str] = ()
) -> list[FoundRecord]:
    """
    Return the profiles of a person with all their records, and records that have no profile.

    A profile is found by what it holds today; a record without one by values that runs have read or
    planned, as long as these are kept; a record that is named, by its id as long as runs know it.

    :param other_fields: Fields of profiles that hold neither card numbers nor national ids.
    """
    source, record_id = sought.record or (None, None)
    rows = ledger.rows(
        "data_sync/find_records",
        identifiers=list(sought.identifiers),
        patron_ids=list(sought.patron_ids),
        source=source,
        record_id=record_id,
        other_fields=list(other_fields),
    )
    return [FoundRecord(*row) for row in rows]
