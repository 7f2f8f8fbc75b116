"""What is sent to Symphony loses nobody who meets the whole filter here."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_operators.clients.ils_messages import IlsQuery
from registry_operators.clients.symphony_filter import push_down
from registry_operators.domain.sync.conditions import Condition, Operator
from registry_operators.domain.sync.field_values import DataType
from registry_operators.settings.catalogues import load_catalogue
from stand_ins.symphony.process import serving_symphony
from tests.unit.clients.symphony_stub import a_symphony
from tests.unit.clients.vendor_stub import meant

SYMPHONY = load_catalogue("symphony")
KEYS = frozenset({"library", "profile", "category01", "privilegeExpiresDate"})
CODES = {
    "library": ["main", "law", "branch", "mai", "none"],
    "profile": ["ugrd", "grad", "child", "staff"],
    "category01": ["biology", "history"],
}
ONE = [Operator.EQUALS, Operator.NOT_EQUALS, Operator.CONTAINS, Operator.STARTS_WITH]


@pytest.fixture(scope="module")
def symphony():
    with serving_symphony(150) as running:
        yield running


@pytest.fixture(scope="module")
def everybody(symphony):
    client = a_symphony(symphony.api, strategy="search")
    pages = client.pages(IlsQuery(KEYS, push_down=False))
    return [record for page in pages for record in page.records]


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    field = draw(st.sampled_from(sorted(CODES)))
    codes = st.sampled_from(CODES[field])
    match draw(st.integers(0, 7)):
        case 0:
            operator = draw(st.sampled_from([Operator.IS_EMPTY, Operator.IS_NOT_EMPTY]))
            return Condition(field, DataType.TEXT, operator)
        case 1 | 2:
            several = tuple(draw(st.lists(codes, min_size=1, max_size=3)))
            return Condition(field, DataType.TEXT, Operator.IS_ONE_OF, several)
        case _:
            return Condition(field, DataType.TEXT, draw(st.sampled_from(ONE)), (draw(codes),))


@settings(max_examples=50)
@given(st.lists(conditions(), max_size=3).map(tuple))
def test_push_down_changes_nothing_of_who_is_meant(symphony, everybody, filter_) -> None:
    pages = a_symphony(symphony.api, strategy="search").pages(IlsQuery(KEYS, filter_))
    sent = [record for page in pages for record in page.records]

    assert meant(sent, filter_, SYMPHONY) == meant(everybody, filter_, SYMPHONY)


def a_condition(field: str, operator: Operator, *codes: str) -> Condition:
    return Condition(field, DataType.TEXT, operator, codes, tuple(map(str.upper, codes)))


def test_codes_of_a_library_or_profile_are_sent() -> None:
    some = a_condition("library", Operator.IS_ONE_OF, "main", "law")
    one = a_condition("library", Operator.EQUALS, "law")
    students = a_condition("profile", Operator.EQUALS, "ugrd")

    assert push_down((some, one, students)) == (
        {"LIBRARY": frozenset({"law"}), "PROFILE": frozenset({"ugrd"})},
        (some, one, students),
    )


@pytest.mark.parametrize(
    "condition",
    [
        a_condition("library", Operator.NOT_EQUALS, "main"),
        a_condition("library", Operator.STARTS_WITH, "ma"),
        a_condition("category01", Operator.EQUALS, "biology"),
        a_condition("address1.EMAIL", Operator.EQUALS, "a@example.org"),
        Condition("profile", DataType.TEXT, Operator.IS_EMPTY),
    ],
    ids=lambda one: f"{one.field} {one.operator}",
)
def test_what_a_search_may_judge_otherwise_is_not_sent(condition) -> None:
    assert push_down((condition,)) == ({}, ())
