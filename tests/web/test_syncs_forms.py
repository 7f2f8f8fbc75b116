"""What a form shows and gives back of a data sync's document is what stands there (X11)."""

from __future__ import annotations

from datetime import date

import pytest

from registry_operators.settings.catalogues import load_catalogue
from registry_operators.settings.data_sync import read_filter
from registry_operators.settings.data_sync_text import change_document, read_content
from registry_operators.web.sync_basics import Basics, ScheduleForm
from registry_operators.web.sync_filter_form import filter_rows, posted_filter
from registry_operators.web.sync_form_values import name_from
from registry_operators.web.sync_mapping_form import (
    hint_for,
    mapping_rows,
    posted_mapping,
    suggested,
)
from tests.library_systems import SYSTEMS
from tests.web.sync_pages import FIELDS

KOHA = load_catalogue("koha")
ODD_FILTER = [
    {"field": "category_id", "is_one_of": ["UGRD", "a, b", 7]},
    {"field": "category_id", "equals": 10},
    {"field": "date_enrolled", "within_last": "6 month"},
    {"field": "date_enrolled", "within_last": "soon"},
    {"field": "date_of_birth", "before": date(2000, 1, 1)},
    {"field": "date_of_birth", "before": "2000-01-01"},
    {"field": "restricted", "equals": False},
    {"field": "restricted", "equals": "nei"},
    {"field": "checkouts_count", "at_least": 3},
    {"field": "email", "is_empty": True},
    {"field": "email", "is_empty": "yes"},
    {"field": "no_such_field", "equals": "x"},
    {"field": "email"},
    {"field": "email", "equals": "a", "contains": "b"},
    {"field": "surname", "equals": ["Nyberg"]},
    {"field": "surname", "equals": {"a": 1}},
    "email",
    None,
    7,
]
ODD_MAPPING = [
    {"from": "firstname", "to": "first_name"},
    {"first_of": ["email", "secondary_email"], "to": "email"},
    {"first_of": ["email"], "to": "email"},
    {"constant": 2026, "to": {"type": "student", "field": "graduation_year"}},
    {"constant": True, "to": {"all_types": "receives_newsletter"}},
    {"from": "surname", "to": "last_name", "transform": "upper"},
    {"from": "surname", "to": "last_name", "transform": ["trim", "title"]},
    {"from": "surname", "to": "last_name", "transform": ["a", "b", "c", "d", "e", "f"]},
    {"from": "lang", "to": {"all_types": "language"}, "transform": ["nonsense"]},
    {"from": "date_of_birth", "to": {"type": "patron", "field": "birth_date"},
     "date_format": "%d.%m.%Y"},
    {"from": "no_such_field", "to": "first_name"},
    {"from": "email", "to": "no_such_field"},
    {"from": "email", "to": {"all": "email"}},
    {"from": "email", "to": ["email"]},
    {"from": "email", "constant": "x", "to": "email"},
    {"from": ["email"], "to": "email"},
    {"from": "email", "to": "email", "unknown": 1},
    {"to": "email"},
    "email",
    None,
]  # fmt: skip


def posted_rows(rows, kind):
    """The fields that the page has for its rows, as a browser sends them."""
    form = {}
    for number, row in enumerate(rows):
        id_ = f"{kind}{number}-"
        form[f"{id_}old"] = row.old
        if kind == "f" and row.source is not None:
            form |= {
                f"{id_}field": row.source.name, f"{id_}operator": row.operator,
                f"{id_}value": row.value.replace("\n", "\r\n"), f"{id_}amount": row.amount,
                f"{id_}unit": row.unit,
            }  # fmt: skip
        if kind == "m" and row.is_shown:
            steps = {f"{id_}step-{place}": one for place, one in enumerate(row.transforms)}
            form |= steps | {
                f"{id_}kind": row.kind, f"{id_}sources": row.sources.replace("\n", "\r\n"),
                f"{id_}constant": row.constant, f"{id_}to": row.target,
                f"{id_}format": row.date_format,
            }  # fmt: skip
    return form


def exact(rows):
    """Rows with the kinds of their values, because ``True`` equals 1."""
    return [repr(row) for row in rows]


class TestFilter:
    def test_rows_that_nobody_touches_stay_as_they_are(self):
        rows = filter_rows(ODD_FILTER, KOHA, {})

        assert exact(posted_filter(posted_rows(rows, "f"), KOHA)) == exact(ODD_FILTER)

    def test_what_a_form_cannot_show_is_shown_as_it_is_written(self):
        rows = filter_rows(ODD_FILTER, KOHA, {})

        assert [number for number, row in enumerate(rows) if row.source is None] == [
            3, 10, 11, 12, 13, 14, 15, 16, 17, 18,
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("row", "typed", "raw"),
        [
            ({"field": "category_id", "equals": "A"},
             {"operator": "is_one_of", "value": "UGRD\r\n GRAD \r\n\r\n"},
             {"field": "category_id", "is_one_of": ["UGRD", "GRAD"]}),
            ({"field": "date_enrolled", "within_last": "6 months"},
             {"amount": "1", "unit": "week"}, {"field": "date_enrolled", "within_last": "1 week"}),
            ({"field": "date_enrolled", "within_last": "6 months"},
             {"operator": "after", "value": "2026-01-31"},
             {"field": "date_enrolled", "after": date(2026, 1, 31)}),
            ({"field": "restricted", "equals": True}, {"value": "false"},
             {"field": "restricted", "equals": False}),
            ({"field": "checkouts_count", "at_least": 3}, {"value": "4,5"},
             {"field": "checkouts_count", "at_least": 4.5}),
            ({"field": "checkouts_count", "at_least": 3}, {"value": "many"},
             {"field": "checkouts_count", "at_least": "many"}),
            ({"field": "email", "equals": "a"}, {"operator": "is_not_empty"},
             {"field": "email", "is_not_empty": True}),
            ({"field": "category_id", "equals": "A"}, {"value": "0010"},
             {"field": "category_id", "equals": "0010"}),
        ],
        ids=["one of", "period", "date", "no", "number", "no number", "not empty", "zeros"],
    )  # fmt: skip
    def test_what_is_typed_becomes_yamls_own_kind(self, row, typed, raw):
        form = posted_rows(filter_rows([row], KOHA, {}), "f")
        form |= {f"f0-{name}": value for name, value in typed.items()}

        assert exact(posted_filter(form, KOHA)) == exact([raw])

    @pytest.mark.parametrize("field", ["category_id", "date_enrolled", "restricted"])
    def test_a_fresh_row_is_one_that_can_be_filled_in(self, field):
        (raw,) = posted_filter({"go": "add", "add-field": field}, KOHA)

        (row,) = filter_rows([raw], KOHA, {})
        assert row.source is not None

    def test_a_row_is_removed_and_the_others_stay(self):
        form = posted_rows(filter_rows(ODD_FILTER[:3], KOHA, {}), "f")

        assert posted_filter({**form, "go": "remove-1"}, KOHA) == [ODD_FILTER[0], ODD_FILTER[2]]


class TestMapping:
    def test_rows_that_nobody_touches_stay_as_they_are(self):
        rows = mapping_rows(ODD_MAPPING, KOHA, FIELDS)

        assert exact(posted_mapping(posted_rows(rows, "m"), KOHA, FIELDS, "")) == exact(ODD_MAPPING)

    def test_what_a_form_cannot_show_is_shown_as_it_is_written(self):
        rows = mapping_rows(ODD_MAPPING, KOHA, FIELDS)

        hidden = [number for number, row in enumerate(rows) if not row.is_shown]
        assert hidden == [7, 11, 12, 13, 14, 15, 16, 18, 19]

    @pytest.mark.parametrize(
        ("typed", "raw"),
        [
            ({"sources": "email\r\nsecondary_email"},
             {"first_of": ["email", "secondary_email"], "to": "first_name"}),
            ({"to": "student:programme"},
             {"from": "firstname", "to": {"type": "student", "field": "programme"}}),
            ({"to": "all_types:language", "step-0": "lower"},
             {"from": "firstname", "to": {"all_types": "language"}, "transform": "lower"}),
            ({"step-0": "trim", "step-2": "title", "format": "%d.%m.%Y"},
             {"from": "firstname", "to": "first_name", "transform": ["trim", "title"],
              "date_format": "%d.%m.%Y"}),
            ({"kind": "constant", "constant": "yes"}, {"constant": "yes", "to": "first_name"}),
        ],
        ids=["first of", "of one type", "a step", "several steps", "a constant"],
    )  # fmt: skip
    def test_what_is_typed_becomes_a_row(self, typed, raw):
        form = posted_rows(mapping_rows(ODD_MAPPING[:1], KOHA, FIELDS), "m")
        form |= {f"m0-{name}": value for name, value in typed.items()}

        assert posted_mapping(form, KOHA, FIELDS, "") == [raw]

    @pytest.mark.parametrize(
        ("field", "code"),
        [
            ("firstname", "system:first_name"), ("surname", "system:last_name"),
            ("email", "system:email"), ("cardnumber", "all_types:library_card_number"),
            ("date_of_birth", "patron:birth_date"), ("staff_notes", ""),
        ],
    )  # fmt: skip
    def test_a_field_suggests_what_it_most_likely_means(self, field, code):
        assert suggested(KOHA.fields[field], FIELDS, "patron", set()) == code
        assert suggested(KOHA.fields[field], FIELDS, "patron", {code}) == ""

    @pytest.mark.parametrize(
        ("field", "target", "steps", "hint"),
        [
            ("email", "email", [], ""), ("firstname", "first_name", [], ""),
            ("firstname", "email", [], "kind"), ("date_enrolled", "first_name", [], ""),
            ("firstname", "birth_date", ["date_format"], ""),
            ("extended_attributes.X", "first_name", [], "several"),
            ("extended_attributes.X", "interests", [], ""),
        ],
    )  # fmt: skip
    def test_a_hint_says_where_values_may_not_fit(self, field, target, steps, hint):
        source = KOHA.find(field)
        assert source is not None

        assert hint_for(source, FIELDS.of_type("patron")[target], steps) == hint


@pytest.mark.parametrize("name", SYSTEMS)
def test_documents_of_every_system_pass_all_forms_unchanged(name):
    system = SYSTEMS[name]
    text = (
        f"name: readers  # remark\nsource: {{ils: {system.ils}, connection: x}}\n"
        f"type: create\nprofile_type: patron\n{system.rows}"
        "schedule: {first: 2026-12-01, at: 10:30, every: 2 weeks}\n"
    )
    content, catalogue = read_content(text) or {}, load_catalogue(system.ils)
    assert content["filter"]

    rows, errors = read_filter(system.ils, content["filter"], FIELDS)
    conditions = posted_rows(filter_rows(content["filter"], catalogue, errors), "f")
    mapped = posted_rows(mapping_rows(content["mapping"], catalogue, FIELDS), "m")
    changes = {
        "filter": posted_filter(conditions, catalogue),
        "mapping": posted_mapping(mapped, catalogue, FIELDS, "patron"),
        **Basics.of_content(content).changes(content),
        **ScheduleForm.of_content(content).changes(content),
    }

    assert (len(rows), errors) == (len(content["filter"]), {})
    assert change_document(text, changes).text == text


class TestBasics:
    @pytest.mark.parametrize("content", [
        {}, {"name": 7, "source": "koha", "match_on": "email", "schedule": 3, "type": ["x"]},
        {"name": "a", "source": {"ils": "koha", "extra": 1}, "match_on": [{}, None]},
    ])  # fmt: skip
    def test_a_document_of_any_content_can_be_shown_and_is_not_touched(self, content):
        assert Basics.of_content(content).changes(content) == {}
        assert ScheduleForm.of_content(content).changes(content) == {}

    def test_recurring_is_what_has_an_interval(self):
        single = {"schedule": {"first": date(2026, 12, 1), "at": "06:30"}}
        form = {"frequency": "recurring", "type": "create_and_update", "key-0": "ils_record_id",
                "key-1": "email", "empty_fields": "skip", "incorrect_values": "report",
                "errors": "continue"}  # fmt: skip

        recurring = Basics.of_form(form).changes(single)["schedule"]
        again = Basics.of_form(form | {"frequency": "single"}).changes({"schedule": recurring})

        assert recurring == {**single["schedule"], "every": "1 week"}
        assert again["schedule"] == single["schedule"]

    def test_a_time_without_quotes_is_a_time(self):
        assert ScheduleForm.of_content({"schedule": {"at": 630}}).at == "10:30"

    @pytest.mark.parametrize(
        ("typed", "name"),
        [
            ("new_students", "new_students"),
            ("Nye studenter, høsten 2026", "nye_studenter_hosten_2026"),
            ("2026", "sync_2026"), ("../etc", "etc"), ("…", ""), ("Ærlig Åse", "aerlig_ase"),
            ("x" * 200, "x" * 60),
        ],
    )  # fmt: skip
    def test_a_name_becomes_one_that_a_dag_can_have(self, typed, name):
        assert name_from(typed) == name
