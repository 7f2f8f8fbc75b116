"""
The least that a pull must do: fetch the feed, parse it, copy it, merge it.

No consent, no ledger, no encryption, no fingerprints, nothing that survives a failure half-way.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import cast

import psycopg
import requests
from lxml import etree

from benchmarks.ours import account
from benchmarks.sizes import LIBRARY, PAGE_SIZE, WATERMARK

_REQUEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<n:soekEndret xmlns:n="http://lanekortet.no"><tidspunkt>{since}</tidspunkt>'
    "<max_antall>{size}</max_antall><start_indeks>{start}</start_indeks>"
    "</n:soekEndret></s:Body></s:Envelope>"
)
MERGE_CARDS = """
    merge into bare.card as held
    using (
        select patron.patron_id, fetched.card_number
        from fetched
        inner join cicero.patron as patron
            on patron.library = %(library)s and patron.national_id = fetched.national_id
    ) as fresh
        on held.patron_id = fresh.patron_id
    when matched and held.card_number <> fresh.card_number then
        update set card_number = fresh.card_number, changed_at = clock_timestamp()
"""
MERGE_PINS = """
    merge into bare.pin as held
    using (
        select patron.patron_id, fetched.pin
        from fetched
        inner join cicero.patron as patron
            on patron.library = %(library)s and patron.national_id = fetched.national_id
        where fetched.pin is not null
    ) as fresh
        on held.patron_id = fresh.patron_id
    when matched and held.pin <> fresh.pin then
        update set pin = fresh.pin
"""
Fetched = tuple[str | None, str | None, str | None]
Events = Iterator[tuple[str, etree._Element]]


def run(database_url: str, endpoint: str) -> int:
    """Pull everything since the watermark and return how many records came."""
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "create temporary table fetched (card_number text, national_id text, pin text)"
        )
        count = 0
        with cursor.copy("copy fetched from stdin") as copy:
            for row in feed(endpoint, WATERMARK):
                copy.write_row(row)
                count += 1
        cursor.execute(MERGE_CARDS, {"library": LIBRARY})
        cursor.execute(MERGE_PINS, {"library": LIBRARY})
    return count


def feed(endpoint: str, since: str) -> Iterator[Fetched]:
    """Yield card number, national id and PIN of every record changed since a time."""
    url, user, password = account(endpoint)
    with requests.Session() as session:
        session.auth = (user, password)
        start = 1
        while start:
            body = _REQUEST.format(since=since, size=PAGE_SIZE, start=start)
            with session.post(url, data=body.encode(), stream=True) as response:
                response.raise_for_status()
                start = yield from _page(response)


def _page(response: requests.Response) -> Generator[Fetched, None, int]:
    """Yield the records of a page while it arrives; return the index of the next page."""
    next_index = 0
    parser = etree.XMLPullParser(events=("end",), tag=("item", "neste_indeks"))
    for chunk in response.iter_content(64 * 1024):
        parser.feed(chunk)
        for _, element in cast("Events", parser.read_events()):
            if element.tag == "neste_indeks":
                next_index = int(element.text or 0)
                continue
            yield (
                element.findtext("lnr") or None,
                element.findtext("fnr_hash") or None,
                element.findtext("pin") or None,
            )
            element.clear()
    return next_index
