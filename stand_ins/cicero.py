"""
Patrons for the part of Cicero that the synchroniser sees: every case of the specification.

The people are those of the registry stand-in (`stand_ins.people`), so that both sides know many of
the same. Which case a patron is follows from their number at the library; `Case` lists them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import psycopg

from registry_operators.domain.keys import SyncKeys, person_key, pin_fingerprint
from registry_operators.domain.national_id import NationalId
from registry_operators.domain.pin import Pin
from registry_operators.ledger.pin_vault import PinVault
from stand_ins.people import (
    DEMO_LIBRARIES,
    national_card_number,
    person,
    pin,
    reserved_series,
)

_TURN = 40


class Case(IntEnum):
    """What is special about a patron; numbers beyond these are patrons in perfect order."""

    NO_CONSENT = 0
    CONSENT_WITHDRAWN = 1
    LOCAL_CARD = 2
    BOTH_CARDS = 3
    NO_CARD = 4
    NO_PIN = 5
    NEW_AT_LIBRARY = 6
    NEW_WITHOUT_CARD = 7
    NEW_WITHOUT_PIN = 8
    OTHER_CARD = 9
    OTHER_PIN = 10
    DELETED = 11
    DELETED_WITHOUT_CONSENT = 12
    NO_NATIONAL_ID = 13
    WRONG_NATIONAL_ID = 14
    NEW_WITH_LOCAL_CARD = 15
    DEFAULT_PIN = 16
    ANOTHER_PERSONS_CARD = 17
    IN_ORDER = 18


_RARE = {Case.WRONG_NATIONAL_ID, Case.ANOTHER_PERSONS_CARD}
_NEW = {Case.NEW_WITHOUT_CARD, Case.NEW_WITHOUT_PIN, Case.NEW_WITH_LOCAL_CARD}
_WITHOUT_NATIONAL_CARD = {
    Case.LOCAL_CARD,
    Case.NO_CARD,
    Case.NEW_WITHOUT_CARD,
    Case.NEW_WITH_LOCAL_CARD,
    Case.NO_NATIONAL_ID,
}
_WITH_LOCAL_CARD = {
    Case.LOCAL_CARD,
    Case.BOTH_CARDS,
    Case.NEW_WITH_LOCAL_CARD,
    Case.NO_NATIONAL_ID,
}
_WITHOUT_PIN = {Case.NO_PIN, Case.NEW_WITHOUT_PIN}


@dataclass(frozen=True, slots=True)
class _Patron:
    """One patron to be; `index` is that of the person."""

    patron_id: int
    library: str
    index: int
    case: Case


def seed_cicero(
    connection: psycopg.Connection[Any],
    keys: SyncKeys,
    *,
    patrons: int,
    known_to_registry: int,
    seed: int = 1,
    libraries: tuple[str, ...] = DEMO_LIBRARIES,
    all_in_order: bool = False,
) -> None:
    """
    Fill an empty schema `cicero` with so many patrons, spread evenly over the libraries.

    `known_to_registry` is how many people the registry stand-in holds (indexes from 0). With
    `all_in_order` nobody is special: for benchmarks. Deleted patrons are inserted and deleted
    again, so that they exist only as what Cicero remembers of them. One transaction.
    """
    chosen = [_choose(number, known_to_registry, libraries, all_in_order=all_in_order)
              for number in range(patrons)]  # fmt: skip
    with connection.transaction(), connection.cursor() as cursor:
        _copy(cursor, "patron (patron_id, library, national_id, person_key, surname, first_name)",
              (_patron_row(one, keys, seed) for one in chosen))  # fmt: skip
        _copy(cursor, "card (patron_id, library, card_number, kind, status, origin)",
              (row for one in chosen for row in _card_rows(one, libraries, seed)))  # fmt: skip
        vault = PinVault(keys)
        _copy(cursor, "pin (patron_id, pin_encrypted, pin_fingerprint, must_change, origin)",
              (row for one in chosen for row in _pin_rows(one, keys, vault, seed)))  # fmt: skip
        _copy(cursor, "consent (patron_id, given_by, given_at, withdrawn_by, withdrawn_at)",
              (row for one in chosen for row in _consent_rows(one)))  # fmt: skip
        cursor.execute(
            "select setval(pg_get_serial_sequence('cicero.patron', 'patron_id'), %s)",
            [max(patrons, 1)],
        )
        deleted = [one.patron_id for one in chosen
                   if one.case in {Case.DELETED, Case.DELETED_WITHOUT_CONSENT}]  # fmt: skip
        cursor.execute("delete from cicero.patron where patron_id = any(%s)", [deleted])
    connection.execute("analyze cicero.patron, cicero.card, cicero.pin, cicero.consent")


def _choose(number: int, known: int, libraries: tuple[str, ...], *, all_in_order: bool) -> _Patron:
    turn, position = divmod(number, len(libraries))
    case = Case(min(turn % _TURN, Case.IN_ORDER))
    if all_in_order or (case in _RARE and turn >= _TURN):
        case = Case.IN_ORDER
    index = number
    if case in _NEW:
        index = known + number
    elif case is Case.NEW_AT_LIBRARY:
        index = turn * len(libraries) + (position + 1) % len(libraries)
    return _Patron(number + 1, libraries[position], index, case)


def _patron_row(one: _Patron, keys: SyncKeys, seed: int) -> tuple[Any, ...]:
    who = person(one.index, seed)
    national_id: str | None = who.national_id
    key: bytes | None = person_key(NationalId(who.national_id), keys)
    if one.case is Case.NO_NATIONAL_ID:
        national_id = key = None
    elif one.case is Case.WRONG_NATIONAL_ID:
        national_id, key = who.national_id[:-1] + str((int(who.national_id[-1]) + 1) % 10), None
    return one.patron_id, one.library, national_id, key, who.surname, who.first_name


def _card_rows(one: _Patron, libraries: tuple[str, ...], seed: int) -> Iterator[tuple[Any, ...]]:
    if one.case in _WITH_LOCAL_CARD:
        yield one.patron_id, one.library, f"L{one.patron_id:07d}", "local", "active", "librarian"
    if one.case in _WITHOUT_NATIONAL_CARD:
        return
    number = national_card_number(one.index, libraries)
    first = int(reserved_series(one.library, libraries)[0][1:])
    if one.case in {Case.OTHER_CARD, Case.NEW_WITHOUT_PIN}:
        number = f"N{first + 4_000_000 + one.patron_id:09d}"
    elif one.case is Case.ANOTHER_PERSONS_CARD:
        # A card of the disabled library's people, whom no other library here serves.
        number = national_card_number(one.index - one.index % len(libraries) + 3, libraries)
    yield one.patron_id, one.library, number, "national", "active", "librarian"


def _pin_rows(
    one: _Patron, keys: SyncKeys, vault: PinVault, seed: int
) -> Iterator[tuple[Any, ...]]:
    if one.case in _WITHOUT_PIN or one.case in {Case.NO_NATIONAL_ID, Case.WRONG_NATIONAL_ID}:
        return
    key = person_key(NationalId(person(one.index, seed).national_id), keys)
    digits = pin(one.index, seed)
    if one.case is Case.OTHER_PIN:
        digits = f"{(int(digits) + 1) % 10_000:04d}"
    is_default = one.case is Case.DEFAULT_PIN
    value = Pin("0000" if is_default else digits)
    yield (
        one.patron_id,
        vault.seal(key, value),
        pin_fingerprint(key, value, keys),
        is_default,
        "default" if is_default else "patron",
    )


def _consent_rows(one: _Patron) -> Iterator[tuple[Any, ...]]:
    match one.case:
        case Case.NO_CONSENT | Case.DELETED_WITHOUT_CONSENT:
            return
        case Case.CONSENT_WITHDRAWN:
            yield one.patron_id, "librarian", "2026-01-10T10:00+01", "patron", "2026-02-10T10:00+01"
        case _:
            yield one.patron_id, "librarian", "2026-01-10T10:00+01", None, None


def _copy(cursor: psycopg.Cursor[Any], target: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with cursor.copy(f"copy cicero.{target} from stdin") as copy:
        for row in rows:
            copy.write_row(row)
