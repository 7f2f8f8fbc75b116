"""Persons whom nobody can mistake, and a search that finds them wherever they were left."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from tests.factories import PatronToBe, a_patron, a_person_key, wire

SURNAMES = ("Zzkanarifuglsen", "Qqgulspurvdottir", "Xxpapegøyestad")
FIRST_NAMES = ("Wwtrinelise", "Vvolafrans", "Yyåsejorunn")
WRONG_NATIONAL_ID = "31129999999"
_HELD_HERE = {
    "staged_patron",
    "taken_card_number",
}  # the staging area, as docs/architecture.md says


class Hit(NamedTuple):
    """Something that was found; ``what`` is its kind and the person's number, never the value."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Canary:
    """One person: what may be known of them nowhere but in Cicero, the registry and staging."""

    index: int
    card: str
    new_card: str
    pin: str
    new_pin: str
    local_card: str

    @property
    def national_id(self) -> str:
        return a_patron(self.index).national_id or ""

    def patron(self, **changes: Any) -> PatronToBe:
        """The person as a patron in Cicero."""
        named = {
            "card": self.card, "pin": self.pin, "surname": SURNAMES[self.index % 3],
            "first_name": FIRST_NAMES[self.index % 3],
        }  # fmt: skip
        return a_patron(self.index, **(named | changes))


def a_canary(number: int) -> Canary:
    """People of high indexes, whom neither side's seed has."""
    return Canary(
        index=70_000 + number,
        card=f"N10477{number:04d}",
        new_card=f"N10488{number:04d}",
        pin=f"{9100 + number}",
        new_pin=f"{8200 + number}",
        local_card=f"LKANARI{number:03d}",
    )


class Search:
    """
    Looks for every value of some people in any text.

    A PIN has four digits and stands everywhere; it counts where a word for it stands before it.
    """

    def __init__(self, people: Iterable[Canary]) -> None:
        self._patterns = list(_patterns(list(people)))

    def text(self, where: str, text: str, *, with_keys: bool = True) -> list[Hit]:
        """Return what a text holds; ``with_keys`` counts the whole person key, too."""
        text = text.replace("\\\\", "\\")  # JSON in JSON, or in a row
        return [
            Hit(where, what)
            for what, pattern in self._patterns
            if (with_keys or not what.startswith("person key")) and pattern.search(text)
        ]

    def files(self, folder: Path) -> list[Hit]:
        """Search every file below a folder, as bytes; databases are searched by their rows too."""
        hits = []
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            hits += self.text(str(path.relative_to(folder)), _text(path.read_bytes()))
        return hits

    def sqlite(self, path: Path) -> list[Hit]:
        """Search every column of every table of a SQLite database."""
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            tables = [name for (name,) in database.execute(
                "select name from sqlite_master where type = 'table'")]  # fmt: skip
            return [
                hit
                for table in tables
                for row in database.execute(f'select * from "{table}"')  # noqa: S608  own catalog
                for hit in self.text(table, " | ".join(map(_text, row)))
            ]

    def ledger(self, database: psycopg.Connection[Any]) -> list[Hit]:
        """Search all of the ledger but the staging area; pseudonyms belong there."""
        tables = database.execute(
            "select tablename from pg_tables where schemaname = 'patron_sync' order by 1"
        ).fetchall()
        hits = []
        for (table,) in tables:
            if table in _HELD_HERE:
                continue
            is_trail = table == "audit_event"
            query = sql.SQL("select one::text from patron_sync.{} as one").format(
                sql.Identifier(table)
            )
            for (row,) in database.execute(query):
                hits += self.text(table, row, with_keys=is_trail)
        return hits


def _patterns(people: list[Canary]) -> Iterator[tuple[str, re.Pattern[str]]]:
    for name in (*SURNAMES, *FIRST_NAMES):
        spellings = {name, json.dumps(name)[1:-1], ascii(name)[1:-1]}
        yield "name", re.compile("|".join(map(re.escape, spellings)), re.IGNORECASE)
    yield "national id, wrong", _digits(WRONG_NATIONAL_ID)
    for one in people:
        number = one.index
        yield f"national id {number}", _digits(one.national_id)
        for card in (one.card, one.new_card):
            yield f"card {number}", re.compile(rf"(?<![0-9a-f]){card[1:]}(?![0-9a-f])")
        yield f"local card {number}", re.compile(one.local_card, re.IGNORECASE)
        for pin in (one.pin, one.new_pin):
            yield f"PIN {number}", re.compile(rf"(?i)pin(?:kode|[_ ]?code)?\W{{0,6}}{pin}(?![0-9])")
            yield f"wire PIN {number}", re.compile(wire(pin), re.IGNORECASE)
        yield f"person key {number}", re.compile(a_person_key(number).hex(), re.IGNORECASE)


def _digits(number: str) -> re.Pattern[str]:
    """With or without something between the digits."""
    return re.compile(r"(?<![0-9])" + r"[ .\-]?".join(number) + r"(?![0-9])")


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return f"{value.decode('utf-8', 'replace')}\n{value.hex()}"
    return str(value)
