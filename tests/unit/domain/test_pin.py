from __future__ import annotations

import pytest

from registry_operators.domain.pin import Pin, is_four_digits, is_simple


@pytest.mark.parametrize("text", ["0000", "9999", "0471"])
def test_four_digits_are_a_pin(text: str) -> None:
    assert is_four_digits(text)
    assert Pin(text).digits == text


@pytest.mark.parametrize("text", ["", "123", "12345", "12a4", "١٢٣٤", "1234\n", " 1234", "-123"])
def test_anything_else_is_refused_without_repeating_it(text: str) -> None:
    assert not is_four_digits(text)
    with pytest.raises(ValueError, match="four digits") as caught:
        Pin(text)
    assert not text or text not in str(caught.value)


def test_it_hides_itself() -> None:
    assert "4711" not in f"{Pin('4711')} {Pin('4711')!r} {[Pin('4711')]}"


def test_equal_digits_are_equal_pins() -> None:
    assert Pin("4711") == Pin("4711") != Pin("4712")


RUNS = ["0123", "1234", "2345", "3456", "4567", "5678", "6789"]


def test_the_simple_ones_are_all_the_same_digit_and_the_runs() -> None:
    every = (f"{number:04d}" for number in range(10_000))

    assert sorted(digits for digits in every if is_simple(Pin(digits))) == sorted(
        [*(digit * 4 for digit in "0123456789"), *RUNS, *(run[::-1] for run in RUNS)]
    )


@pytest.mark.parametrize("digits", ["0909", "8901", "1235", "1122", "2468", "1212"])
def test_others_are_not_simple(digits: str) -> None:
    assert not is_simple(Pin(digits))
