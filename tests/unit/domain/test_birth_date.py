from __future__ import annotations

from datetime import date

import pytest

from registry_operators.domain.birth_date import birth_date
from registry_operators.domain.national_id import NationalId
from stand_ins.national_ids import NationalIdKind
from stand_ins.people import people


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("31129949900", date(1999, 12, 31)),
        ("01010000000", date(1900, 1, 1)),
        ("01015450000", date(1854, 1, 1)),
        ("01015449999", date(1954, 1, 1)),
        ("01015375000", None),
        ("01013999900", date(2039, 1, 1)),
        ("01014090000", date(1940, 1, 1)),
        ("01014089900", None),
        ("29020050000", date(2000, 2, 29)),
        ("29020000000", None),
        ("71129949900", date(1999, 12, 31)),
        ("31529949900", date(1999, 12, 31)),
        ("31929949900", date(1999, 12, 31)),
        ("71929949900", date(1999, 12, 31)),
        ("00010000000", None),
        ("01000000000", None),
        ("01130000000", None),
        ("01930000000", None),
        ("201012345678", None),
    ],
)
def test_birth_date_reads_day_month_and_century(digits: str, expected: date | None) -> None:
    assert birth_date(NationalId(digits)) == expected


def test_birth_date_is_that_of_every_invented_person() -> None:
    for one in people(2000):
        expected = None if one.kind is NationalIdKind.DUF else one.birth_on
        assert birth_date(NationalId(one.national_id)) == expected
