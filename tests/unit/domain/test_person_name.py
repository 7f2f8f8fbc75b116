"""Names as the registry writes them and as people say them (reference 1.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_operators.domain.person_name import (
    UNKNOWN_NAME,
    PersonName,
    parse_registry_name,
    parse_spoken_name,
)


@pytest.mark.parametrize(
    ("text", "surname", "first_name"),
    [
        ("Nordmann, Kari", "Nordmann", "Kari"),
        ("Nordmann, Kari Lise", "Nordmann", "Kari Lise"),
        ("  Nordmann ,  Kari  ", "Nordmann", "Kari"),
        ("Nordmann", "Nordmann", ""),
        ("Kari Nordmann", "Kari Nordmann", ""),
        ("Nordmann,", "Nordmann", ""),
        (", Kari", "Kari", ""),
        ("Nordmann, Kari, Lise", "Nordmann", "Kari, Lise"),
        ("Čáhcesuolu, Ŋiela Đuoddar", "Čáhcesuolu", "Ŋiela Đuoddar"),
    ],
)
def test_a_name_of_the_registry(text: str, surname: str, first_name: str) -> None:
    assert parse_registry_name(text) == (surname, first_name)


@pytest.mark.parametrize(
    ("text", "surname", "first_name"),
    [
        ("Kari Nordmann", "Nordmann", "Kari"),
        ("Kari Lise  Nordmann", "Nordmann", "Kari Lise"),
        ("\tKari\nNordmann ", "Nordmann", "Kari"),
        ("Kari", "Kari", ""),
    ],
)
def test_a_name_as_people_say_it(text: str, surname: str, first_name: str) -> None:
    assert parse_spoken_name(text) == (surname, first_name)


@pytest.mark.parametrize("parse", [parse_registry_name, parse_spoken_name])
@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_no_name_is_none(parse, text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("text", [",", " , "])
def test_a_comma_is_no_name_of_the_registry(text: str) -> None:
    assert parse_registry_name(text) is None


@given(st.text())
def test_whatever_comes_is_none_or_has_a_surname_that_is_not_too_long(text: str) -> None:
    for name in (parse_registry_name(text), parse_spoken_name(text)):
        assert name is None or 0 < len(name.surname) <= 100 >= len(name.first_name)


def test_names_hide_themselves() -> None:
    name = PersonName("Nordmann", "Kari")

    assert "Nordmann" not in f"{name!r} {[name]}"
    assert "Kari" not in f"{name!r} {[name]}"


@pytest.mark.parametrize(
    ("name", "said"), [(PersonName("Nordmann", "Kari"), "Kari Nordmann"), (UNKNOWN_NAME, "Ukjent")]
)
def test_a_name_is_said_with_the_first_name_first(name: PersonName, said: str) -> None:
    assert name.in_order == said
