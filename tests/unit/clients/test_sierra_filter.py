"""What is sent to Sierra loses nobody who meets the whole filter here."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry_operators.clients.ils_messages import IlsQuery
from registry_operators.clients.sierra_filter import push_down
from registry_operators.domain.sync.conditions import Condition, Operator
from registry_operators.domain.sync.field_values import DataType
from registry_operators.settings.catalogues import load_catalogue
from stand_ins.sierra.process import serving_sierra
from tests.unit.clients.sierra_stub import a_sierra
from tests.unit.clients.vendor_stub import meant

SIERRA = load_catalogue("sierra")
KEYS = frozenset({"createdDate", "updatedDate", "suppressed", "patronType", "homeLibraryCode"})
BY_DATE = [Operator.BEFORE, Operator.AFTER, Operator.WITHIN_LAST, Operator.EQUALS,
           Operator.NOT_EQUALS]  # fmt: skip


@pytest.fixture(scope="module")
def sierra():
    with serving_sierra(150) as running:
        yield running


@pytest.fixture(scope="module")
def everybody(sierra):
    pages = a_sierra(sierra.api).pages(IlsQuery(KEYS, push_down=False))
    return [record for page in pages for record in page.records]


def on_day(field: str, operator: Operator, day: str) -> Condition:
    return Condition(field, DataType.DATE, operator, (day,), (day,))


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    match draw(st.sampled_from(["createdDate", "updatedDate", "suppressed", "patronType"])):
        case "suppressed" as name:
            operator = draw(st.sampled_from([Operator.EQUALS, Operator.NOT_EQUALS]))
            return Condition(name, DataType.YES_NO, operator, (draw(st.booleans()),))
        case "patronType" as name:
            return Condition(name, DataType.TEXT, Operator.EQUALS, (draw(st.sampled_from("10")),))
        case name:
            if draw(st.integers(0, 9)) == 0:
                return Condition(name, DataType.DATE, Operator.IS_EMPTY)
            days = st.dates(date(2013, 12, 20), date(2026, 10, 20))
            return on_day(name, draw(st.sampled_from(BY_DATE)), draw(days).isoformat())


@settings(max_examples=60)
@given(st.lists(conditions(), max_size=4).map(tuple))
def test_push_down_changes_nothing_of_who_is_meant(sierra, everybody, filter_) -> None:
    pages = a_sierra(sierra.api).pages(IlsQuery(KEYS, filter_))
    sent = [record for page in pages for record in page.records]

    assert meant(sent, filter_, SIERRA) == meant(everybody, filter_, SIERRA)


def test_days_of_patrons_who_are_there_are_the_hardest(sierra, everybody) -> None:
    for record in everybody[:25]:
        for operator in BY_DATE:
            filter_ = (on_day("updatedDate", operator, record["updatedDate"][:10]),)
            pages = a_sierra(sierra.api).pages(IlsQuery(KEYS, filter_))
            sent = [one for page in pages for one in page.records]

            assert meant(sent, filter_, SIERRA) == meant(everybody, filter_, SIERRA)


def test_ranges_are_a_day_wider_and_narrow_each_other() -> None:
    after = on_day("createdDate", Operator.AFTER, "2026-01-10")
    before = on_day("createdDate", Operator.BEFORE, "2026-02-10")
    hidden = Condition("suppressed", DataType.YES_NO, Operator.EQUALS, (False,))

    assert push_down((after, before, hidden)) == (
        {"createdDate": "[2026-01-09T00:00:00Z,2026-02-11T23:59:59Z]", "suppressed": "false"},
        (after, before, hidden),
    )
    assert push_down((after,))[0] == {"createdDate": "[2026-01-09T00:00:00Z,]"}


def test_conditions_that_exclude_each_other_are_not_both_sent() -> None:
    after = on_day("createdDate", Operator.AFTER, "2026-03-10")
    before = on_day("createdDate", Operator.BEFORE, "2026-02-10")

    assert push_down((after, before))[1] == (after,)


@pytest.mark.parametrize(
    "condition",
    [
        on_day("expirationDate", Operator.AFTER, "2026-01-01"),
        on_day("createdDate", Operator.NOT_EQUALS, "2026-01-01"),
        on_day("createdDate", Operator.AFTER, "9999-12-31"),
        Condition("createdDate", DataType.DATE, Operator.IS_EMPTY),
        Condition("patronType", DataType.TEXT, Operator.EQUALS, ("10",), ("10",)),
        Condition("suppressed", DataType.YES_NO, Operator.NOT_EQUALS, (True,)),
    ],
    ids=lambda one: f"{one.field} {one.operator}",
)
def test_what_the_list_may_judge_otherwise_is_not_sent(condition) -> None:
    assert push_down((condition,)) == ({}, ())
