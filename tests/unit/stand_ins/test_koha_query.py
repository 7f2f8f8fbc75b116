"""``q`` with all its operators, where it may stand, and how times in it are taken."""

import json
from collections.abc import Iterator

import pytest

from stand_ins.koha.process import serving_koha
from tests.unit.stand_ins.koha_caller import Caller


@pytest.fixture(scope="module")
def koha() -> Iterator[Caller]:
    with serving_koha(200) as running:
        yield Caller(running)


@pytest.fixture(scope="module")
def rows(koha: Caller) -> list[dict[str, object]]:
    return koha.rows()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"library_id": "MAIN"}, lambda r: r["library_id"] == "MAIN"),
        ({"library_id": "main"}, lambda r: r["library_id"] == "MAIN"),
        ({"library_id": {"!=": "MAIN"}}, lambda r: r["library_id"] != "MAIN"),
        ({"patron_id": {"<": 9}}, lambda r: r["patron_id"] < 9),
        ({"patron_id": {">": 5, "<=": "9"}}, lambda r: 5 < r["patron_id"] <= 9),
        ({"me.patron_id": {">=": 210}}, lambda r: r["patron_id"] >= 210),
        ({"surname": {"-like": "b%n"}}, lambda r: r["surname"].startswith("B")
         and r["surname"].endswith("n")),
        ({"cardnumber": {"-like": "2900000000000_"}}, lambda r: (r["cardnumber"] or "")[:13]
         == "2900000000000"),
        ({"surname": {"-not_like": "%e%"}}, lambda r: "e" not in r["surname"].lower()),
        ({"category_id": {"-in": ["UGRD", "GRAD"]}},
         lambda r: r["category_id"] in {"UGRD", "GRAD"}),
        ({"category_id": {"-not_in": ["UGRD", "GRAD"]}},
         lambda r: r["category_id"] not in {"UGRD", "GRAD"}),
        ({"patron_id": {"-between": [20, 30]}}, lambda r: 20 <= r["patron_id"] <= 30),
        ({"patron_id": {"-not_between": [20, 210]}}, lambda r: not 20 <= r["patron_id"] <= 210),
        ({"date_of_birth": None}, lambda r: r["date_of_birth"] is None),
        ({"date_of_birth": {"!=": None}}, lambda r: r["date_of_birth"] is not None),
        ({"library_id": ["MAIN", "LAW"]}, lambda r: r["library_id"] in {"MAIN", "LAW"}),
        ([{"library_id": "MAIN"}, {"category_id": "UGRD"}],
         lambda r: r["library_id"] == "MAIN" or r["category_id"] == "UGRD"),
        ({"library_id": "MAIN", "category_id": "UGRD"},
         lambda r: r["library_id"] == "MAIN" and r["category_id"] == "UGRD"),
        ({"-or": [{"library_id": "MAIN"}, {"patron_id": 2}]},
         lambda r: r["library_id"] == "MAIN" or r["patron_id"] == 2),
        ({"-or": {"library_id": "MAIN", "patron_id": 2}},
         lambda r: r["library_id"] == "MAIN" or r["patron_id"] == 2),
        ({"-and": [{"library_id": "MAIN"}, {"-or": [{"category_id": "FAC"}, {"gender": "M"}]}]},
         lambda r: r["library_id"] == "MAIN" and (r["category_id"] == "FAC" or r["gender"] == "M")),
        ({"patron_id": ["-and", {">": 3}, {"<": 7}]}, lambda r: 3 < r["patron_id"] < 7),
        ({"library_id": {"-not": {"-in": ["MAIN", "LAW"]}}},
         lambda r: r["library_id"] not in {"MAIN", "LAW"}),
        ({"-not": {"library_id": "MAIN"}}, lambda r: r["library_id"] != "MAIN"),
        ({"patron_card_lost": True}, lambda r: r["patron_card_lost"]),
        ({"expiry_date": {">=": "2028-01-01"}}, lambda r: (r["expiry_date"] or "") >= "2028"),
        ({}, lambda r: True),
    ],
)  # fmt: skip
def test_operators(koha: Caller, rows, query, expected) -> None:
    wanted = [row["patron_id"] for row in rows if expected(row)]

    assert [row["patron_id"] for row in koha.where(query)] == wanted
    assert wanted


def test_null_is_neither_equal_nor_unequal_to_anything(koha: Caller, rows) -> None:
    some = {"statistics_1": {"=": "BIOL"}}
    others = {"statistics_1": {"!=": "BIOL"}}
    nulls = [row for row in rows if row["statistics_1"] is None]

    assert len(koha.where(some)) + len(koha.where(others)) + len(nulls) == len(rows)
    assert len(koha.where({"-not": some})) == len(koha.where(others))


def test_an_array_of_unequals_excludes_nobody(koha: Caller, rows) -> None:
    assert len(koha.where({"library_id": {"!=": ["MAIN", "LAW"]}})) == len(rows)


def test_several_q_and_the_header_and_the_body_must_all_hold(koha: Caller, rows) -> None:
    answer = koha.get(
        _per_page=-1, q=['{"library_id": "MAIN"}', '{"category_id": {"!=": "UGRD"}}'],
        headers={"x-koha-query": json.dumps({"patron_id": {"<": 150}})},
    )  # fmt: skip

    assert [row["patron_id"] for row in answer.json()] == [
        row["patron_id"] for row in rows
        if row["library_id"] == "MAIN" and row["category_id"] != "UGRD" and row["patron_id"] < 150
    ]  # fmt: skip


def test_a_query_may_stand_in_the_body(koha: Caller) -> None:
    answer = koha.send("GET", "/patrons", {"patron_id": [1, 2]})

    assert [row["patron_id"] for row in answer.json()] == [1, 2]


def test_attributes_are_joined_so_that_type_and_value_belong_together(koha: Caller) -> None:
    one = {"extended_attributes.type": "UNIVID", "extended_attributes.value": "W00000012"}
    crossed = {"extended_attributes.type": "GRADYEAR", "extended_attributes.value": "W00000012"}

    assert [row["userid"] for row in koha.where(one)] == ["w00000012"]
    assert koha.where(crossed) == []


def test_another_relation_is_not_known(koha: Caller) -> None:
    answer = koha.get(q='{"guarantor.surname": "x"}')

    assert answer.status_code == 400
    assert "Cannot find Koha::Object class for guarantor" in answer.text


def test_the_next_page_by_key_begins_after_the_last_row(koha: Caller, rows) -> None:
    seen: list[int] = []
    while True:
        page = koha.get(
            q=json.dumps({"me.patron_id": {">": seen[-1] if seen else 0}, "gender": "F"}),
            _order_by="+me.patron_id", _per_page=30,
        ).json()  # fmt: skip
        seen += [row["patron_id"] for row in page]
        if not page:
            break

    assert seen == [row["patron_id"] for row in rows if row["gender"] == "F"]


def test_a_time_in_q_is_local_and_its_offset_is_not_honoured(koha: Caller) -> None:
    """In October Oslo is two hours ahead of UTC, so 09:00:00Z would be 11:00:00 there."""
    [row] = koha.rows(patron_id=5, _match="exact")
    koha.koha.admin.patch(5, updated_at="2026-10-05T09:00:00Z")

    def found(value: str) -> bool:
        return bool(koha.where({"patron_id": 5, "updated_on": {">=": value}}))

    assert row["updated_on"][-6:] in {"+02:00", "+01:00"}
    assert koha.rows(patron_id=5, _match="exact")[0]["updated_on"] == "2026-10-05T11:00:00+02:00"
    assert found("2026-10-05 11:00:00")
    assert found("2026-10-05")
    assert found("2026-10-05T11:00:00Z")
    assert not found("2026-10-05 11:00:01")
    assert not found("2026-10-05T11:30:00+02:30")


def test_a_time_as_a_parameter_of_its_own_is_converted(koha: Caller) -> None:
    koha.koha.admin.patch(6, updated_at="2026-10-06T09:00:00Z")

    assert koha.ids(updated_on="2026-10-06T09:00:00Z", _match="exact") == [6]
    assert koha.ids(updated_on="2026-10-06T11:00:00+02:00", _match="exact") == [6]


def test_what_was_changed_is_found_by_its_new_value_alone(koha: Caller) -> None:
    koha.koha.admin.patch(7, fields={"barcodes": ["0042"]}, raw={"surname": 'O\'Ødegård "Ø"'})

    assert koha.ids(cardnumber="0042", _match="exact") == [7]
    assert koha.ids(cardnumber="29000000000006", _match="exact") == []
    assert [row["patron_id"] for row in koha.where({"surname": 'o\'ødegård "ø"'})] == [7]
