"""
Norwegian national ids that are valid by checksum and recognisably synthetic.

Three kinds: birth numbers (fnr), D-numbers (day of birth + 40) and DUF numbers (year, serial and
two check digits). Birth and D-numbers carry the synthetic mark, month of birth + 80, so none can
be a living person's. DUF numbers know no such mark; ours keep to serials from 900000.

Every index has its own number. An index is turned into its rank within its kind, the rank into a
slot by an affine permutation, and the slot into a date and a serial. Of the ten last digits that
a date and the first two digits of a serial leave open, either check digit rules out at most one:
eight are always good, so a slot names the n-th good digit, n < 8, and nothing is ever searched.
"""

from datetime import date
from enum import StrEnum

_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_DUF_WEIGHTS = (4, 6, 3, 2, 4, 6, 3, 2, 7, 5)
SYNTHETIC_MONTH = 80
D_NUMBER_DAY = 40

_FIRST_ORDINAL = date(1930, 1, 1).toordinal()
_DAYS = date(2020, 1, 1).toordinal() - _FIRST_ORDINAL
_GOOD_DIGITS = 8
_BIRTH_SLOTS = _DAYS * 50 * _GOOD_DIGITS
_DUF_YEARS = 24
_DUF_SLOTS = _DUF_YEARS * 100_000
_CYCLE, _FNR_SHARE, _D_SHARE, _DUF_SHARE = 50, 46, 3, 1
MAX_INDEX = _BIRTH_SLOTS // _FNR_SHARE * _CYCLE
"""Indexes below this have distinct national ids: about 14 million."""


class NationalIdKind(StrEnum):
    """What sort of national id a person has."""

    FNR = "fnr"
    D_NUMBER = "d_number"
    DUF = "duf"


def national_id(index: int, seed: int) -> tuple[NationalIdKind, str]:
    """
    Return the national id that belongs to this index alone: 92 % fnr, 6 % D-number, 2 % DUF.

    Raises ValueError for an index outside `0 <= index < MAX_INDEX`.
    """
    if not 0 <= index < MAX_INDEX:
        msg = f"index {index} is outside 0..{MAX_INDEX - 1}"
        raise ValueError(msg)
    cycle, position = divmod(index, _CYCLE)
    place = (position * 17 + seed) % _CYCLE
    if place < _FNR_SHARE:
        slot = _permuted(cycle * _FNR_SHARE + place, seed, _BIRTH_SLOTS)
        return NationalIdKind.FNR, _birth_number(slot, 0)
    if place < _FNR_SHARE + _D_SHARE:
        slot = _permuted(cycle * _D_SHARE + place - _FNR_SHARE, seed, _BIRTH_SLOTS)
        return NationalIdKind.D_NUMBER, _birth_number(slot, D_NUMBER_DAY)
    return NationalIdKind.DUF, _duf_number(_permuted(cycle, seed, _DUF_SLOTS))


def is_valid_national_id(value: str) -> bool:
    """Tell whether length, check digits and, except for DUF, the date of birth are right."""
    if not (value.isascii() and value.isdigit()):
        return False
    if len(value) == 12:
        return value[10:] == _duf_check(value[:10])
    if len(value) != 11 or birth_date_of(value) is None:
        return False
    return _check_digits(value[:9]) == value[9:]


def birth_date_of(value: str) -> date | None:
    """Read the date of birth out of an fnr or a D-number; None for a DUF or a senseless number."""
    if len(value) != 11 or not value.isdigit():
        return None
    day, month, year, serial = (int(value[a:b]) for a, b in ((0, 2), (2, 4), (4, 6), (6, 9)))
    day -= D_NUMBER_DAY if day > D_NUMBER_DAY else 0
    month -= next((offset for offset in (SYNTHETIC_MONTH, 65, 40) if month > offset), 0)
    if serial >= 500 and year < 40:
        century = 2000
    elif 500 <= serial < 750 and year >= 54:
        century = 1800
    else:
        century = 1900
    try:
        return date(century + year, month, day)
    except ValueError:
        return None


def sex_of(value: str) -> str | None:
    """Read `M` or `F` out of the ninth digit of an fnr or a D-number; None for a DUF."""
    if len(value) != 11:
        return None
    return "M" if int(value[8]) % 2 else "F"


def _permuted(rank: int, seed: int, size: int) -> int:
    """Map rank to slot one to one: the factor is a prime larger than any divisor of the sizes."""
    return (rank * 982_451_653 + seed * 1_000_003) % size


def _birth_number(slot: int, day_offset: int) -> str:
    """
    Spell a slot as date, serial and check digits; serials from 500 are for years from 2000.

    The first eight digits add the same to both sums whatever the ninth is, so they are summed once.
    """
    slot, nth = divmod(slot, _GOOD_DIGITS)
    days, prefix = divmod(slot, 50)
    born = date.fromordinal(_FIRST_ORDINAL + days)
    if born.year >= 2000:
        prefix += 50
    day, month = born.day + day_offset, born.month + SYNTHETIC_MONTH
    stem = f"{day:02d}{month}{born.year % 100:02d}{prefix:02d}"
    a, b, c, d, e, f, g, h = map(int, stem)
    first_sum = 3 * a + 7 * b + 6 * c + d + 8 * e + 9 * f + 4 * g + 5 * h
    second_sum = 5 * a + 4 * b + 3 * c + 2 * d + 7 * e + 6 * f + 5 * g + 4 * h
    for digit in range(10):
        first = -(first_sum + 2 * digit) % 11
        second = -(second_sum + 3 * digit + 2 * first) % 11
        if first < 10 and second < 10:
            if nth == 0:
                return f"{stem}{digit}{first}{second}"
            nth -= 1
    msg = "fewer than eight good last digits"
    raise ValueError(msg)  # ruled out by the weights


def _check_digits(nine: str) -> str | None:
    """Return the two check digits, or None if either of them would be ten."""
    first = -_weighted(nine, _FIRST_WEIGHTS) % 11
    if first == 10:
        return None
    second = -_weighted(f"{nine}{first}", _SECOND_WEIGHTS) % 11
    return None if second == 10 else f"{first}{second}"


def _duf_number(slot: int) -> str:
    year, serial = divmod(slot, 100_000)
    ten = f"{2001 + year}{900_000 + serial}"
    return ten + _duf_check(ten)


def _duf_check(ten: str) -> str:
    return f"{_weighted(ten, _DUF_WEIGHTS) % 11:02d}"


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
