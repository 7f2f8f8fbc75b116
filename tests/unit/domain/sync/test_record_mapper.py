from __future__ import annotations

from datetime import date
from typing import NamedTuple

import pytest

from registry_operators.domain.sync.catalogue import Catalogue, SourceField
from registry_operators.domain.sync.conditions import Operator
from registry_operators.domain.sync.definition import (
    EmptyFields,
    FilterRow,
    IncorrectValues,
    MappingRow,
    OnError,
    SyncDefinition,
    SyncType,
)
from registry_operators.domain.sync.field_values import DataType, Incorrect
from registry_operators.domain.sync.record_mapper import Defect, RecordMapper
from registry_operators.domain.sync.transforms import Transform

CATALOGUE = Catalogue("koha", "patron_id", {}, marks_redacted=("surname", "patron_id"))


class AField(NamedTuple):
    data_type: DataType = DataType.TEXT
    is_list: bool = False
    is_required: bool = False
    choices: dict[str, str] = {}  # noqa: RUF012


def source(path: str, data_type: DataType = DataType.TEXT) -> SourceField:
    return SourceField(path, path, path, data_type)


def row(*paths: str, to="target", constant=None, transforms=()) -> MappingRow:
    return MappingRow(tuple(map(source, paths)), constant, transforms, to, "system")


def a_mapper(
    *rows: MappingRow,
    filters=(),
    catalogue=CATALOGUE,
    empty_fields=EmptyFields.SKIP,
    **targets: AField,
) -> RecordMapper:
    definition = SyncDefinition(
        "readers", "", "koha", "koha_main", SyncType.CREATE_AND_UPDATE, "patron",
        ("ils_record_id",), empty_fields, IncorrectValues.REPORT, OnError.CONTINUE,
        filters, rows, None, "",
    )  # fmt: skip
    return RecordMapper(definition, catalogue, {"target": AField()} | targets)


def mapped(mapper: RecordMapper, **record):
    return mapper.map({"patron_id": 7, "surname": "Nyberg"} | record)


class TestRecord:
    def test_is_known_by_its_id_as_text(self):
        assert mapped(a_mapper(), patron_id=7).record_id == "7"

    @pytest.mark.parametrize("empty", [None, "", " "])
    def test_without_an_id_is_unusable(self, empty):
        assert mapped(a_mapper(row("email")), patron_id=empty, email="a@example.org") == (
            None, Defect.NO_RECORD_ID, {}, {}, [], [],
        )  # fmt: skip

    def test_that_is_redacted_says_nothing(self):
        found = mapped(a_mapper(row("email")), patron_id=None, surname=None, email=None)

        assert (found.defect, found.fields, found.emptied) == (Defect.REDACTED, {}, [])

    def test_of_a_system_without_marks_is_never_redacted(self):
        mapper = a_mapper(catalogue=Catalogue("alma", "primary_id", {}))

        assert mapper.map({"primary_id": "x"}).defect is None

    def test_leaves_nothing_behind_for_the_next(self):
        mapper = a_mapper(row("email"))
        mapped(mapper, email="a")

        assert mapped(mapper).fields == {}


class TestOneValue:
    def test_is_taken(self):
        assert mapped(a_mapper(row("email")), email=" Ada ").fields == {"target": "Ada"}

    @pytest.mark.parametrize("empty", [None, "", "  ", [], "\x00"])
    def test_that_is_empty_is_told_from_one_of_which_nothing_is_said(self, empty):
        assert mapped(a_mapper(row("email")), email=empty).emptied == ["target"]
        assert mapped(a_mapper(row("email"))).emptied == []

    @pytest.mark.parametrize(
        ("empty_fields", "problems"),
        [(EmptyFields.SKIP, []), (EmptyFields.REPLACE, [("target", Incorrect.MISSING)])],
    )
    def test_that_is_required_and_empty_is_a_problem_where_it_would_clear(
        self, empty_fields, problems
    ):
        mapper = a_mapper(row("email"), empty_fields=empty_fields, target=AField(is_required=True))

        assert mapped(mapper, email="").problems == problems
        assert mapped(mapper).problems == []

    def test_of_several_is_the_first(self):
        assert mapped(a_mapper(row("email")), email=["", "a", "b"]).fields == {"target": "a"}

    def test_that_does_not_fit_is_a_problem_and_no_value(self):
        mapper = a_mapper(row("born"), target=AField(DataType.DATE))

        found = mapped(mapper, born="soon")

        assert (found.fields, found.emptied) == ({}, [])
        assert found.problems == [("target", Incorrect.NOT_A_DATE)]

    def test_of_a_choice_is_the_term_as_it_is_stored(self):
        mapper = a_mapper(row("title"), target=AField(DataType.CHOICE, choices={"mrs.": "Mrs."}))

        assert mapped(mapper, title=" MRS. ").fields == {"target": "Mrs."}
        assert mapped(mapper, title="Queen").problems == [("target", Incorrect.NOT_A_CHOICE)]


class TestList:
    def test_takes_each_value_once(self):
        mapper = a_mapper(row("email"), target=AField(is_list=True))

        assert mapped(mapper, email=["a", "b", "", "a "]).fields == {"target": ["a", "b"]}

    def test_with_one_wrong_value_is_a_problem_as_a_whole(self):
        mapper = a_mapper(row("email"), target=AField(DataType.EMAIL, is_list=True))

        found = mapped(mapper, email=["a@example.org", "nobody"])

        assert (found.fields, found.problems) == ({}, [("target", Incorrect.NOT_AN_EMAIL)])

    def test_has_an_end(self):
        mapper = a_mapper(row("email"), target=AField(is_list=True))

        found = mapped(mapper, email=[str(number) for number in range(101)])

        assert found.problems == [("target", Incorrect.TOO_LONG)]


class TestFirstOf:
    @pytest.mark.parametrize(
        ("record", "fields", "emptied"),
        [
            ({"a": "1", "b": "2"}, {"target": "1"}, []),
            ({"a": "", "b": "2"}, {"target": "2"}, []),
            ({"b": "2"}, {"target": "2"}, []),
            ({"a": None, "b": ""}, {}, ["target"]),
            ({"a": None}, {}, ["target"]),
            ({"b": None}, {}, ["target"]),
            ({}, {}, []),
        ],
        ids=["first", "second", "absent first", "both empty", "empty", "empty second", "absent"],
    )
    def test_takes_the_first_that_is_not_empty(self, record, fields, emptied):
        found = mapped(a_mapper(row("a", "b")), **record)

        assert (found.fields, found.emptied) == (fields, emptied)


class TestConstant:
    @pytest.mark.parametrize("constant", ["MAIN", False, 0])
    def test_is_in_every_record(self, constant):
        assert mapped(a_mapper(row(constant=constant))).fields == {"target": constant}

    def test_of_a_list_is_a_list(self):
        mapper = a_mapper(row(constant="x"), target=AField(is_list=True))

        assert mapped(mapper).fields == {"target": ["x"]}


class TestTransforms:
    def test_are_done_in_their_order(self):
        steps = ((Transform.SURNAME, ""), (Transform.LOWER, ""))

        found = mapped(a_mapper(row("name", transforms=steps)), name="NYBERG, Nora")

        assert found.fields == {"target": "nyberg"}

    def test_that_leave_nothing_leave_the_field_empty(self):
        steps = ((Transform.FIRST_NAME, ""),)

        assert mapped(a_mapper(row("name", transforms=steps)), name="Nyberg").emptied == ["target"]

    def test_that_fail_are_a_problem_of_that_field_alone(self):
        steps = ((Transform.DATE_FORMAT, "%d.%m.%Y"),)
        rows = (row("born", transforms=steps), row("email", to="other"))
        mapper = a_mapper(*rows, target=AField(DataType.DATE), other=AField())

        found = mapped(mapper, born="2004-03-19", email="a")

        assert found.problems == [("target", Incorrect.NOT_A_DATE)]
        assert found.fields == {"other": "a"}
        assert mapped(mapper, born="19.03.2004").fields["target"] == "2004-03-19"


def test_filtered_fields_are_as_conditions_compare_them():
    rows = (
        FilterRow(source("category"), Operator.EQUALS, "ugrd"),
        FilterRow(source("category"), Operator.IS_NOT_EMPTY, None),
        FilterRow(source("enrolled", DataType.DATE), Operator.WITHIN_LAST, (6, "month")),
    )

    found = mapped(a_mapper(filters=rows), category=[" UGRD ", "Grad"], enrolled="not a date")

    assert found.filters == {"category": ["ugrd", "grad"], "enrolled": []}
    assert rows[2].condition(date(2026, 8, 31)).operands == ("2026-02-28",)
