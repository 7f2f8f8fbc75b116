from collections.abc import Iterator
from pathlib import Path

import pytest

from stand_ins.people import DEMO_LIBRARIES, DEMO_PIN_KEY, national_card_number
from stand_ins.registry.opening import open_state
from stand_ins.registry.pins import PinCipher
from stand_ins.registry.records import Record, packed, unpacked
from stand_ins.registry.seeding import Population
from stand_ins.registry.store import Store, StoredPerson


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    population = Population(1_000, 1, DEMO_LIBRARIES)
    opened = open_state(tmp_path / "state", population, PinCipher(DEMO_PIN_KEY), durable=False)
    yield opened
    opened.close()


def holder(store: Store, index: int) -> StoredPerson:
    person = store.by_lnr(national_card_number(index))
    assert person is not None
    return person


def change(store: Store, index: int, **fields: str) -> None:
    person = holder(store, index)
    with store.writing():
        store.save(person.id, person.record | fields)


def test_a_feed_shows_the_registry_as_it_was_when_it_was_opened(store: Store) -> None:
    feed = store.feed("2000-01-01", 0, 0)
    batches = iter(feed)
    first = next(batches)

    change(store, 999, epost="late@example.org", sist_endret="2026-01-01T00:00:00")
    with store.writing():
        store.insert({"lnr": "N105000000", "sist_endret": "2026-01-02"})
    rest = [record for batch in batches for record in batch]
    feed.close()

    assert feed.total == len(first) + len(rest) == 1_000
    assert not any(b"late@example.org" in record for record in rest)


def test_a_page_end_is_not_kept_when_a_write_came_between(store: Store) -> None:
    feed = store.feed("2000-01-01", 1, 10)
    change(store, 0, sist_endret="2026-01-01T00:00:00")
    list(feed)
    feed.close()

    after = store.feed("2000-01-01", 11, 1)
    [[record]] = list(after)
    after.close()

    assert unpacked(record)["lnr"] == national_card_number(11)


def test_an_exception_undoes_what_was_written(store: Store) -> None:
    before = holder(store, 0)

    def fail_half_way() -> None:
        with store.writing():
            store.save(before.id, before.record | {"epost": "gone"})
            raise KeyError

    with pytest.raises(KeyError):
        fail_half_way()
    assert holder(store, 0) == before


@pytest.mark.parametrize(
    "record",
    [{"navn": "Ŋeita <&>", "pin": ""}, {}, {"gyldig_til": "", "lnr": "N1"}],
    ids=["markup", "nothing", "empty field"],
)
def test_packing_keeps_the_difference_between_empty_and_absent(record: Record) -> None:
    assert unpacked(packed(record)) == record
