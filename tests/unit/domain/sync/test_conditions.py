from __future__ import annotations

from datetime import date

import pytest

from registry_operators.domain.sync.conditions import (
    OPERATORS,
    Condition,
    Operator,
    comparable,
    first_day,
)
from registry_operators.domain.sync.field_values import DataType


def a_condition(operator: str, *operands, data_type=DataType.TEXT) -> Condition:
    return Condition("field", data_type, Operator(operator), operands)


@pytest.mark.parametrize(
    ("operator", "operands", "met", "not_met"),
    [
        ("equals", ["ada"], [["ada"], ["x", "ada"]], [["adam"], []]),
        ("not_equals", ["ada"], [["adam"], []], [["ada"], ["x", "ada"]]),
        ("contains", ["da"], [["ada"], ["x", "adam"]], [["d a"], []]),
        ("starts_with", ["ad"], [["ada"], ["x", "adam"]], [["mada"], []]),
        ("is_one_of", ["a", "b"], [["b"], ["x", "a"]], [["ab"], []]),
        ("is_empty", [], [[]], [["x"], [False], [0]]),
        ("is_not_empty", [], [["x"], [False], [0]], [[]]),
        ("before", ["2026-03-01"], [["2026-02-28"]], [["2026-03-01"], []]),
        ("after", ["2026-03-01"], [["2026-03-02"]], [["2026-03-01"], []]),
        ("within_last", ["2026-03-01"], [["2026-03-01"], ["2030-01-01"]], [["2026-02-28"], []]),
        ("at_least", [10], [[10], [9, 10.5]], [[9], []]),
        ("at_most", [10], [[10], [-3]], [[10.5], []]),
    ],
)
def test_an_operator_has_one_meaning(operator, operands, met, not_met):
    condition = a_condition(operator, *operands)

    assert [condition.is_met_by(values) for values in met] == [True] * len(met)
    assert [condition.is_met_by(values) for values in not_met] == [False] * len(not_met)


def test_every_operator_belongs_to_a_data_type():
    assert set.union(*(set(one) for one in OPERATORS.values())) == set(Operator)
    assert set(OPERATORS) == set(DataType)


@pytest.mark.parametrize(
    ("data_type", "raw", "value"),
    [
        (DataType.TEXT, "  ADA  Lovelace", "ada lovelace"),
        (DataType.CHOICE, "Dr.", "dr."),
        (DataType.EMAIL, "no address", "no address"),
        (DataType.DATE, "2028-06-30Z", "2028-06-30"),
        (DataType.DATE, "soon", None),
        (DataType.NUMBER, "12", 12),
        (DataType.NUMBER, "many", None),
        (DataType.YES_NO, "yes", True),
        (DataType.TEXT, {"a": 1}, None),
        (DataType.TEXT, "\x00", None),
    ],
)
def test_values_are_compared_in_one_form(data_type, raw, value):
    assert comparable(data_type, raw) == value


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (0, "days", date(2026, 3, 31)),
        (1, "day", date(2026, 3, 30)),
        (2, "weeks", date(2026, 3, 17)),
        (1, "month", date(2026, 2, 28)),
        (4, "months", date(2025, 11, 30)),
        (15, "months", date(2024, 12, 31)),
        (2, "years", date(2024, 3, 31)),
    ],
)
def test_a_period_begins_on_the_same_day_of_a_month_or_on_its_last(amount, unit, expected):
    assert first_day(amount, unit, date(2026, 3, 31)) == expected


@pytest.mark.parametrize(("amount", "unit"), [(1, "moon"), (99999, "years")])
def test_a_period_that_cannot_be_is_refused(amount, unit):
    with pytest.raises((ValueError, OverflowError)):
        first_day(amount, unit, date(2026, 3, 31))
