"""
The registry's records in SQLite, so that memory does not grow with the number of people.

One connection writes. A feed is read through a connection of its own inside one read transaction,
so what is streamed is the registry as it was when the call came in. Where a page ended is
remembered until the next write, which spares a sequential reader the counting of skipped rows.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stand_ins.registry.feed import Feed, FeedMemory, open_feed
from stand_ins.registry.records import Record, packed, sort_key, unpacked

SCHEMA = """
create table person (
    id integer primary key,
    lnr text,
    national_id text,
    changed integer not null,
    record blob not null
);
create table relation (
    person_id integer not null,
    library text not null,
    primary key (person_id, library)
) without rowid;
create table setting (name text primary key, value text not null) without rowid;
"""
INDEXES = """
create unique index person_lnr on person (lnr) where lnr is not null;
create index person_national_id on person (national_id) where national_id is not null;
create index person_changed on person (changed, id);
"""
_INSERT = "insert into person (id, lnr, national_id, changed, record) values (?, ?, ?, ?, ?)"
_UPDATE = "update person set lnr = ?, national_id = ?, changed = ?, record = ? where id = ?"


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A record and the number under which the stand-in keeps it; the wire never shows that."""

    id: int
    record: Record


class Store:
    """The one gate to the database file; every change happens inside `writing()`."""

    def __init__(self, path: Path, *, durable: bool) -> None:
        self._path = path
        self._db = connect(path)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute(f"pragma synchronous = {'normal' if durable else 'off'}")
        self._readers: list[sqlite3.Connection] = []
        self._memory = FeedMemory()

    def close(self) -> None:
        """Close all connections; the write-ahead log is folded into the file."""
        for connection in (*self._readers, self._db):
            connection.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Run the block as one transaction; an exception undoes it."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")
        self._memory.forget()

    def by_id(self, person_id: int) -> StoredPerson | None:
        """Return the person of this id, who may be a tombstone."""
        return next(self._people("id = ?", person_id), None)

    def by_lnr(self, lnr: str) -> StoredPerson | None:
        """Return the holder of a card number."""
        return next(self._people("lnr = ?", lnr), None)

    def by_national_id(self, national_id: str) -> list[StoredPerson]:
        """Return everybody with a national id: nobody or one, unless more were planted."""
        return list(self._people("national_id = ?", national_id))

    def after(self, person_id: int, limit: int) -> list[StoredPerson]:
        """Return up to `limit` records ordered by id, tombstones included."""
        return list(self._people(f"id > ? order by id limit {limit:d}", person_id))

    def insert(self, record: Record) -> int:
        """Add a record and return its id."""
        cursor = self._db.execute(_INSERT, (None, *_columns(record)))
        return int(cursor.lastrowid or 0)

    def save(self, person_id: int, record: Record) -> None:
        """Replace a record and its place in the feed."""
        self._db.execute(_UPDATE, (*_columns(record), person_id))

    def libraries_of(self, person_id: int) -> list[str]:
        """Return the libraries this person is related to, in order."""
        rows = self._db.execute(
            "select library from relation where person_id = ? order by library", (person_id,)
        )
        return [library for (library,) in rows]

    def relate(self, person_id: int, library: str) -> bool:
        """Add a relation; False if it was there already."""
        cursor = self._db.execute(
            "insert or ignore into relation values (?, ?)", (person_id, library)
        )
        return cursor.rowcount > 0

    def unrelate(self, person_id: int, library: str) -> bool:
        """Remove a relation; False if there was none."""
        cursor = self._db.execute(
            "delete from relation where person_id = ? and library = ?", (person_id, library)
        )
        return cursor.rowcount > 0

    def feed(self, since: str, start: int, limit: int) -> Feed:
        """Open the records changed at or after `since`, from the 1-based `start`; 0 = no limit."""
        reader = self._readers.pop() if self._readers else connect(self._path)
        return open_feed(reader, self._readers.append, self._memory, sort_key(since), start, limit)

    def ids_of_living(self) -> Iterator[int]:
        """Yield the ids of all records that are not tombstones, in order."""
        rows = self._db.execute("select id from person where lnr is not null order by id")
        return (person_id for (person_id,) in rows)

    def highest_lnr(self, first: str, before: str) -> str:
        """Return the highest card number of the half-open range, or `first` if there is none."""
        row = self._db.execute(
            "select max(lnr) from person where lnr >= ? and lnr < ?", (first, before)
        ).fetchone()
        return row[0] or first

    def counts(self) -> dict[str, Any]:
        """Return the numbers of people and tombstones, and of relations by library."""
        people, total = self._db.execute("select count(lnr), count(*) from person").fetchone()
        relations = self._db.execute("select library, count(*) from relation group by library")
        return {"people": people, "tombstones": total - people, "relations": dict(relations)}

    def setting(self, name: str) -> Any:
        """Return a stored setting, or None."""
        row = self._db.execute("select value from setting where name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def set_setting(self, name: str, value: Any) -> None:
        """Store a setting that must outlive a restart."""
        self._db.execute("insert or replace into setting values (?, ?)", (name, json.dumps(value)))

    def _people(self, where: str, value: str | int) -> Iterator[StoredPerson]:
        rows = self._db.execute(f"select id, record from person where {where}", (value,))  # noqa: S608
        return (StoredPerson(person_id, unpacked(record)) for person_id, record in rows)


def connect(path: Path) -> sqlite3.Connection:
    """Open the file with a small page cache and no transactions behind our back."""
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=64)
    connection.execute("pragma cache_size = -8000")
    return connection


def bulk_rows(person_id: int, record: Record) -> tuple[Any, ...]:
    """Return the parameters of `BULK_INSERT` for one record."""
    return (person_id, *_columns(record))


BULK_INSERT = _INSERT


def _columns(record: Record) -> Sequence[Any]:
    return (
        record.get("lnr") or None,
        record.get("fnr_hash") or None,
        sort_key(record.get("sist_endret", "")),
        packed(record),
    )
