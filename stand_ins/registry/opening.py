"""Making the stand-in's database, or taking up an earlier one."""

import json
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from stand_ins.registry.pins import PinCipher
from stand_ins.registry.records import Record
from stand_ins.registry.seeding import Population, seeded_records
from stand_ins.registry.store import (
    BULK_INSERT,
    INDEXES,
    SCHEMA,
    Store,
    bulk_rows,
    connect,
)

VERSION = 1
_BATCH = 2_000


class StateError(Exception):
    """The state file cannot be used; the message says why and what to do."""


def open_state(path: Path, population: Population, cipher: PinCipher, *, durable: bool) -> Store:
    """
    Open the state file, seeding it first if it does not exist.

    Seeding writes to a neighbour file that takes the name at the end, so an interrupted start
    leaves nothing that looks complete. Raises `StateError` if the file is of another population.
    """
    origin = {
        "version": VERSION,
        "seed": population.seed,
        "patrons": population.patrons,
        "libraries": list(population.libraries),
    }
    try:
        if not path.exists():
            _seed(path, population, cipher, origin)
        store = Store(path, durable=durable)
        found = store.setting("origin")
    except sqlite3.OperationalError as error:
        msg = f"{path} cannot be used: {error}; name a file in a folder that can be written to"
        raise StateError(msg) from None
    except sqlite3.DatabaseError:
        msg = f"{path} is not a state file of this stand-in; name another"
        raise StateError(msg) from None
    if found != origin:
        store.close()
        msg = (
            f"{path} was made with {found}, not with {origin};"
            " start with the same options or name another file"
        )
        raise StateError(msg)
    return store


def _seed(path: Path, population: Population, cipher: PinCipher, origin: dict[str, Any]) -> None:
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    connection = connect(part)
    try:
        connection.execute("pragma journal_mode = off")
        connection.execute("pragma synchronous = off")
        connection.executescript(SCHEMA)
        connection.execute("begin")
        _fill(connection, seeded_records(population, cipher))
        connection.execute("insert into setting values ('origin', ?)", (json.dumps(origin),))
        connection.execute("commit")
        connection.executescript(INDEXES)
    finally:
        connection.close()
    part.replace(path)


def _fill(connection: sqlite3.Connection, records: Iterator[tuple[Record, list[str]]]) -> None:
    """Insert everybody, a batch at a time, with ids that are indexes plus one."""
    numbered = enumerate(records, start=1)
    while batch := list(islice(numbered, _BATCH)):
        connection.executemany(
            BULK_INSERT, [bulk_rows(person_id, record) for person_id, (record, _) in batch]
        )
        connection.executemany(
            "insert into relation values (?, ?)",
            [(person_id, library) for person_id, (_, libraries) in batch for library in libraries],
        )
