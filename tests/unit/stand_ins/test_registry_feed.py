import pytest

from stand_ins.people import DEMO_LIBRARIES, DEMO_PIN_KEY, national_card_number
from stand_ins.registry.pins import PinCipher
from stand_ins.registry.process import RegistryProcess
from stand_ins.registry.records import sort_key
from stand_ins.registry.seeding import Population, is_tombstone, seeded_record

ALWAYS = "2000-01-01T00:00:00"
TODAY = "2026-01-01T00:00:00"


def feed(client, since: str = ALWAYS, limit: int = 0, start: int = 0):
    return client.call("soekEndret", tidspunkt=since, max_antall=limit, start_indeks=start)


def key(record: dict[str, str]) -> int:
    return sort_key(record["sist_endret"])


@pytest.fixture
def library(fresh: RegistryProcess, client_of):
    return client_of(fresh.url, "2030000")


def test_the_whole_registry_comes_in_order_and_streamed(library) -> None:
    answer = feed(library)

    counts = [answer.fields[n] for n in ("antall_treff", "antall_poster_returnert")]
    assert counts == ["600", "600"]
    assert answer.fields["neste_indeks"] == "0"
    assert len(answer.records) == 600
    assert [*map(key, answer.records)] == sorted(map(key, answer.records))
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("size", [1, 7, 256, 300, 599, 600, 601])
def test_pages_join_to_the_whole(library, size: int) -> None:
    whole = feed(library).records
    start, pages = 0, []

    for _ in range(1000):
        answer = feed(library, limit=size, start=start)
        pages += answer.records
        assert answer.fields["antall_treff"] == "600"
        assert int(answer.fields["antall_poster_returnert"]) == len(answer.records)
        start = int(answer.fields["neste_indeks"])
        if not start:
            break

    assert pages == whole


def test_zero_and_one_both_mean_the_first_record(library) -> None:
    assert feed(library, limit=3, start=0).records == feed(library, limit=3, start=1).records
    assert feed(library, limit=2, start=2).records == feed(library, limit=3).records[1:]


def test_a_write_between_pages_is_seen_by_the_next_page(library) -> None:
    first = feed(library, limit=300)
    whole = feed(library).records

    library.call("endre", lnr=whole[0]["lnr"], post={"epost": "moved@example.org"})
    second = feed(library, limit=300, start=int(first.fields["neste_indeks"]))

    assert second.records[:-1] == whole[301:]
    assert second.records[-1]["lnr"] == whole[0]["lnr"]


def test_the_time_asked_for_is_included_and_a_date_alone_is_its_midnight(library) -> None:
    whole = feed(library).records
    date_only = next(record for record in whole if len(record["sist_endret"]) == 10)
    day = date_only["sist_endret"]

    at_midnight = feed(library, f"{day}T00:00:00").records
    later = feed(library, f"{day}T00:00:01").records

    assert date_only in at_midnight
    assert date_only not in later
    assert len(later) == sum(key(record) >= sort_key(f"{day}T00:00:01") for record in whole)


def test_nothing_changed_is_no_hit(library) -> None:
    answer = feed(library, "2099-01-01T00:00:00")

    assert (answer.code, answer.ok, answer.melding) == (200, False, "ingen treff")
    assert answer.fields["antall_treff"] == answer.fields["antall_poster_returnert"] == "0"
    assert not feed(library, start=601).records


@pytest.mark.parametrize(
    ("since", "limit", "start"),
    [("yesterday", "0", "0"), (ALWAYS, "-1", "0"), (ALWAYS, "0", "x"), ("", "0", "0")],
)
def test_senseless_arguments_are_refused(library, since: str, limit: str, start: str) -> None:
    answer = library.call("soekEndret", tidspunkt=since, max_antall=limit, start_indeks=start)

    assert not answer.ok
    assert answer.melding.startswith("soekEndret: Ulovlig argument: ")


def test_a_deleted_person_stays_as_a_tombstone(fresh: RegistryProcess, library) -> None:
    fresh.admin.delete(lnr=national_card_number(3))

    [record] = feed(library, TODAY).records

    filled = {name for name, value in record.items() if value}
    assert filled == {"sist_endret", "sist_endret_av"}
    assert (record["lnr"], record["fnr_hash"]) == ("", "")
    assert not library.call("hent", identifikator=national_card_number(3)).ok


def test_own_changes_come_back(library) -> None:
    library.call("endre", lnr=national_card_number(8), post={"epost": "own@example.org"})

    [record] = feed(library, TODAY).records

    assert record["sist_endret_av"] == "2030000"


def test_seeded_tombstones_and_quirks_are_on_the_wire(library) -> None:
    records = feed(library).records
    population = Population(600, 1, DEMO_LIBRARIES)
    cipher = PinCipher(DEMO_PIN_KEY)

    expected = {
        record["lnr"]: record
        for index in range(600)
        if not is_tombstone(index)
        for record in [seeded_record(index, population, cipher)]
    }

    assert {r["lnr"]: r for r in records if r["lnr"]} == expected
    assert sum(not r["lnr"] and not r["fnr_hash"] for r in records) == 1
    assert any("gyldig_til" not in r for r in records)
    assert any("," not in r["navn"] for r in records if r["navn"])
    assert any(r["navn"].endswith(",") for r in records)
    assert any(r["fdato"] == "0000-00-00" for r in records)
    assert {len(r["opprettet"]) for r in records} == {0, 10, 19}
    assert 10 <= sum(r["pin"] == "" for r in records if r["lnr"]) <= 25
