from __future__ import annotations

from datetime import date

import pytest

from registry_operators.domain.sync.field_values import Incorrect, IncorrectValueError
from registry_operators.domain.sync.transforms import Transform, step_of


@pytest.mark.parametrize(
    ("transform", "raw", "expected"),
    [
        ("trim", ["  Ada   Lovelace "], ["Ada Lovelace"]),
        ("lower", ["ÅSE"], ["åse"]),
        ("upper", ["åse"], ["ÅSE"]),
        ("title", ["ACHTERBERG-ross van DIJK"], ["Achterberg-ross Van Dijk"]),
        ("surname", ["ACHTERBERG, Marisol M"], ["ACHTERBERG"]),
        ("first_name", ["ACHTERBERG, Marisol M"], ["Marisol M"]),
        ("surname", ["Marisol M Achterberg"], ["Achterberg"]),
        ("first_name", ["Achterberg"], []),
        ("split_commas", ["a@example.org, b@example.org,", "c@example.org"],
         ["a@example.org", "b@example.org", "c@example.org"]),
    ],
)  # fmt: skip
def test_a_transform_changes_every_value(transform, raw, expected):
    assert step_of(Transform(transform))(raw) == expected


def test_dates_are_read_by_their_format():
    assert step_of(Transform.DATE_FORMAT, "%d.%m.%Y")(["30.06.2028"]) == [date(2028, 6, 30)]


def test_a_date_of_another_format_is_incorrect():
    with pytest.raises(IncorrectValueError) as refused:
        step_of(Transform.DATE_FORMAT, "%d.%m.%Y")(["2028-06-30"])

    assert refused.value.reason is Incorrect.NOT_A_DATE
