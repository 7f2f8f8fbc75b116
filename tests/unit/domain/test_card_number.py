from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_operators.domain.card_number import (
    NumberSeries,
    has_national_form,
    may_be_shared,
)

SERIES = NumberSeries("N", "100000000", "109999999")


@st.composite
def series(draw: st.DrawFn) -> NumberSeries:
    width = draw(st.integers(1, 4))
    first, last = sorted(draw(st.tuples(*[st.integers(0, 10**width - 1)] * 2)))
    return NumberSeries(
        draw(st.sampled_from(["", "N", "NB"])), f"{first:0{width}d}", f"{last:0{width}d}"
    )


def numbers_of(one: NumberSeries) -> set[str]:
    return {one.number(value) for value in range(int(one.first), int(one.last) + 1)}


@pytest.mark.parametrize("number", ["N000000000", "N123456789"])
def test_n_and_nine_digits_is_the_national_form(number: str) -> None:
    assert has_national_form(number)


@pytest.mark.parametrize(
    "number",
    ["", "N", "N12345678", "N1234567890", "n123456789", "123456789", " N123456789", "N123456789\n",
     "N12345678a", "N\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669", "NB12345678"],
)  # fmt: skip
def test_anything_else_is_not(number: str) -> None:
    assert not has_national_form(number)


@pytest.mark.parametrize("number", ["N100000000", "N105000000", "N109999999"])
def test_both_ends_are_in_a_series(number: str) -> None:
    assert number in SERIES
    assert may_be_shared(number, [SERIES])


@pytest.mark.parametrize(
    "number", ["N099999999", "N110000000", "100000000", "N10000000", "L0000001"]
)
def test_a_number_outside_all_series_is_local(number: str) -> None:
    assert number not in SERIES
    assert not may_be_shared(number, [SERIES])


def test_a_number_of_another_form_is_local_even_inside_a_series() -> None:
    assert "L0000005" in NumberSeries("L", "0000000", "0000009")
    assert not may_be_shared("L0000005", [NumberSeries("L", "0000000", "0000009")])


def test_nothing_is_shared_without_series() -> None:
    assert not may_be_shared("N100000000", [])


@given(series(), series())
def test_overlap_and_cover_are_those_of_the_sets_of_numbers(one, other) -> None:
    assert one.overlaps(other) == other.overlaps(one) == bool(numbers_of(one) & numbers_of(other))
    assert one.covers(other) == (numbers_of(one) >= numbers_of(other))


@given(series(), st.integers(0, 10_000))
def test_a_number_made_by_a_series_is_in_it(one: NumberSeries, step: int) -> None:
    value = int(one.first) + step % (int(one.last) - int(one.first) + 1)

    assert one.number(value) in one


@given(series(), st.text(max_size=8))
def test_no_text_is_in_a_series_but_its_numbers(one: NumberSeries, text: str) -> None:
    assert (text in one) == (text in numbers_of(one))


def test_leading_zeros_are_kept() -> None:
    assert NumberSeries("", "0001", "0100").number(7) == "0007"
    assert "7" not in NumberSeries("", "0001", "0100")


def test_a_series_is_shown_as_people_write_it() -> None:
    assert str(SERIES) == "N100000000 to N109999999"
