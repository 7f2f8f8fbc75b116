from __future__ import annotations

from datetime import UTC, datetime

import pytest

from registry_operators.steps.apply_retention import months_before


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ((2026, 11, 22), 12, (2025, 11, 22)),
        ((2026, 1, 5), 1, (2025, 12, 5)),
        ((2026, 3, 31), 1, (2026, 3, 1)),
        ((2028, 2, 29), 12, (2027, 3, 1)),
    ],
    ids=["a year", "over new year", "no such day", "leap day"],
)
def test_months_before_is_the_same_day_or_the_first_of_the_next_month(day, months, expected):
    year, month, date = day

    found = months_before(datetime(year, month, date, tzinfo=UTC), months)

    assert (found.year, found.month, found.day) == expected
