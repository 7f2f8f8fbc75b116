"""What is evaluated by the library system never loses anybody who meets the condition here."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from registry_operators.clients import alma_filter, koha_filter
from registry_operators.clients.ils_messages import IlsQuery
from registry_operators.domain.sync.conditions import OPERATORS, Condition, Operator, comparable
from registry_operators.domain.sync.field_values import DataType
from registry_operators.domain.sync.record_path import compile_path
from registry_operators.settings.catalogues import load_catalogue
from stand_ins.alma.process import serving_alma
from stand_ins.koha.process import serving_koha
from tests.unit.clients.ils_stub import a_koha, an_alma, read

DAYS = ("2014-06-01", "2022-02-28", "2025-06-30", "2026-10-01", "1994-07-03")
VALUES = {
    DataType.TEXT: ("UGRD", "grad", "Ugr", "MAIN", "music", "SCI", "x", "Å", " ugrd  ", "W0", "%"),
    DataType.EMAIL: ("second.4@example.org", "example", "Ø"),
    DataType.PHONE: ("+47", "555"),
    DataType.DATE: DAYS,
    DataType.YES_NO: ("true", "false"),
    DataType.NUMBER: ("0", "1", "2.5"),
}
KOHA_FIELDS = (
    "category_id", "library_id", "date_enrolled", "expiry_date", "date_of_birth", "updated_on",
    "last_seen", "email", "cardnumber", "other_name", "incorrect_address", "patron_card_lost",
    "restricted", "gender", "statistics_1", "extended_attributes.GRADYEAR", "privacy",
)  # fmt: skip
ALMA_FIELDS = ("user_group", "campus_code", "job_category", "email", "birth_date", "last_name")
QUICK = settings(max_examples=40)


def conditions(ils: str, names: tuple[str, ...]):
    catalogue = load_catalogue(ils)

    @st.composite
    def one(draw) -> Condition:
        field = catalogue.find(draw(st.sampled_from(names)))
        assert field is not None
        operator = draw(st.sampled_from(sorted(OPERATORS[field.data_type])))
        count = {Operator.IS_EMPTY: 0, Operator.IS_NOT_EMPTY: 0, Operator.IS_ONE_OF: 3}
        most = count.get(operator, 1)
        written = tuple(
            draw(st.lists(st.sampled_from(VALUES[field.data_type]),
                          min_size=min(1, most), max_size=most))
        )  # fmt: skip
        operands = tuple(comparable(field.data_type, text) for text in written)
        return Condition(field.name, field.data_type, operator, operands, written)  # type: ignore[arg-type]

    return st.lists(one(), min_size=1, max_size=3).map(tuple)


def a_condition(field, operator, *written, kind=DataType.TEXT) -> Condition:
    operands = tuple(value for text in written if (value := comparable(kind, text)) is not None)
    return Condition(field, kind, operator, operands, written)


def met(ils: str, records, wanted) -> list[str]:
    """Return who meets all conditions, as the staging area evaluates them."""
    catalogue = load_catalogue(ils)
    fields = [catalogue.find(one.field) for one in wanted]
    reads = [compile_path(field.path) for field in fields if field]
    return [
        str(record[catalogue.record_id])
        for record in records
        if all(
            condition.is_met_by(
                [value for raw in (path(record) or ())  # type: ignore[union-attr]
                 if (value := comparable(condition.data_type, raw)) is not None]
            )
            for condition, path in zip(wanted, reads, strict=True)
        )
    ]  # fmt: skip


@pytest.fixture(scope="module")
def koha():
    with serving_koha(150, redacted_share=0.15) as served:
        odd = ({"category_id": "ugrd"}, {"email": "   "}, {"other_name": "\tX"}, {"lang": None},
               {"expiry_date": None, "library_id": "main"}, {"incorrect_address": None},
               {"updated_on": "2026-10-01T00:00:01+02:00", "incorrect_address": True})  # fmt: skip
        for record_id, raw in enumerate(odd, start=2):
            served.admin.patch(record_id, raw=raw)
        yield served


@pytest.fixture(scope="module")
def alma():
    with serving_alma(150, per_second=0) as served:
        served.admin.patch(3, raw={"user_group": {"value": "ugrd", "desc": "Undergraduate"}})
        served.admin.patch(4, raw={"job_category": {"value": None, "desc": None}})
        yield served


@QUICK
@given(wanted=conditions("koha", KOHA_FIELDS))
@example(wanted=(a_condition("category_id", Operator.IS_ONE_OF, "UGRD", "GRAD"),))
def test_koha_gives_the_same_with_and_without(koha, wanted) -> None:
    keys = frozenset({"extended_attributes"})
    pushed = read(a_koha(koha.api), IlsQuery(keys, wanted))
    everybody = read(a_koha(koha.api), IlsQuery(keys, wanted, push_down=False))

    assert met("koha", pushed, wanted) == met("koha", everybody, wanted)
    assert len(pushed) <= len(everybody)


@QUICK
@given(wanted=conditions("alma", ALMA_FIELDS))
@example(wanted=(a_condition("user_group", Operator.EQUALS, "UGRD"),))
def test_alma_gives_the_same_with_and_without(alma, wanted) -> None:
    client = an_alma(alma.api, searchable=alma_filter.SEARCHED)
    pushed = read(client, IlsQuery(frozenset({"email"}), wanted))
    everybody = read(client, IlsQuery(frozenset({"email"}), wanted, push_down=False))

    assert sorted(met("alma", pushed, wanted)) == sorted(met("alma", everybody, wanted))


@pytest.mark.parametrize(
    ("condition", "query"),
    [
        (a_condition("category_id", Operator.EQUALS, "UGRD"), '{"=":"UGRD"}'),
        (a_condition("category_id", Operator.IS_ONE_OF, "UGRD", "PUB"), '{"-in":["UGRD","PUB"]}'),
        (a_condition("date_enrolled", Operator.WITHIN_LAST, "2026-01-05", kind=DataType.DATE),
         '{">=":"2026-01-05"}'),
        (a_condition("last_seen", Operator.BEFORE, "2026-01-05", kind=DataType.DATE),
         '{"<":"2026-01-06 00:00:00"}'),
        (a_condition("updated_on", Operator.EQUALS, "2026-01-05", kind=DataType.DATE),
         '{">=":"2026-01-04 00:00:00","<":"2026-01-07 00:00:00"}'),
        (a_condition("patron_card_lost", Operator.EQUALS, "true", kind=DataType.YES_NO),
         '{"!=":0}'),
        (a_condition("email", Operator.IS_NOT_EMPTY), '{"!=":null}'),
    ],
)  # fmt: skip
def test_koha_is_sent_what_it_compares_as_we_do(condition, query) -> None:
    parameters, used = koha_filter.push_down((condition,))

    assert parameters == {"x-koha-query": f'{{"me.{condition.field}":{query}}}'}
    assert used == (condition,)


@pytest.mark.parametrize(
    "condition",
    [
        a_condition("email", Operator.EQUALS, "a@example.org", kind=DataType.EMAIL),
        a_condition("surname", Operator.STARTS_WITH, "Ås"),
        a_condition("category_id", Operator.NOT_EQUALS, "UGRD"),
        a_condition("category_id", Operator.EQUALS, "A B"),
        a_condition("category_id", Operator.EQUALS, "GRØN"),
        a_condition("email", Operator.IS_EMPTY),
        a_condition("expired", Operator.EQUALS, "true", kind=DataType.YES_NO),
        a_condition("pronouns", Operator.IS_NOT_EMPTY),
        a_condition("extended_attributes.GRADYEAR", Operator.EQUALS, "2027"),
    ],
    ids=lambda one: f"{one.field} {one.operator}",
)
def test_koha_is_not_sent_what_it_may_compare_otherwise(condition) -> None:
    assert koha_filter.push_down((condition,)) == ({}, ())


def test_several_conditions_must_all_hold() -> None:
    group = a_condition("user_group", Operator.EQUALS, "UGRD")
    campus = a_condition("campus_code", Operator.IS_ONE_OF, "MAIN")

    assert alma_filter.push_down((group, campus), alma_filter.SEARCHED) == (
        {"q": "user_group~UGRD AND campus_code~MAIN"}, (group, campus),
    )  # fmt: skip
    both = (a_condition("category_id", Operator.EQUALS, "A"),
            a_condition("library_id", Operator.EQUALS, "B"))  # fmt: skip
    assert koha_filter.push_down(both)[0]["x-koha-query"].startswith('{"-and":[')


def test_fields_that_are_sent_stand_where_the_catalogue_says() -> None:
    koha, alma = load_catalogue("koha").fields, load_catalogue("alma").fields
    dates = koha_filter._DATES | koha_filter._TIMES

    assert all(koha[name].path == name for name in koha_filter._TEXTS | koha_filter._CODES | dates)
    assert all(koha[name].data_type is DataType.DATE for name in dates)
    assert all(koha[name].data_type is DataType.YES_NO for name in koha_filter._FLAGS)
    assert all(alma[name].path == f"{name}.value" for name in alma_filter.SEARCHED)
