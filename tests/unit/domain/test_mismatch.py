from __future__ import annotations

import pytest

from registry_operators.domain.mismatch import Mismatch
from registry_operators.domain.tally import LibraryTally


@pytest.mark.parametrize(
    ("mismatch", "text"),
    [
        (Mismatch("accounted", 9, 7), "read 9, accounted 7: 2 records have no outcome"),
        (Mismatch("accounted", 7, 8), "read 7, accounted 8: 1 record too many has an outcome"),
        (Mismatch("writes", 7, 8), "writes 8, confirmed in the plan 7"),
        (Mismatch("in_two_places", 0, 1), "1 record is both taken out by a step and still staged"),
        (Mismatch("unsettled", 0, 3), "3 changes are planned or sent, and without an end"),
        (Mismatch("of_tomorrow", 0, 3), "of_tomorrow: expected 0, found 3"),
    ],
)
def test_says_which_number_is_off(mismatch: Mismatch, text: str) -> None:
    assert mismatch.text == text


def test_a_tally_that_does_not_add_up_names_it_even_if_nobody_checked() -> None:
    tally = LibraryTally("pull", "2030000", read=3, updated=2)

    assert tally.mismatches == (Mismatch("accounted", 3, 2),)
    assert tally.as_dict()["off"] == ["read 3, accounted 2: 1 record has no outcome"]


def test_a_number_that_the_check_found_makes_it_not_add_up() -> None:
    off = Mismatch("writes", 1, 2)

    assert LibraryTally("pull", "2030000", off=(off,)).mismatches == (off,)
