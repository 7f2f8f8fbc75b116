"""Consent, PIN, settings, name, deletion of a patron who is there (spec N3.1, N3.6 to N3.8)."""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Mapping
from typing import Any

from registry_operators.desk.desk import (
    SYNC_CONSENT,
    Caller,
    Desk,
    PatronRef,
    audit,
    check_pin,
    lock_patron,
    no_such_patron,
    read_patron,
    simple_pin,
    write_pin,
)
from registry_operators.desk.new_patron import check_name
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.domain.keys import drawn_pin, person_key, pin_fingerprint
from registry_operators.domain.national_id import parse_national_id
from registry_operators.domain.person_name import PersonName
from registry_operators.domain.pin import Pin
from registry_operators.ledger.database import Ledger


def give_consent(
    desk: Desk, caller: Caller, patron: PatronRef, consent_type: str = SYNC_CONSENT
) -> None:
    """
    Write down that the patron consents; one that is in force already keeps its date.

    The change makes the next push read the patron: who was never compared is looked up first.

    :raises DeskError: The library has no such patron.
    """
    with desk.open_ledger() as ledger, ledger.transaction():
        row = read_patron(ledger, patron)
        given = ledger.run(
            "desk/give_consent", patron_id=patron.patron_id, consent_type=consent_type,
            given_by=caller.role, given_through=caller.door,
        )  # fmt: skip
        if given:
            audit(ledger, caller, "give_consent", patron, row.person_key, reason=consent_type)


def withdraw_consent(
    desk: Desk, caller: Caller, patron: PatronRef, consent_type: str = SYNC_CONSENT
) -> None:
    """
    End the patron's consent at once: what waits is dropped, what is being sent is stopped (N3.1).

    :raises DeskError: The library has no such patron.
    """
    with desk.open_ledger() as ledger, ledger.transaction():
        row = read_patron(ledger, patron)
        ended = ledger.run(
            "desk/withdraw_consent", patron_id=patron.patron_id, consent_type=consent_type,
            withdrawn_by=caller.role, withdrawn_through=caller.door,
        )  # fmt: skip
        if consent_type == SYNC_CONSENT:
            ledger.run("desk/drop_pending", patron_id=patron.patron_id)
            _drop_held(ledger, patron)
        if ended:
            audit(ledger, caller, "withdraw_consent", patron, row.person_key, reason=consent_type)


def change_pin(
    desk: Desk, caller: Caller, patron: PatronRef, text: str, card_number: str | None = None
) -> None:
    """
    Give the patron another PIN; the next push sends it (N3.6).

    :param card_number: One of the patron's active cards, where the caller must name one.
    :raises DeskError: The PIN may not be used, the card is not the patron's, or nobody is meant.
    """
    pin = check_pin(desk.library(patron.library), text)
    with desk.open_ledger() as ledger, ledger.transaction():
        row = lock_patron(ledger, patron)
        if card_number is not None and not _is_of(ledger, row, card_number):
            raise DeskError(
                Refusal.CARD_NOT_FOUND,
                "the card is not an active one of this patron; give one of the patron's cards",
                "pincodeChange.libraryCardNumber",
            )
        if _was_handed_out(desk, row, pin):
            raise simple_pin()
        write_pin(
            ledger, desk.secrets, patron.patron_id, _pin_key(desk, ledger, row), pin,
            origin=caller.role,
        )  # fmt: skip
        audit(ledger, caller, "change_pin", patron, row.person_key)


def hand_out_pin(desk: Desk, caller: Caller, patron: PatronRef, ticket: bytes | None = None) -> Pin:
    """
    Give the patron a PIN that must be changed, and return it, to be told once (N2.5).

    :param ticket: Random bytes of the request; the same request gives the same PIN, so that the
        PIN that is told is the one in force whichever of two comes first.
    :raises DeskError: The library has no such patron.
    """
    for_all = desk.library(patron.library).pin_for_all
    with desk.open_ledger() as ledger, ledger.transaction():
        row = lock_patron(ledger, patron)
        key = _pin_key(desk, ledger, row)
        pin = for_all or drawn_pin(key, desk.secrets.keys, ticket or os.urandom(16))
        write_pin(
            ledger, desk.secrets, patron.patron_id, key, pin, origin="default", must_change=True
        )
        audit(ledger, caller, "hand_out_pin", patron, row.person_key)
    return pin


def keep_settings(
    desk: Desk, caller: Caller, patron: PatronRef, settings: Mapping[str, Any]
) -> None:
    """
    Replace what the patron has set: contact points, pickup branch and so on.

    :raises DeskError: The library has no such patron.
    """
    with desk.open_ledger() as ledger, ledger.transaction():
        row = read_patron(ledger, patron)
        ledger.run(
            "desk/change_settings", patron_id=patron.patron_id, settings=json.dumps(settings)
        )
        audit(ledger, caller, "change_settings", patron, row.person_key)


def change_name(desk: Desk, caller: Caller, patron: PatronRef, name: PersonName) -> None:
    """
    Correct the patron's name; the registry takes names from the population register itself.

    :raises DeskError: There is no surname, or the library has no such patron.
    """
    check_name(name)
    with desk.open_ledger() as ledger, ledger.transaction():
        row = read_patron(ledger, patron)
        ledger.rows("desk/change_name", **patron._asdict(), **name._asdict())
        audit(ledger, caller, "change_name", patron, row.person_key)


def delete_patron(desk: Desk, caller: Caller, patron: PatronRef) -> None:
    """
    Delete the patron; the registry's relation is removed by the next push (N3.7).

    The removal stands in ``cicero.deleted_patron`` in the same transaction and outlives the row.

    :raises DeskError: The library has no such patron.
    """
    with desk.open_ledger() as ledger, ledger.transaction():
        row = lock_patron(ledger, patron)
        if not ledger.rows("desk/delete_patron", **patron._asdict()):
            raise no_such_patron()
        reason = "RELATION_TO_REMOVE" if row.has_consent and row.has_national_id else None
        audit(ledger, caller, "delete_patron", patron, row.person_key, reason=reason)


def find_patrons(desk: Desk, library: str, identifier: str) -> list[PatronRef]:
    """Return the patrons of a library with a national id or an active card of this text."""
    desk.library(library)
    national_id = parse_national_id(identifier)
    with desk.open_ledger() as ledger:
        rows = ledger.rows(
            "desk/find_patrons",
            library=library,
            person_key=None if national_id is None else person_key(national_id, desk.secrets.keys),
            national_id=None if national_id is None else national_id.digits,
            card_number=identifier,
        )
    return [PatronRef(library, row.patron_id) for row in rows]


def _is_of(ledger: Ledger, row: Any, identifier: str) -> bool:
    """Say whether a text is an active card of the patron, or the national id, used as one."""
    national_id = parse_national_id(identifier)
    if national_id is not None and national_id.digits == row.national_id:
        return True
    cards = ledger.rows("desk/list_cards", patron_id=row.patron_id)
    return any(card.card_number == identifier and card.status == "active" for card in cards)


def _drop_held(ledger: Ledger, patron: PatronRef) -> None:
    """Drop what is held of a patron; of what is left of the sets, people are asked anew (X2)."""
    held = ledger.rows("erase/list_held_sets", patron_ids=[patron.patron_id], person_keys=[])
    ledger.run("desk/drop_held", patron_id=patron.patron_id)
    for one in held:
        ledger.run("held/reopen_set", held_set_id=one.held_set_id)


def _was_handed_out(desk: Desk, row: Any, pin: Pin) -> bool:
    """Say whether a PIN is the one that the patron has to change."""
    if not row.must_change or row.pin_key is None:
        return False
    fingerprint = pin_fingerprint(bytes(row.pin_key), pin, desk.secrets.keys)
    return hmac.compare_digest(fingerprint, bytes(row.pin_fingerprint))


def _pin_key(desk: Desk, ledger: Ledger, row: Any) -> bytes:
    """Return the key under which the patron's next PIN is kept; give one to who has none yet."""
    if row.person_key is not None:
        return bytes(row.person_key)
    national_id = parse_national_id(row.national_id or "")
    if national_id is not None:
        # Not the key before a correction: a run that is under way may be about to forget it.
        key = person_key(national_id, desk.secrets.keys)
        ledger.run(
            "run/set_person_keys", patron_ids=[row.patron_id], national_ids=[row.national_id],
            person_keys=[key],
        )  # fmt: skip
        return key
    (kept,) = ledger.rows("desk/set_pin_key", patron_id=row.patron_id, pin_key=os.urandom(32))
    return bytes(kept.pin_key)
