from __future__ import annotations

from datetime import date, datetime

import pytest

from registry_operators.domain.sync.field_values import (
    MAX_LENGTH,
    DataType,
    Incorrect,
    IncorrectValueError,
    fold,
    to_value,
)

TERMS = {"dr.": "Dr.", "prof.": "Prof."}


@pytest.mark.parametrize(
    ("data_type", "raw", "value"),
    [
        (DataType.TEXT, "  Ada ", "Ada"),
        (DataType.TEXT, "A\u030ase", "Åse"),
        (DataType.TEXT, "a\x00b\x07", "ab"),
        (DataType.TEXT, 12, "12"),
        (DataType.TEXT, True, "true"),
        (DataType.EMAIL, " a.b@example.org ", "a.b@example.org"),
        (DataType.PHONE, "+47 (0) 12-34.56/7", "+47 (0) 12-34.56/7"),
        (DataType.DATE, "2028-06-30", "2028-06-30"),
        (DataType.DATE, "2028-06-30Z", "2028-06-30"),
        (DataType.DATE, "2028-06-30T23:59:59+02:00", "2028-06-30"),
        (DataType.DATE, date(2028, 6, 30), "2028-06-30"),
        (DataType.DATE, datetime(2028, 6, 30, 1), "2028-06-30"),  # noqa: DTZ001
        (DataType.NUMBER, "2026", 2026),
        (DataType.NUMBER, " 2,50 ", 2.5),
        (DataType.NUMBER, 3.0, 3),
        (DataType.NUMBER, -7, -7),
        (DataType.YES_NO, True, True),
        (DataType.YES_NO, "Ja", True),
        (DataType.YES_NO, 0, False),
        (DataType.YES_NO, " NO ", False),
        (DataType.CHOICE, " DR. ", "Dr."),
    ],
)
def test_a_value_is_stored_in_one_form(data_type, raw, value):
    stored = to_value(data_type, raw, TERMS)

    assert (stored, type(stored)) == (value, type(value))


@pytest.mark.parametrize(
    ("data_type", "raw", "reason"),
    [
        (DataType.TEXT, {"a": 1}, Incorrect.NOT_TEXT),
        (DataType.TEXT, ["a"], Incorrect.NOT_TEXT),
        (DataType.TEXT, "a" * (MAX_LENGTH + 1), Incorrect.TOO_LONG),
        (DataType.EMAIL, "ada", Incorrect.NOT_AN_EMAIL),
        (DataType.EMAIL, "ada@example", Incorrect.NOT_AN_EMAIL),
        (DataType.EMAIL, "a@example.org,b@example.org", Incorrect.NOT_AN_EMAIL),
        (DataType.EMAIL, "a" * 250 + "@example.org", Incorrect.NOT_AN_EMAIL),
        (DataType.PHONE, "12", Incorrect.NOT_A_PHONE),
        (DataType.PHONE, "call me", Incorrect.NOT_A_PHONE),
        (DataType.DATE, "30.06.2028", Incorrect.NOT_A_DATE),
        (DataType.DATE, "2028-02-30", Incorrect.NOT_A_DATE),
        (DataType.DATE, 20280630, Incorrect.NOT_A_DATE),
        (DataType.NUMBER, "many", Incorrect.NOT_A_NUMBER),
        (DataType.NUMBER, "NaN", Incorrect.NOT_A_NUMBER),
        (DataType.NUMBER, float("inf"), Incorrect.NOT_A_NUMBER),
        (DataType.NUMBER, "1e15", Incorrect.NOT_A_NUMBER),
        (DataType.NUMBER, True, Incorrect.NOT_A_NUMBER),
        (DataType.YES_NO, "perhaps", Incorrect.NOT_YES_OR_NO),
        (DataType.YES_NO, 2, Incorrect.NOT_YES_OR_NO),
        (DataType.CHOICE, "Sir", Incorrect.NOT_A_CHOICE),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_not_repeated(data_type, raw, reason):
    with pytest.raises(IncorrectValueError) as refused:
        to_value(data_type, raw, TERMS)

    assert refused.value.reason is reason
    assert str(raw) not in str(refused.value)


def test_texts_are_compared_without_case_composition_and_blanks():
    assert fold("  A\u030aSE   Berg ") == fold("Åse berg") == "åse berg"
