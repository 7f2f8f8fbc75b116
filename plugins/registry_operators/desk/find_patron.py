"""Whom the desk is asked about: by card, national id, guardian, Cicero's number (N3.8, X9)."""

from __future__ import annotations

from registry_operators.desk.desk import Caller, Desk, PatronRef, no_such_patron
from registry_operators.desk.guardians import guardian_key, list_children
from registry_operators.desk.new_patron import NewPatron, invalid_national_id
from registry_operators.domain.keys import person_key
from registry_operators.domain.national_id import parse_national_id
from registry_operators.ledger.audit_trail import AuditTrail

_NOBODY = "nobody"


def find_by_card(desk: Desk, caller: Caller, library: str, card_number: str) -> list[PatronRef]:
    """
    Return who has an active card of this number; a national id finds nobody here.

    :raises DeskError: The library is not served here.
    """
    found = _find(desk, library, card_number=card_number)
    _note(desk, caller, library, found, "BY_CARD")
    return found


def find_by_national_id(desk: Desk, caller: Caller, library: str, text: str) -> list[PatronRef]:
    """
    Return who has a national id; it may be written with blanks.

    :raises DeskError: It is none, or the library is not served here.
    """
    national_id = parse_national_id(text.strip())
    if national_id is None:
        raise invalid_national_id("personIdentifier")
    key = person_key(national_id, desk.secrets.keys)
    found = _find(desk, library, person_key=key, national_id=national_id.digits)
    _note(desk, caller, library, found, "BY_NATIONAL_ID", key)
    return found


def find_by_guardian(desk: Desk, caller: Caller, library: str, text: str) -> list[PatronRef]:
    """
    Return for whom the person with a national id answers.

    :raises DeskError: It is none, or the library is not served here.
    """
    desk.library(library)
    key = guardian_key(desk, text, "guardian.personIdentifier")
    found = list_children(desk, library, text)
    _note(desk, caller, library, found, "BY_GUARDIAN", key)
    return found


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


def find_created(desk: Desk, caller: Caller, request: NewPatron) -> PatronRef | None:
    """
    Return the patron who stands in the way of a request, perhaps since it came the first time.

    :raises DeskError: The national id is none, or the library is not served here.
    """
    if request.national_id is not None:
        found = find_by_national_id(desk, caller, request.library, request.national_id)
    elif request.ticket is not None:
        key = bytes.fromhex(request.ticket)
        with desk.open_ledger() as ledger:
            rows = ledger.rows("desk/find_ticket", library=request.library, pin_key=key)
        found = [PatronRef(request.library, row.patron_id) for row in rows]
    else:
        found = []
    return found[0] if found else None


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


def _note(
    desk: Desk,
    caller: Caller,
    library: str,
    found: list[PatronRef],
    reason: str,
    person_key: bytes | None = None,
) -> None:
    """
    Write down who looked for whom, and whether there was somebody, before the answer is given.

    :param person_key: Of the person who was asked for, where a national id was typed.
    """
    told = ", ".join(str(patron.patron_id) for patron in found)
    with desk.open_ledger() as ledger:
        AuditTrail(ledger).append(
            "find_patron",
            actor=caller.actor_name,
            library=library,
            subject=f"patron {told}" if found else _NOBODY,
            reason=reason,
            person_key=person_key,
        )
