"""Loading patrons, as programs do that were written for the real Koha."""

from collections.abc import Iterator

import pytest

from stand_ins.koha.process import serving_koha
from tests.unit.stand_ins.koha_caller import Caller

READ_ONLY = ("anonymized", "restricted", "updated_on", "expired")


@pytest.fixture
def koha() -> Iterator[Caller]:
    with serving_koha(30) as running:
        yield Caller(running)


def writable(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in READ_ONLY}


def test_a_card_number_is_replaced_by_a_put_of_the_whole_row(koha: Caller) -> None:
    """The way of koha_patron_import: find by user id, change the row, put it back."""
    [row] = koha.get(userid="w00000012", _match="exact").json()
    changed = writable(row) | {"cardnumber": "0815", "statistics_2": row["cardnumber"]}

    answer = koha.send("PUT", f"/patrons/{row['patron_id']}", changed)

    after = koha.get(f"/patrons/{row['patron_id']}").json()
    assert (answer.status_code, answer.json()) == (200, after)
    assert (after["cardnumber"], after["statistics_2"]) == ("0815", row["cardnumber"])
    assert after["updated_on"] > row["updated_on"]


def test_columns_that_cannot_be_written_are_refused(koha: Caller) -> None:
    row = koha.get("/patrons/3").json()

    answer = koha.send("PUT", "/patrons/3", row)
    unknown = koha.send("PUT", "/patrons/3", writable(row) | {"shoe_size": 44})
    missing = koha.send("PUT", "/patrons/3", {"surname": "X", "library_id": "MAIN"})

    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (400, "Read-only.")
    assert "Properties not allowed: shoe_size." in unknown.text
    assert missing.json()["errors"][0] == {"message": "Missing property.",
                                           "path": "/body/category_id"}  # fmt: skip


def test_a_new_patron_is_found_at_once(koha: Caller) -> None:
    body = {"surname": "Ny", "library_id": "LAW", "category_id": "PUB", "cardnumber": "0007"}

    answer = koha.send("POST", "/patrons", body)

    assert answer.status_code == 201
    assert koha.rows(cardnumber="0007", _match="exact") == [answer.json()]
    assert answer.json()["firstname"] is None


@pytest.mark.parametrize("name", ["cardnumber", "userid"])
def test_what_belongs_to_another_is_a_conflict(koha: Caller, name: str) -> None:
    row = koha.get("/patrons/3").json()
    other = koha.get("/patrons/4").json()

    answer = koha.send("PUT", "/patrons/3", writable(row) | {name: other[name]})

    assert (answer.status_code, answer.json()["conflict"]) == (409, name)


def test_a_deleted_patron_is_gone(koha: Caller) -> None:
    assert koha.send("DELETE", "/patrons/3").status_code == 204
    assert koha.get("/patrons/3").status_code == 404
    assert koha.send("DELETE", "/patrons/3").status_code == 404
