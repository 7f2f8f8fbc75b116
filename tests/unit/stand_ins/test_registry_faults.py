"""What each dial does to a caller who writes SOAP by hand."""

import json
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from http.client import IncompleteRead
from pathlib import Path

import pytest
from lxml import etree

from stand_ins.people import national_card_number
from stand_ins.registry.admin_client import AdminCallError
from stand_ins.registry.process import NotStartedError, RegistryProcess, running_registry

CARD = national_card_number(1)
OLD = "2000-01-01"


@pytest.fixture(scope="module")
def spoilt() -> Iterator[RegistryProcess]:
    """A registry of 600 people whose store the tests of this file may spoil."""
    with running_registry(patrons=600) as running:
        yield running


@pytest.fixture
def admin(spoilt: RegistryProcess):
    yield spoilt.admin
    spoilt.admin.clear_faults()


@pytest.fixture
def oslo(spoilt: RegistryProcess, client_of):
    return client_of(spoilt.url, "2030000")


def page(library, start: int = 1, limit: int = 10):
    return library.call("soekEndret", tidspunkt=OLD, max_antall=limit, start_indeks=start)


def cards(answer) -> list[str]:
    return [record["lnr"] for record in answer.records]


def an_email(admin) -> str:
    [found] = admin.find(lnr=CARD)
    return str(found["fields"]["epost"])


def test_no_dial_is_on_at_first(admin) -> None:
    assert admin.faults() == []


def test_a_dial_shows_what_it_was_set_to_and_how_often_it_fired(admin, oslo) -> None:
    admin.set_faults({"dial": "server_error", "operation": "hent", "after": 1, "times": 2})

    codes = [oslo.call("hent", identifikator=CARD).code for _ in range(5)]

    assert codes == [200, 500, 500, 200, 200]
    assert admin.faults() == [
        {"dial": "server_error", "operation": "hent", "library": "", "after": 1,
         "probability": 1.0, "seed": 1, "times": 2, "status": 500, "met": 5, "fired": 2}
    ]  # fmt: skip


def test_a_dial_of_one_library_and_operation_leaves_the_others_alone(
    admin, oslo, spoilt, client_of
) -> None:
    admin.set_faults({"dial": "server_error", "operation": "hent", "library": "2030000"})

    assert oslo.call("hent", identifikator=CARD).code == 500
    assert page(oslo).code == 200
    assert client_of(spoilt.url, "2040000").call("hent", identifikator=CARD).code == 200


def test_chance_depends_on_the_seed_alone(admin, oslo) -> None:
    def codes(seed: int) -> list[int]:
        admin.set_faults({"dial": "server_error", "probability": 0.4, "seed": seed})
        return [oslo.call("hent", identifikator=CARD).code for _ in range(30)]

    first = codes(7)

    assert codes(7) == first
    assert codes(8) != first
    assert 5 < first.count(500) < 20


@pytest.mark.parametrize(
    ("dial", "message"),
    [
        ({"dial": "nonsense"}, "there are clock_skew, .*wrong_totals"),
        ({"dial": ["latency"]}, "no such dial"),
        ({"dial": "latency", "minutes": 1}, r"takes .*probability \(float\).*seconds \(float\)"),
        ({"dial": "latency", "seconds": "1"}, "takes"),
        ({"dial": "latency", "seconds": True}, "takes"),
        ({"dial": "latency", "probability": 2}, "takes"),
        ({"dial": "truncated_page", "in_silence": 1}, "takes"),
        ({"dial": "same_second", "fields": ["navn"]}, "takes"),
        ({"dial": "duplicated_page", "operation": "hent"}, "takes the operations soekEndret"),
        ("latency", "dials"),
    ],
)
def test_a_wrong_dial_is_refused_and_changes_nothing(admin, dial, message: str) -> None:
    admin.set_faults({"dial": "server_error", "operation": "slett"})

    with pytest.raises(AdminCallError, match=f"400 .*{message}"):
        admin.set_faults(dial)

    assert [one["dial"] for one in admin.faults()] == ["server_error"]


def test_latency_makes_a_call_wait(admin, oslo) -> None:
    admin.set_faults({"dial": "latency", "seconds": 0.2})
    start = time.monotonic()

    assert oslo.call("hent", identifikator=CARD).ok
    assert time.monotonic() - start >= 0.2


def test_too_many_requests_says_when_to_come_back(admin, oslo) -> None:
    admin.set_faults({"dial": "too_many_requests", "retry_after": "12"})

    answer = oslo.call("hent", identifikator=CARD)

    assert (answer.code, answer.headers["retry-after"]) == (429, "12")


@pytest.mark.parametrize(
    ("dial", "status"), [("server_error", 500), ("permission_lost", 403)], ids=str
)
def test_a_refused_call_changes_nothing(admin, oslo, dial: str, status: int) -> None:
    before = an_email(admin)
    admin.set_faults({"dial": dial})

    answer = oslo.call("endre", lnr=CARD, post={"epost": f"{dial}@example.org"})

    assert (answer.code, an_email(admin)) == (status, before)


@pytest.mark.parametrize(
    ("dial", "is_done"), [("reset_before_commit", False), ("reset_after_commit", True)]
)
def test_a_reset_is_a_real_one_before_or_after_the_commit(
    admin, oslo, dial: str, is_done: bool
) -> None:
    new = f"{dial}@example.org"
    admin.set_faults({"dial": dial})

    with pytest.raises(ConnectionResetError):
        oslo.call("endre", lnr=CARD, post={"epost": new})

    assert (an_email(admin) == new) is is_done


@pytest.mark.parametrize("limit", [10, 0], ids=["page", "stream"])
def test_a_page_is_cut_off_with_its_connection(admin, oslo, limit: int) -> None:
    admin.set_faults({"dial": "truncated_page"})

    with pytest.raises((ConnectionResetError, IncompleteRead)):
        page(oslo, limit=limit)


@pytest.mark.parametrize("limit", [10, 0], ids=["page", "stream"])
def test_a_page_is_cut_off_in_silence(admin, oslo, limit: int) -> None:
    admin.set_faults({"dial": "truncated_page", "in_silence": True})

    with pytest.raises(etree.XMLSyntaxError):
        page(oslo, limit=limit)


def test_a_page_comes_a_second_time_and_leads_on(admin, oslo) -> None:
    admin.set_faults({"dial": "duplicated_page", "after": 1, "times": 1})

    first, again = page(oslo), page(oslo, start=11)

    assert cards(again) == cards(first)
    assert again.fields["neste_indeks"] == "11"


@pytest.mark.parametrize("limit", [10, 300], ids=["pages", "streams"])
def test_neighbours_change_places_and_the_rest_is_told_as_ever(admin, oslo, limit: int) -> None:
    right = [page(oslo, start, limit) for start in (1, limit + 1)]
    admin.set_faults({"dial": "reordered_pages"})

    swapped = [page(oslo, start, limit) for start in (1, limit + 1)]

    assert [cards(one) for one in swapped] == [cards(one) for one in reversed(right)]
    indexes = [[one.fields["neste_indeks"] for one in pages] for pages in (right, swapped)]
    assert indexes[0] == indexes[1]


def test_a_last_page_without_a_neighbour_stays(admin, oslo) -> None:
    right = page(oslo, 1, 600)
    admin.set_faults({"dial": "reordered_pages"})

    assert cards(page(oslo, 1, 600)) == cards(right)


def test_records_move_to_the_end_while_pages_are_read(admin, oslo) -> None:
    before = cards(page(oslo, limit=600))
    admin.set_clock(3600)  # later than whatever else was changed
    admin.set_faults({"dial": "drifting_pages", "count": 7})

    moved = cards(page(oslo, limit=600))

    assert sorted(moved) == sorted(before)
    assert set(moved[-7:]).isdisjoint(before[-7:])
    admin.set_clock(0)


@pytest.mark.parametrize("operation", ["hent", "soekEndret"])
def test_an_empty_success_says_ok_and_gives_nothing(admin, oslo, operation: str) -> None:
    admin.set_faults({"dial": "empty_success"})

    answer = page(oslo) if operation != "hent" else oslo.call("hent", identifikator=CARD)

    assert (answer.ok, answer.melding, answer.records) == (True, "OK", [])
    assert answer.fields["antall_treff"] == "0"
    assert answer.fields["server_tid"]


@pytest.mark.parametrize("limit", [10, 0], ids=["page", "stream"])
def test_totals_are_wrong_by_so_much(admin, oslo, limit: int) -> None:
    right = page(oslo, limit=limit).fields
    admin.set_faults({"dial": "wrong_totals", "hits": -2, "returned": 3})

    wrong = page(oslo, limit=limit).fields

    assert int(wrong["antall_treff"]) == int(right["antall_treff"]) - 2
    assert int(wrong["antall_poster_returnert"]) == int(right["antall_poster_returnert"]) + 3


@pytest.mark.parametrize("limit", [600, 0], ids=["page", "stream"])
def test_letters_come_decomposed(admin, oslo, limit: int) -> None:
    right = [record["navn"] for record in page(oslo, limit=limit).records]
    admin.set_faults({"dial": "denormalised_unicode"})

    names = [record["navn"] for record in page(oslo, limit=limit).records]

    assert names != right
    assert [unicodedata.normalize("NFC", name) for name in names] == right


def test_the_clock_is_put_wrong_and_stays_so(admin, oslo) -> None:
    admin.set_faults({"dial": "clock_skew", "seconds": 400 * 86_400})
    year = int(admin.summary()["now"][:4])

    told = page(oslo).fields["server_tid"]
    admin.clear_faults()

    assert int(told[:4]) > year
    assert int(page(oslo).fields["server_tid"][:4]) > year
    admin.set_clock(0)


def test_many_change_in_one_second(admin, oslo) -> None:
    admin.set_faults({"dial": "same_second", "count": 200, "fields": ["pin"]})

    stamps = [record["sist_endret"] for record in page(oslo, limit=600).records]

    assert Counter(stamps).most_common(1)[0][1] >= 200


def test_a_password_is_rotated_by_a_call(admin, spoilt: RegistryProcess, client_of) -> None:
    admin.set_faults({"dial": "rotated_credentials", "library": "2050000", "after": 1})
    library = client_of(spoilt.url, "2050000")

    codes = [library.call("hent", identifikator=CARD).code for _ in range(3)]

    assert codes == [200, 401, 401]
    assert client_of(spoilt.url, "2050000", "rotated").call("hent", identifikator=CARD).ok


def test_a_burst_of_tombstones_is_part_of_the_feed(admin, oslo) -> None:
    before = admin.summary()
    admin.set_faults({"dial": "tombstone_burst", "count": 50})

    records = page(oslo, limit=600).records

    after = admin.summary()
    assert (
        sum(record["lnr"] == record["fnr_hash"] == "" for record in records)
        == (after["tombstones"])
    )
    assert after["tombstones"] == before["tombstones"] + 50
    assert sum(after["relations"].values()) < sum(before["relations"].values())


def test_two_dials_fall_upon_one_call(admin, oslo) -> None:
    admin.set_faults({"dial": "wrong_totals", "hits": 1}, {"dial": "wrong_totals", "hits": 2})

    assert int(page(oslo).fields["antall_treff"]) == 603


def test_a_file_of_dials_is_on_from_the_start(tmp_path: Path, client_of) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps({"dials": [{"dial": "server_error", "status": 503}]}))

    with running_registry(patrons=2, extra=[f"--faults={file}"]) as running:
        assert client_of(running.url, "2030000").call("hent", identifikator=CARD).code == 503


def test_a_file_that_is_wrong_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text('{"dials": [{"dial": "nonsense"}]}')

    with (
        pytest.raises(NotStartedError, match="no such dial; there are"),
        running_registry(patrons=2, extra=[f"--faults={file}"]),
    ):
        pass
