"""
A pull as it is often written: zeep for the feed, pandas for the rows, ``to_sql`` for the database.

It does no more than :mod:`benchmarks.bare_pull`: no consent, no ledger, no encryption.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import psycopg
import requests
import sqlalchemy
import zeep

from benchmarks.bare_pull import MERGE_CARDS, MERGE_PINS
from benchmarks.ours import account
from benchmarks.sizes import LIBRARY, PAGE_SIZE, WATERMARK

_FIELDS = {"lnr": "card_number", "fnr_hash": "national_id", "pin": "pin"}


def run(database_url: str, endpoint: str) -> int:
    """Pull everything since the watermark and return how many records came."""
    url, user, password = account(endpoint)
    with requests.Session() as session:
        session.auth = (user, password)
        service: Any = zeep.Client(f"{url}?wsdl", transport=zeep.Transport(session=session)).service
        frames, start = [], 1
        while start:
            answer = service.soekEndret(WATERMARK, PAGE_SIZE, start)
            frames.append(
                pd.DataFrame(
                    [
                        {name: post[field] or None for field, name in _FIELDS.items()}
                        for post in answer.respons_poster
                    ]
                )
            )
            start = int(answer.neste_indeks or 0)
    fetched = pd.concat(frames, ignore_index=True)
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(database_url)
    )
    with engine.begin() as connection:
        fetched.to_sql("fetched", connection, if_exists="replace", index=False)
        for merge in (MERGE_CARDS, MERGE_PINS):
            cursor = connection.connection.cursor()
            cursor.execute(merge, {"library": LIBRARY})
    engine.dispose()
    return len(fetched)
