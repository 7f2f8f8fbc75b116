from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_operators.domain.national_id import (
    NationalId,
    is_valid_national_id,
    normalise_national_id,
    parse_national_id,
)
from stand_ins.national_ids import NationalIdKind, national_id
from stand_ins.people import person

INDEXES = st.integers(0, 1_000_000)


def of_kind(kind: NationalIdKind) -> str:
    return next(number for index in range(200) for found, number in [national_id(index, 1)]
                if found is kind)  # fmt: skip


@pytest.mark.parametrize("kind", list(NationalIdKind), ids=lambda kind: kind.value)
def test_every_kind_is_valid(kind: NationalIdKind) -> None:
    assert is_valid_national_id(of_kind(kind))


@given(INDEXES)
def test_every_synthetic_number_is_valid(index: int) -> None:
    assert is_valid_national_id(person(index).national_id)


@given(INDEXES, st.data())
def test_one_wrong_digit_is_always_noticed(index: int, data: st.DataObject) -> None:
    number = person(index).national_id
    place = data.draw(st.integers(0, 10 if len(number) == 11 else 9))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))

    wrong = number[:place] + digit + number[place + 1 :]

    assert not is_valid_national_id(wrong)


@given(INDEXES, st.integers(0, 8))
def test_two_neighbours_changed_over_are_noticed(index: int, place: int) -> None:
    number = person(index).national_id
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]

    assert is_valid_national_id(swapped) == (swapped == number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "1" * 10,
        "1" * 13,
        "1234567890a",
        "١٢٣٤٥٦٧٨٩٠١",
        "12345678901",
        "-1234567890",
        "²" * 11,
    ],
)
def test_what_is_no_national_id_is_not_valid(text: str) -> None:
    assert not is_valid_national_id(text)
    assert parse_national_id(text) is None


@given(st.text(max_size=15))
def test_no_text_makes_the_check_fail(text: str) -> None:
    assert is_valid_national_id(text) in {True, False}


@pytest.mark.parametrize("form", ["{}-{}", "{} {}", " {}\t{} ", "{}\u00a0{}"])
def test_blanks_and_hyphens_are_no_part_of_it(form: str) -> None:
    number = of_kind(NationalIdKind.FNR)
    written = form.format(number[:6], number[6:])

    assert normalise_national_id(written) == number
    assert parse_national_id(written) == NationalId(number)


def test_it_hides_itself() -> None:
    number = of_kind(NationalIdKind.FNR)
    hidden = NationalId(number)

    assert number not in f"{hidden} {hidden!r} {[hidden]} {hidden:}"
