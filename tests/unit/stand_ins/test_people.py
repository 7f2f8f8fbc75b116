import hashlib
from datetime import date

import pytest

from stand_ins.people import (
    DEMO_LIBRARIES,
    SyntheticPerson,
    authorisation_code,
    home_library,
    national_card_number,
    people,
    person,
    pin,
    registry_password,
    reserved_series,
)


@pytest.fixture(scope="module")
def crowd() -> list[SyntheticPerson]:
    return list(people(5_000))


def test_a_person_depends_on_index_and_seed_alone() -> None:
    streamed = list(people(3, seed=4, start=1_000_000))

    assert streamed == [person(index, 4) for index in range(1_000_000, 1_000_003)]
    assert person(1_000_000, 5) != streamed[0]


def test_a_known_person_never_changes() -> None:
    someone = person(0, 1)

    assert someone.national_id == "18860157183"
    assert someone.birth_on == date(2001, 6, 18)
    assert (someone.surname, someone.first_name) == ("Solbakken", "Øyvind")


def test_names_hold_norwegian_and_sami_letters_and_compounds(crowd: list[SyntheticPerson]) -> None:
    names = " | ".join(f"{p.first_name} {p.surname}" for p in crowd)

    assert set("æøåáčđŋšŧž") <= set(names.lower())
    assert any("-" in p.first_name for p in crowd)
    assert any(" " in p.surname for p in crowd)


def test_addresses_reach_nobody(crowd: list[SyntheticPerson]) -> None:
    assert all(p.email.endswith(("@example.org", "@post.invalid")) for p in crowd)
    assert all(p.email.isascii() for p in crowd)
    assert all(p.phone.startswith("+470") and len(p.phone) == 11 for p in crowd)
    assert len({p.email for p in crowd}) == len(crowd)


def test_pins_are_four_digits_and_spread() -> None:
    pins = [pin(index, 1) for index in range(2_000)]

    assert all(len(one) == 4 and one.isdigit() for one in pins)
    assert len(set(pins)) > 1_500
    assert pins != [pin(index, 2) for index in range(2_000)]


def test_series_follow_the_position_of_the_library() -> None:
    assert reserved_series("2030000") == ("N100000000", "N109999999")
    assert reserved_series("2070000") == ("N140000000", "N149999999")
    assert reserved_series("5070901", ["5070901"]) == ("N100000000", "N109999999")


def test_card_numbers_are_distinct_and_in_the_lower_half_of_the_home_series() -> None:
    numbers = [national_card_number(index) for index in range(1_000)]

    for index, number in enumerate(numbers):
        first, _ = reserved_series(home_library(index))
        assert int(first[1:]) < int(number[1:]) < int(first[1:]) + 5_000_000
    assert len(set(numbers)) == 1_000


def test_an_index_beyond_the_lower_half_is_an_error() -> None:
    assert national_card_number(4_999_998 * 5) == "N104999999"
    with pytest.raises(ValueError, match="no card number"):
        national_card_number(4_999_999 * 5)


def test_the_password_is_the_hash_of_code_and_vendor_secret() -> None:
    assert authorisation_code(DEMO_LIBRARIES[0]) == "demo-2030000"
    expected = hashlib.sha256(b"demo-2030000-secret").hexdigest()
    assert registry_password("demo-2030000", "secret") == expected
