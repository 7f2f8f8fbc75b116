"""Show who a patron is, one at a time, and write down to whom it was shown (spec X8, X9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry_operators.desk.desk import Caller, Desk, PatronRef, audit, read_patron
from registry_operators.domain.birth_date import birth_date
from registry_operators.domain.national_id import parse_national_id
from registry_operators.domain.person_name import PersonName


@dataclass(frozen=True, slots=True, repr=False)
class Unmasked:
    """
    Who a patron is.

    :param national_id: ``None`` where Cicero has none.
    :param born_on: As it was told, else as the national id says.
    """

    name: PersonName
    national_id: str | None
    born_on: date | None
    guardian_name: str | None


def unmask_patron(desk: Desk, caller: Caller, patron: PatronRef) -> Unmasked:
    """
    Return name, national id and date of birth of one patron, after an event says who asked.

    :raises DeskError: The library has no such patron.
    """
    with desk.open_ledger() as ledger:
        row = read_patron(ledger, patron)
        audit(ledger, caller, "unmask_patron", patron, row.person_key)
    national_id = parse_national_id(row.national_id or "")
    born_on = row.born_on or (None if national_id is None else birth_date(national_id))
    name = PersonName(row.surname, row.first_name)
    return Unmasked(name, row.national_id, born_on, row.guardian_name)
