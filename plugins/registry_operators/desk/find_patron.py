"""Whom the desk is asked about: by card number, by national id, by Cicero's number (spec N3.8)."""

from __future__ import annotations

from registry_operators.desk.desk import Desk, PatronRef, no_such_patron
from registry_operators.desk.new_patron import invalid_national_id
from registry_operators.domain.keys import person_key
from registry_operators.domain.national_id import parse_national_id


def find_by_card(desk: Desk, library: str, card_number: str) -> list[PatronRef]:
    """
    Return who has an active card of this number; a national id finds nobody here.

    :raises DeskError: The library is not served here.
    """
    return _find(desk, library, card_number=card_number)


def find_by_national_id(desk: Desk, library: str, text: str) -> list[PatronRef]:
    """
    Return who has a national id; it may be written with blanks.

    :raises DeskError: It is none, or the library is not served here.
    """
    national_id = parse_national_id(text.strip())
    if national_id is None:
        raise invalid_national_id("personIdentifier")
    key = person_key(national_id, desk.secrets.keys)
    return _find(desk, library, person_key=key, national_id=national_id.digits)


def find_library(desk: Desk, patron_id: int, library: str | None = None) -> PatronRef:
    """
    Return a patron with the library, which need not be named.

    :raises DeskError: There is no such patron, or the library is another one.
    """
    if library is not None:
        desk.library(library)
    with desk.open_ledger() as ledger:
        rows = ledger.rows("desk/find_library", patron_id=patron_id)
    if not rows or library not in {None, rows[0].library}:
        raise no_such_patron()
    return PatronRef(rows[0].library, patron_id)


def _find(
    desk: Desk,
    library: str,
    *,
    card_number: str | None = None,
    person_key: bytes | None = None,
    national_id: str | None = None,
) -> list[PatronRef]:
    desk.library(library)
    with desk.open_ledger() as ledger:
        rows = ledger.rows(
            "desk/find_patrons",
            library=library,
            person_key=person_key,
            national_id=national_id,
            card_number=card_number,
        )
    return [PatronRef(library, row.patron_id) for row in rows]
