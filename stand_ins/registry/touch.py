"""Marking many records as changed at once, as a night of the population register does."""

from collections.abc import Iterator
from typing import Any

from stand_ins.hashing import mix
from stand_ins.people import OWN_SEQUENCE_OFFSET
from stand_ins.registry.admin_people import REGISTRY_ITSELF, AdminError
from stand_ins.registry.books import Books
from stand_ins.registry.records import Record, tombstone

TOUCHABLE = frozenset({"pin", "lnr", "epost"})
_PIN = 21


def touch(books: Books, body: dict[str, Any]) -> int:
    """
    Change some records, evenly spread over all living people, and return how many.

    `count` or `fraction` says how many; `fields` which of pin, lnr and epost get a new value
    (none: only `sist_endret` moves); `seed` chooses the people and the values; `by` is written as
    `sist_endret_av`. All get the same `sist_endret`: now, or the one given.
    """
    fields = body.get("fields") or []
    seed = body.get("seed", 1)
    if not isinstance(fields, list) or not TOUCHABLE.issuperset(fields):
        msg = f"fields must be a list out of {', '.join(sorted(TOUCHABLE))}"
        raise AdminError(msg)
    if not isinstance(seed, int):
        msg = "seed must be a number"
        raise AdminError(msg)
    living = books.store.counts()["people"]
    count = _how_many(body, living)
    audit = {
        "sist_endret": str(body.get("sist_endret") or books.clock.now()),
        "sist_endret_av": str(body.get("by") or REGISTRY_ITSELF),
    }
    numbers = _NewNumbers(books)
    with books.store.writing():
        for person_id in list(_chosen(books.store.ids_of_living(), count, living, seed)):
            person = books.store.by_id(person_id)
            if person is None:
                continue
            record = person.record | audit
            if "pin" in fields:
                record["pin"] = books.cipher.encrypt(f"{mix(person_id, seed, _PIN) % 10_000:04d}")
            if "epost" in fields:
                record["epost"] = f"touched.{seed}.{person_id}@example.org"
            if "lnr" in fields:
                record["lnr"] = numbers.next_for(record)
            books.store.save(person_id, record)
    return count


def bury_many(books: Books, count: int, seed: int) -> int:
    """Turn so many living people into tombstones, evenly spread, and return how many."""
    living = books.store.counts()["people"]
    now = {"sist_endret": books.clock.now(), "sist_endret_av": REGISTRY_ITSELF}
    with books.store.writing():
        ids = list(_chosen(books.store.ids_of_living(), min(count, living), living, seed))
        for person_id in ids:
            books.store.save(person_id, tombstone(now))
            for library in books.store.libraries_of(person_id):
                books.store.unrelate(person_id, library)
    return len(ids)


def _how_many(body: dict[str, Any], living: int) -> int:
    count, fraction = body.get("count"), body.get("fraction")
    if isinstance(count, int) and fraction is None and count >= 0:
        return min(count, living)
    if isinstance(fraction, int | float) and count is None and 0 <= fraction <= 1:
        return round(fraction * living)
    msg = "give count, or fraction between 0 and 1"
    raise AdminError(msg)


def _chosen(ids: Iterator[int], count: int, living: int, seed: int) -> Iterator[int]:
    """Pick `count` of `living` ids at even distances, from a place that depends on the seed."""
    due = mix(count, seed) % max(living, 1)
    for person_id in ids:
        due += count
        if due >= living:
            due -= living
            yield person_id


class _NewNumbers:
    """Gives out free card numbers of the same series, below the libraries' own sequences."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._last: dict[str, int] = {}

    def next_for(self, record: Record) -> str:
        """Return a number that nobody has; the series is that of the number replaced."""
        owner = self._books.series.owner_of(record["lnr"])
        if owner is None:
            return record["lnr"]
        first = int(self._books.series.bounds[owner][0][1:])
        if owner not in self._last:
            before = f"N{first + OWN_SEQUENCE_OFFSET:09d}"
            highest = self._books.store.highest_lnr(f"N{first:09d}", before)
            self._last[owner] = int(highest[1:])
        self._last[owner] += 1
        return f"N{self._last[owner]:09d}"
