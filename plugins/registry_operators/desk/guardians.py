"""Who answers for a child, and for which children somebody answers (spec N3.8)."""

from __future__ import annotations

import json

from registry_operators.desk.desk import Caller, Desk, PatronRef, audit, read_patron
from registry_operators.desk.new_patron import (
    Guardian,
    guardian_is_child,
    invalid_national_id,
    nameless_guardian,
)
from registry_operators.domain.keys import person_key
from registry_operators.domain.national_id import parse_national_id


def list_children(desk: Desk, library: str, guardian_id: str) -> list[PatronRef]:
    """
    Return the patrons of a library for whom a person answers.

    :param guardian_id: The guardian's national id, as it was typed.
    :raises DeskError: It is none.
    """
    key = guardian_key(desk, guardian_id, "guardianPersonId")
    with desk.open_ledger() as ledger:
        rows = ledger.rows("desk/list_children", library=library, person_key=key)
    return [PatronRef(library, row.patron_id) for row in rows]


def change_guardian(desk: Desk, caller: Caller, patron: PatronRef, guardian: Guardian) -> None:
    """
    Name another guardian of a patron, or the first one.

    :raises DeskError: The guardian's national id is none, or that of the patron; or no name.
    """
    key = guardian_key(desk, guardian.national_id, "guardian.personIdentifier")
    if not guardian.name.strip():
        raise nameless_guardian()
    with desk.open_ledger() as ledger, ledger.transaction():
        row = read_patron(ledger, patron)
        child = parse_national_id(row.national_id or "")
        if child is not None and person_key(child, desk.secrets.keys) == key:
            raise guardian_is_child()
        ledger.run(
            "desk/add_guardian",
            patron_id=patron.patron_id,
            person_key=key,
            name=guardian.name,
            contact=json.dumps(guardian.contact),
        )
        audit(ledger, caller, "change_guardian", patron, row.person_key)


def guardian_key(desk: Desk, text: str, field: str) -> bytes:
    """
    Return the key of the person with a national id.

    :param field: The part of the request that holds it.
    :raises DeskError: It is none.
    """
    national_id = parse_national_id(text.strip())
    if national_id is None:
        raise invalid_national_id(field)
    return person_key(national_id, desk.secrets.keys)
