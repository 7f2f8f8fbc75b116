from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.no import fodselsnummer

from stand_ins.national_ids import (
    MAX_INDEX,
    NationalIdKind,
    birth_date_of,
    is_valid_national_id,
    national_id,
    sex_of,
)

indexes = st.integers(0, MAX_INDEX - 1)
seeds = st.integers(0, 2**31)


@pytest.mark.parametrize("start", [0, 4_900_000, MAX_INDEX - 100_000], ids=["low", "high", "last"])
def test_numbers_are_unique(start: int) -> None:
    numbers = {national_id(index, 7)[1] for index in range(start, start + 100_000)}
    numbers |= {national_id(index, 7)[1] for index in range(1_000_000, 1_100_000)}

    assert len(numbers) == 200_000


def test_kinds_are_shared_out_in_every_fifty() -> None:
    counts = Counter(national_id(index, 3)[0] for index in range(5_000))

    assert counts == {
        NationalIdKind.FNR: 4_600,
        NationalIdKind.D_NUMBER: 300,
        NationalIdKind.DUF: 100,
    }


@given(indexes, seeds)
def test_check_digits_are_right_and_the_synthetic_mark_is_there(index: int, seed: int) -> None:
    kind, number = national_id(index, seed)

    assert is_valid_national_id(number)
    if kind is NationalIdKind.DUF:
        assert len(number) == 12
        assert number[4] == "9"
        return
    assert number[9] == fodselsnummer.calc_check_digit1(number)
    assert number[10] == fodselsnummer.calc_check_digit2(number)
    assert 81 <= int(number[2:4]) <= 92
    assert (int(number[:2]) > 40) == (kind is NationalIdKind.D_NUMBER)
    assert date(1930, 1, 1) <= (birth_date_of(number) or date.min) < date(2020, 1, 1)


@given(indexes, st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(index: int, place: int, shift: int) -> None:
    _, number = national_id(index, 1)
    place %= len(number)
    wrong = f"{number[:place]}{(int(number[place]) + shift) % 10}{number[place + 1 :]}"

    assert not is_valid_national_id(wrong)


@pytest.mark.parametrize("text", ["", "1234567890", "123456789012", "1886015718x", "¹8860157183"])
def test_senseless_text_is_no_national_id(text: str) -> None:
    assert not is_valid_national_id(text)


def test_sex_is_read_from_the_ninth_digit() -> None:
    assert sex_of("18860157183") == "M"
    assert sex_of("201990000000") is None


@pytest.mark.parametrize("index", [-1, MAX_INDEX], ids=["negative", "too large"])
def test_an_index_out_of_range_is_an_error(index: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        national_id(index, 1)
