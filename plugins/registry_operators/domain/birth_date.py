"""The date of birth that a national id holds (spec N3.8)."""

from __future__ import annotations

from datetime import date

from registry_operators.domain.national_id import NationalId

_BIRTH_NUMBER_LENGTH = 11
_D_NUMBER = 40
_SYNTHETIC = (80, 40, 0)
_CENTURIES = (
    # first and last number of a person, first and last year of two digits, century
    (0, 499, 0, 99, 1900),
    (500, 749, 54, 99, 1800),
    (500, 999, 0, 39, 2000),
    (900, 999, 40, 99, 1900),
)


def birth_date(national_id: NationalId) -> date | None:
    """
    Return the date of birth in a birth number or D-number; ``None`` of a DUF number or no date.

    A D-number adds 40 to the day, a synthetic number 40 or 80 to the month. The three digits after
    the date say the century.

    >>> birth_date(NationalId("41819912345"))
    datetime.date(1999, 1, 1)
    """
    digits = national_id.digits
    if len(digits) != _BIRTH_NUMBER_LENGTH:
        return None
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    century = _century(int(digits[6:9]), year)
    if century is None:
        return None
    month -= next(shift for shift in _SYNTHETIC if month > shift or shift == 0)
    try:
        return date(century + year, month, day - _D_NUMBER if day > _D_NUMBER else day)
    except ValueError:
        return None


def _century(person: int, year: int) -> int | None:
    for first, last, first_year, last_year, century in _CENTURIES:
        if first <= person <= last and first_year <= year <= last_year:
            return century
    return None
