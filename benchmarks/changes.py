"""What changed during the day, in the registry before a pull and in Cicero before a push."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg

from benchmarks.situation import KEYS
from benchmarks.sizes import LIBRARY, Sizes
from registry_operators.clients.pin_cipher import PinCipher
from registry_operators.domain.keys import person_key, pin_fingerprint
from registry_operators.domain.national_id import NationalId
from registry_operators.domain.pin import Pin
from registry_operators.ledger.pin_vault import PinVault
from stand_ins.people import DEMO_PIN_KEY, national_card_number, person, pin
from stand_ins.registry.admin_client import AdminClient
from stand_ins.registry.seeding import is_tombstone

LONG_AGO = "2014-01-01T00:00:00"
_ONE_IN = 20


class Upload(NamedTuple):
    """One call of the bare push: ``endre`` under ``address``; an empty ``card_number`` is left."""

    address: str
    national_id: str
    card_number: str
    encrypted_pin: str


def change_registry(admin: AdminClient, sizes: Sizes) -> None:
    """
    Let values differ without a trace in the feed: 60 % of the PINs, 1 in 21 card numbers.

    What :func:`tell_of_changes` then tells of is of this mix: about 60 % with a new PIN, 5 % with
    a new card number, and the rest with a new e-mail only. 21 is odd, so that the even spacing of
    both choices does not make them meet always or never.
    """
    admin.touch(count=sizes.people * 6 // 10, fields=["pin"], seed=2, sist_endret=LONG_AGO)
    admin.touch(count=sizes.people // 21, fields=["lnr"], seed=3, sist_endret=LONG_AGO)


def tell_of_changes(admin: AdminClient, count: int) -> int:
    """Give so many records a new e-mail and today's time; return how many that are."""
    return admin.touch(count=count, fields=["epost"], seed=4)


def change_cicero(database_url: str, sizes: Sizes, twentieths: int, uploads: Path) -> int:
    """
    Give patrons a new PIN, and one in twenty of these a new card number; return how many.

    :param twentieths: How many of every twenty patrons change; one makes a tenth of ``BENCH_N``.
    :param uploads: File for the calls that a bare program has to make for the same result.
    """
    chosen = [
        index
        for index in range(sizes.people)
        if index % _ONE_IN < twentieths and not is_tombstone(index)
    ]
    _write_uploads(uploads, chosen)
    vault = PinVault(KEYS)
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "create temporary table fresh (patron_id bigint, sealed bytea, mark bytea, card text)"
        )
        with cursor.copy("copy fresh from stdin") as copy:
            for index in chosen:
                key = person_key(NationalId(person(index).national_id), KEYS)
                new = _new_pin(index)
                sealed, mark = vault.seal(key, new), pin_fingerprint(key, new, KEYS)
                copy.write_row((index + 1, sealed, mark, _new_card(index)))
        for statement in _CHANGES:
            cursor.execute(statement.encode(), {"library": LIBRARY})
    return len(chosen)


_CHANGES = (
    """
    update cicero.pin set pin_encrypted = fresh.sealed, pin_fingerprint = fresh.mark
    from fresh where pin.patron_id = fresh.patron_id
    """,
    """
    update cicero.card set status = 'replaced'
    from fresh where card.patron_id = fresh.patron_id and fresh.card is not null
    """,
    """
    insert into cicero.card (patron_id, library, card_number, kind, origin)
    select patron_id, %(library)s, card, 'national', 'librarian' from fresh where card is not null
    """,
)


def read_uploads(file: Path) -> Iterator[Upload]:
    """Read what :func:`change_cicero` wrote."""
    with file.open(encoding="ascii", newline="") as lines:
        yield from (Upload(*row) for row in csv.reader(lines))


def _write_uploads(file: Path, chosen: list[int]) -> None:
    cipher = PinCipher(DEMO_PIN_KEY)
    with file.open("w", encoding="ascii", newline="") as lines:
        csv.writer(lines).writerows(
            Upload(
                national_card_number(index, (LIBRARY,)),
                person(index).national_id,
                _new_card(index) or "",
                cipher.encrypt(_new_pin(index)),
            )
            for index in chosen
        )


def _new_pin(index: int) -> Pin:
    return Pin(f"{(int(pin(index)) + 1) % 10_000:04d}")


def _new_card(index: int) -> str | None:
    return f"N{104_000_000 + index:09d}" if index // _ONE_IN % _ONE_IN == 0 else None
