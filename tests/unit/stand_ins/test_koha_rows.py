"""What a row holds: columns, embeds, redaction, labels."""

import re
from collections.abc import Iterator
from datetime import date, datetime

import pytest

from stand_ins.koha.fields import COLUMNS, Kind
from stand_ins.koha.process import serving_koha
from tests.unit.stand_ins.koha_caller import Caller

TYPES = {Kind.TEXT: str, Kind.INT: int, Kind.BOOL: bool, Kind.DATE: str, Kind.TIME: str}
NEVER_NULL = (
    "patron_id", "library_id", "category_id", "expired", "restricted", "autorenew_checkouts",
    "privacy", "privacy_guarantor_checkouts", "privacy_guarantor_fines", "check_previous_checkout",
    "updated_on", "lang", "anonymized", "protected",
)  # fmt: skip


@pytest.fixture(scope="module")
def koha() -> Iterator[Caller]:
    with serving_koha(400) as running:
        yield Caller(running)


def test_a_row_has_every_column_in_its_type(koha: Caller) -> None:
    for row in koha.rows():
        assert list(row) == list(COLUMNS)
        for name, kind in COLUMNS.items():
            value = row[name]
            assert value is None or type(value) is TYPES[kind], name
            if value is not None and kind is Kind.DATE:
                date.fromisoformat(str(value))
            if value is not None and kind is Kind.TIME:
                assert datetime.fromisoformat(str(value)).utcoffset() is not None
        assert [name for name in NEVER_NULL if row[name] is None] == []


def test_rows_are_like_those_of_a_library(koha: Caller) -> None:
    rows = koha.rows()

    assert len(rows) == 396
    assert len({row["userid"] for row in rows}) == 396
    assert {row["email"] for row in rows} >= {None, ""}
    assert any(re.search("[ÆØÅáčđŋšŧž]", row["surname"]) for row in rows)
    assert {row["expired"] for row in rows} == {True, False}
    assert any(row["cardnumber"] is None for row in rows)
    assert any("\n" in (row["staff_notes"] or "") for row in rows)


def test_secrets_are_never_there(koha: Caller) -> None:
    assert {"password", "secret", "flags"}.isdisjoint(koha.rows()[0])
    assert any(row["overdrive_auth_token"] for row in koha.rows())


def test_one_patron_is_the_same_as_in_the_list(koha: Caller) -> None:
    assert koha.get("/patrons/12").json() == koha.rows(patron_id=12, _match="exact")[0]


def test_the_same_seed_gives_the_same_patrons_and_another_others(koha: Caller) -> None:
    with serving_koha(400) as same, serving_koha(400, seed=2) as other:
        assert Caller(same).rows() == koha.rows()
        assert Caller(other).rows() != koha.rows()


def test_embeds_are_added_to_rows(koha: Caller) -> None:
    headers = {"x-koha-embed": "extended_attributes,checkouts+count, overdues+count,"
                               "account_balance,library,+strings"}  # fmt: skip
    row = koha.get("/patrons/4", headers=headers).json()

    assert row["extended_attributes"][0] == {
        "extended_attribute_id": 16, "type": "UNIVID", "value": "W00000003",
    }  # fmt: skip
    assert len(row["extended_attributes"]) >= 3
    assert row["library"]["library_id"] == row["library_id"]
    assert row["_strings"]["category_id"]["type"] == "patron_category"
    assert type(row["checkouts_count"]) is int
    assert type(row["account_balance"]) in {int, float}
    assert koha.get(patron_id=4, _match="exact", headers=headers).json() == [row]


def test_an_unknown_embed_is_refused(koha: Caller) -> None:
    answer = koha.get(headers={"x-koha-embed": "library,secrets"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["path"] == "/x-koha-embed/1"


def test_attributes_libraries_and_categories_have_lists_of_their_own(koha: Caller) -> None:
    attributes = koha.get("/patrons/4/extended_attributes").json()
    libraries = {row["library_id"] for row in koha.get("/libraries").json()}
    categories = {row["patron_category_id"] for row in koha.get("/patron_categories").json()}

    assert attributes[0]["value"] == "W00000003"
    assert libraries == {row["library_id"] for row in koha.rows()}
    assert categories == {row["category_id"] for row in koha.rows()}
    assert koha.get("/patrons/99999/extended_attributes").status_code == 404


def test_patrons_outside_the_group_keep_their_library_alone() -> None:
    with serving_koha(400, redacted_share=0.3) as running:
        koha = Caller(running)
        rows = koha.rows()
        hidden = [row for row in rows if row["patron_id"] is None]
        one = koha.get(f"/patrons/{next(n for n in range(1, 99) if hides(koha, n))}").json()

    assert 80 < len(hidden) < 160
    for row in [*hidden, one]:
        assert list(row) == list(COLUMNS)
        assert {name for name, value in row.items() if value is not None} == {
            "library_id", "expired", "restricted",
        }  # fmt: skip


def hides(koha: Caller, number: int) -> bool:
    answer = koha.get(f"/patrons/{number}")
    return answer.status_code == 200 and answer.json()["patron_id"] is None


def test_an_installation_may_have_columns_of_its_own() -> None:
    with serving_koha(5, extra_fields=True) as running:
        [row, *_] = Caller(running).rows()

    assert row["x_local_code"] == "A12"
    assert set(row) > set(COLUMNS)


def test_times_have_the_servers_offset() -> None:
    with serving_koha(50, zone="America/New_York") as running:
        offsets = {row["updated_on"][-6:] for row in Caller(running).rows()}

    assert offsets <= {"-04:00", "-05:00"}
