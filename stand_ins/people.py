"""
Synthetic people, and the few facts of the demo that both sides of a sync must agree on.

`person(index, seed)` costs the same for every index and depends on nothing else, so millions can
be streamed and any one be looked up. National ids are marked as synthetic (see `national_ids`),
places are invented, e-mail ends in example.org or .invalid, telephone numbers begin with a
digit that no Norwegian number begins with.

The registry stand-in and the seeding of the demo's library system both read the card numbers,
PINs, series and passwords from here, so that they describe the same people.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from stand_ins import names
from stand_ins.hashing import mix
from stand_ins.national_ids import NationalIdKind, birth_date_of, national_id, sex_of

DEMO_LIBRARIES = ("2030000", "2040000", "2050000", "2060000", "2070000")
DEMO_VENDOR = "systematic"
DEMO_VENDOR_SECRET = "demo-vendor-secret"  # noqa: S105 - public by intention
DEMO_PIN_KEY = bytes.fromhex("00112233445566778899aabbccddeeff")

SERIES_LENGTH = 10_000_000
OWN_SEQUENCE_OFFSET = 5_000_000
"""Numbers of a series from here on are never given to synthetic people."""

_PERSON, _PIN, _DUF_BIRTH = 1, 2, 3
_FOLDED = str.maketrans(
    {"æ": "ae", "ø": "o", "å": "a", "á": "a", "č": "c", "đ": "d", "ŋ": "n", "š": "s", "ŧ": "t",
     "ž": "z", "ć": "c", " ": ".", "'": ""}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SyntheticPerson:
    """
    One invented person.

    `national_id` has 11 digits, or 12 for a DUF; `sex` is M or F; `postal_code` has four digits;
    `phone` is in the international form; everything is unique or shared only by chance.
    """

    index: int
    national_id: str
    kind: NationalIdKind
    surname: str
    first_name: str
    birth_on: date
    sex: str
    street: str
    postal_code: str
    city: str
    phone: str
    email: str


def person(index: int, seed: int = 1) -> SyntheticPerson:
    """Return the person of this index; equal arguments give equal people."""
    kind, number = national_id(index, seed)
    sex = sex_of(number) or "MF"[mix(index, seed, _DUF_BIRTH) & 1]
    surname, first_name, bits = _name(mix(index, seed, _PERSON), sex)
    bits, street = divmod(bits, len(names.STREETS))
    bits, house = divmod(bits, 180)
    bits, place = divmod(bits, len(names.PLACES))
    postal_code, city = names.PLACES[place]
    domain = "post.invalid" if bits % 10 == 0 else "example.org"
    return SyntheticPerson(
        index=index,
        national_id=number,
        kind=kind,
        surname=surname,
        first_name=first_name,
        birth_on=birth_date_of(number) or duf_birth_on(index, seed),
        sex=sex,
        street=f"{names.STREETS[street]} {house + 1}",
        postal_code=postal_code,
        city=city,
        phone=f"+470{index % 10_000_000:07d}",
        email=f"{_folded(first_name)}.{_folded(surname)}.{index}@{domain}",
    )


def people(count: int, seed: int = 1, start: int = 0) -> Iterator[SyntheticPerson]:
    """Yield `count` people in order of index, from `start`, one at a time."""
    return (person(index, seed) for index in range(start, start + count))


def duf_birth_on(number: int, seed: int) -> date:
    """Invent a date of birth where the national id holds none."""
    return date(1950, 1, 1) + timedelta(days=mix(number, seed, _DUF_BIRTH) % 22_000)


def pin(index: int, seed: int = 1) -> str:
    """Return the four digits that this person chose."""
    return f"{mix(index, seed, _PIN) % 10_000:04d}"


def reserved_series(library: str, libraries: Sequence[str] = DEMO_LIBRARIES) -> tuple[str, str]:
    """
    Return the first and the last card number reserved for a library, by its position.

    >>> reserved_series("2040000")
    ('N110000000', 'N119999999')
    """
    first = 100_000_000 + libraries.index(library) * SERIES_LENGTH
    return f"N{first:09d}", f"N{first + SERIES_LENGTH - 1:09d}"


def home_library(index: int, libraries: Sequence[str] = DEMO_LIBRARIES) -> str:
    """Return the library that made this person's record."""
    return libraries[index % len(libraries)]


def national_card_number(index: int, libraries: Sequence[str] = DEMO_LIBRARIES) -> str:
    """
    Return this person's national card number, out of the lower half of the home library's series.

    >>> national_card_number(0), national_card_number(6)
    ('N100000001', 'N110000002')
    """
    library, serial = index % len(libraries), index // len(libraries) + 1
    if serial >= OWN_SEQUENCE_OFFSET:
        msg = f"index {index} has no card number in a series of {SERIES_LENGTH}"
        raise ValueError(msg)
    return f"N{100_000_000 + library * SERIES_LENGTH + serial:09d}"


def authorisation_code(library: str) -> str:
    """Return the demo's authorisation code of a library."""
    return f"demo-{library}"


def registry_password(code: str, vendor_secret: str) -> str:
    """Derive a library's registry password from its authorisation code and the vendor's secret."""
    return hashlib.sha256(f"{code}-{vendor_secret}".encode()).hexdigest()


def _name(bits: int, sex: str) -> tuple[str, str, int]:
    """Draw surname and first name, one in ten of each compound; return the bits left over."""
    first_names: tuple[str, ...] = (
        names.MALE_FIRST_NAMES if sex == "M" else names.FEMALE_FIRST_NAMES
    )
    if bits % 10 == 0:
        half = len(names.COMPOUND_FIRST_NAMES) // 2
        first_names = (
            names.COMPOUND_FIRST_NAMES[half:] if sex == "M" else (names.COMPOUND_FIRST_NAMES[:half])
        )
    surnames: tuple[str, ...] = names.COMPOUND_SURNAMES if bits // 10 % 10 == 0 else names.SURNAMES
    bits, first = divmod(bits // 100, len(first_names))
    bits, last = divmod(bits, len(surnames))
    return surnames[last], first_names[first], bits


@lru_cache(maxsize=256)
def _folded(name: str) -> str:
    """Spell a name in ASCII, for an e-mail address."""
    return name.lower().translate(_FOLDED)
