"""
What a library system knows of an invented person, whatever its protocol calls it.

Patron number `index` is `people.person(index, seed)` with what a library adds. The quirks of real
records are spread by divisors, so that a few hundred patrons meet all of them:

| index modulo  | quirk                                                                        |
| ------------- | ---------------------------------------------------------------------------- |
| 97 is 96      | deleted before the story begins                                              |
| 9 is 6        | no e-mail                                                                    |
| 13 is 4       | two e-mails                                                                  |
| 211 is 5      | the e-mail of the patron before, as families share one                       |
| 5 is 3        | a flat name: Sierra has no MARC subfields for it                             |
| 17 is 8       | the surname ends in a comma in its MARC subfield                             |
| 41 is 3       | no date of birth                                                             |
| 23 is 11      | never expires                                                                |
| 301 is 7      | no barcode                                                                   |
| 67 is 9       | a second barcode                                                             |
| 8 is 2        | a second telephone                                                           |
| 11 is 4       | a second address                                                             |
| 10 is 1       | the hash of a PIN lies in a variable field                                   |
| 59 is 12      | suppressed                                                                   |
| 29 is 13      | owes money                                                                   |
"""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from stand_ins.hashing import mix
from stand_ins.people import person

KINDS = ("undergraduate", "graduate", "faculty", "staff", "public", "child")
LIBRARIES = ("main", "music", "science", "law", "branch")
CATEGORIES = ("biology", "history", "physics", "nursing", "economics", "theology", "none")

_DETAILS = 41
_NO_RAW: Mapping[str, str] = {}
ABSENT = ""
"""Instead of JSON text: the record has no such field."""


class Patron(NamedTuple):
    """
    One patron; a tuple with names, because it is made once for every row that is served.

    `nth` is the index and `id` the record's number in the library system; `kind`, `library` and
    `category` are positions in the tuples above; `created_s` and `updated_s` are seconds since
    1970, UTC; `owed_cents` is money; `raw` replaces whole fields of the served record by JSON
    text or takes them out (`ABSENT`), keyed by the protocol's own field names.
    """

    nth: int
    id: int
    barcodes: tuple[str, ...]
    unique_id: str
    first_name: str
    last_name: str
    birth_on: date | None
    sex: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    street: str
    place: str
    second_address: str
    kind: int
    library: int
    category: int
    expires_on: date | None
    created_s: int
    updated_s: int
    deleted_on: date | None
    owed_cents: int
    bits: int
    raw: Mapping[str, str] = _NO_RAW


def put_raw(record: dict[str, Any], raw: Mapping[str, str]) -> None:
    """Put into a record what an administrator has put in the place of its fields."""
    for name, text in raw.items():
        if text == ABSENT:
            record.pop(name, None)
        else:
            record[name] = json.loads(text)


def is_suppressed(index: int) -> bool:
    """Tell whether staff have hidden the record."""
    return index % 59 == 12


def barcode_of(index: int) -> str:
    """Return the 14 digits on a patron's first card; `index_of_barcode` reads them back."""
    return f"2900{index:010d}"


def unique_id_of(index: int) -> str:
    """Return a patron's alternative id, as a student register would give it."""
    return f"W{index:08d}"


def index_in(text: str) -> int | None:
    """Find the index in a barcode, an alternative id or an e-mail of an invented patron."""
    last = text.split("@")[0].rsplit(".", 1)[-1].lstrip("wW")
    if not (last.isascii() and last.isdigit()):
        return None
    return int(last) % 10_000_000_000


def seeded_patron(
    index: int,
    seed: int,
    *,
    number: int,
    codes: tuple[int, int, int],
    times_s: tuple[int, int],
    deleted_on: date | None,
) -> Patron:
    """
    Return a patron as the story begins, with all quirks of the index.

    `number` is the record's id; `codes` are kind, library and category; `times_s` when it was
    created and last updated.
    """
    someone = person(index, seed)
    bits = mix(index, seed, _DETAILS)
    barcode = barcode_of(index)
    phones = (someone.phone,)
    return Patron(
        index,
        number,
        _barcodes(index, barcode),
        unique_id_of(index),
        someone.first_name,
        someone.surname,
        None if index % 41 == 3 else someone.birth_on,
        someone.sex,
        _emails(index, seed, someone.email),
        (someone.phone, f"+479{someone.phone[4:]}") if index % 8 == 2 else phones,
        someone.street,
        f"{someone.postal_code} {someone.city}",
        f"Hybelgangen {index % 90 + 1}" if index % 11 == 4 else "",
        *codes,
        None if index % 23 == 11 else _FIRST_EXPIRY + timedelta(days=bits % 1_460),
        *times_s,
        deleted_on,
        bits % 20_000 if index % 29 == 13 else 0,
        bits,
    )


_FIRST_EXPIRY = date(2025, 6, 30)


def _barcodes(index: int, barcode: str) -> tuple[str, ...]:
    if index % 301 == 7:
        return ()
    return (barcode, f"9{barcode[1:]}") if index % 67 == 9 else (barcode,)


def _emails(index: int, seed: int, email: str) -> tuple[str, ...]:
    if index % 9 == 6:
        return ()
    if index % 211 == 5:
        return (person(index - 1, seed).email,)
    return (email, f"second.{index}@example.org") if index % 13 == 4 else (email,)
