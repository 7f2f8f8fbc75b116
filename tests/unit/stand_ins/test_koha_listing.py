"""Pages, their headers, the parameters of a list, and what is refused."""

from collections.abc import Iterator

import pytest

from stand_ins.koha.process import serving_koha
from tests.unit.stand_ins.koha_caller import Caller


@pytest.fixture(scope="module")
def koha() -> Iterator[Caller]:
    """97 patrons, of whom one was deleted before the story begins."""
    with serving_koha(98) as running:
        yield Caller(running)


def test_a_page_has_twenty_rows_unless_asked_otherwise(koha: Caller) -> None:
    answer = koha.get()

    assert len(answer.json()) == 20
    assert answer.headers["x-total-count"] == "97"
    assert answer.headers["x-base-total-count"] == "97"


def test_minus_one_is_everything_on_one_page(koha: Caller) -> None:
    answer = koha.get(_per_page=-1)

    assert len(answer.json()) == 97
    assert set(answer.links) == {"first", "last"}


def test_pages_follow_each_other_without_gap_or_overlap(koha: Caller) -> None:
    pages = [koha.get(_per_page=30, _page=number, _order_by="+patron_id") for number in range(1, 5)]

    ids = [row["patron_id"] for page in pages for row in page.json()]
    assert ids == koha.ids()
    assert [len(page.json()) for page in pages] == [30, 30, 30, 7]


def test_links_lead_through_the_pages_and_keep_the_filters(koha: Caller) -> None:
    answer = koha.get(_per_page=10, _page=2, library_id="MAIN", _order_by="+me.patron_id")

    assert set(answer.links) == {"prev", "first", "last"}
    assert "library_id=MAIN" in answer.links["prev"]["url"]
    assert "_page=1&_per_page=10" in answer.links["first"]["url"]
    assert "_order_by=%2Bme.patron_id" in answer.links["last"]["url"]


def test_without_rows_the_last_page_is_0(koha: Caller) -> None:
    answer = koha.get(surname="nobody")

    assert (answer.status_code, answer.json(), answer.headers["x-total-count"]) == (200, [], "0")
    assert "_page=0" in answer.links["last"]["url"]


def test_a_page_after_the_last_is_empty(koha: Caller) -> None:
    assert koha.get(_page=99).json() == []


@pytest.mark.parametrize("joined", [False, True])
def test_links_come_in_one_header_or_in_several(joined: bool) -> None:
    with serving_koha(30, joined_links=joined) as running:
        answer = Caller(running).get(_page=2, _per_page=10)

    lines = answer.raw.headers.getlist("link")
    assert len(lines) == (1 if joined else 4)
    assert set(answer.links) == {"prev", "next", "first", "last"}


def test_an_unknown_parameter_is_refused_with_a_bare_array(koha: Caller) -> None:
    answer = koha.get(foo=1, bar=2)

    assert answer.status_code == 400
    assert answer.json() == [
        {"path": "/query/foo", "message": "Malformed query string"},
        {"path": "/query/bar", "message": "Malformed query string"},
    ]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"_page": "x"}, "/_page"), ({"_page": 0}, "/_page"), ({"_per_page": "x"}, "/_per_page"),
        ({"_match": "sounds"}, "/_match"), ({"patron_id": "x"}, "/patron_id"),
        ({"restricted": "x"}, "/restricted"), ({"updated_on": "x"}, "/updated_on"),
        ({"q": "{"}, "/q"), ({"q": "7"}, "/q"), ({"q": '{"surname":{"~":1}}'}, "/q"),
    ],
)  # fmt: skip
def test_a_parameter_of_the_wrong_form_is_refused(koha: Caller, query, path: str) -> None:
    answer = koha.get(**query)

    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert answer.json()["errors"][0]["path"] == path


@pytest.mark.parametrize("query", [{"q": '{"nonsense": 1}'}, {"_order_by": "nonsense"}])
def test_what_only_sql_refuses_is_a_500(koha: Caller, query) -> None:
    answer = koha.get(**query)

    assert (answer.status_code, answer.json()["error_code"]) == (500, "internal_server_error")


def test_a_column_alone_contains_what_is_asked(koha: Caller) -> None:
    assert len(koha.rows(cardnumber="00000000001")) == 11
    assert [row["cardnumber"] for row in koha.rows(cardnumber="29000000000010")] == [
        "29000000000010"
    ]


@pytest.mark.parametrize(
    ("match", "text", "count"),
    [("exact", "00000000001", 0), ("exact", "29000000000010", 1),
     ("starts_with", "2900000000001", 10), ("ends_with", "010", 1), ("contains", "010", 1)],
)  # fmt: skip
def test_match_decides_how_a_column_is_compared(koha: Caller, match, text, count) -> None:
    assert len(koha.rows(cardnumber=text, _match=match)) == count


def test_case_and_accents_make_no_difference(koha: Caller) -> None:
    [first, *_] = koha.where({"surname": {"-like": "%Ø%"}})

    assert koha.ids(surname=first["surname"].upper()) == koha.ids(surname=first["surname"])


def test_columns_of_every_kind_can_be_asked_for(koha: Caller) -> None:
    row = koha.rows()[3]

    for name in ("patron_id", "library_id", "date_of_birth", "updated_on", "expired", "privacy"):
        asked = str(row[name]).lower() if isinstance(row[name], bool) else row[name]
        assert row["patron_id"] in koha.ids(**{name: asked, "_match": "exact"}), name


def test_order_takes_several_columns_up_and_down(koha: Caller) -> None:
    rows = koha.rows(_order_by="-library_id,+patron_id")

    assert rows == sorted(koha.rows(), key=lambda row: row["library_id"], reverse=True)


def test_a_plus_that_was_not_encoded_ascends_too(koha: Caller) -> None:
    answer = koha.get("/patrons?_per_page=-1&_order_by=+patron_id")

    assert [row["patron_id"] for row in answer.json()] == koha.ids()


def test_without_an_order_pages_may_drift() -> None:
    with serving_koha(98, is_unordered=True) as running:
        koha = Caller(running)
        before = [row["patron_id"] for row in koha.get(_per_page=-1).json()]
        running.admin.change(count=1)
        after = [row["patron_id"] for row in koha.get(_per_page=-1).json()]

        assert before != after
        assert sorted(before) == sorted(after) == koha.ids()


def test_a_request_id_is_an_integer_and_comes_back(koha: Caller) -> None:
    answer = koha.get(headers={"x-koha-request-id": "42"})
    refused = koha.get(headers={"x-koha-request-id": "2b6c-uuid"})

    assert answer.headers["x-koha-request-id"] == "42"
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["message"] == "Expected integer - got string."


def test_deleted_patrons_vanish_from_the_list(koha: Caller) -> None:
    assert koha.get("/deleted/patrons").status_code == 404
    assert 107 not in koha.ids()
    assert koha.get("/patrons/107").json() == {
        "error": "Patron not found", "error_code": "not_found",
    }  # fmt: skip


def test_newer_code_lists_the_deleted() -> None:
    with serving_koha(98, serves_deleted=True) as running:
        koha = Caller(running)
        [gone] = running.admin.delete(count=1)
        answer = koha.get("/deleted/patrons", _order_by="+me.patron_id")
        late = koha.get("/deleted/patrons", q='{"me.updated_on": {">": "2026-10-02 00:00:00"}}')

    assert [row["patron_id"] for row in answer.json()] == [gone, 107]
    assert answer.headers["x-total-count"] == "2"
    assert [row["patron_id"] for row in late.json()] == [gone]
