"""
The least that a comparison of everybody must do: fetch both sides, join them, count what differs.

No consent, no ledger, no encryption, no base: it can tell that a value differs, and not who changed
it; and nobody could repair anything with it.
"""

from __future__ import annotations

import psycopg

from benchmarks.bare_pull import feed
from benchmarks.sizes import LIBRARY

_CICERO = """
    copy (
        select patron.national_id, card.card_number, pin.pin
        from cicero.patron as patron
        left join cicero.card as card
            on patron.patron_id = card.patron_id
            and card.kind = 'national'
            and card.status = 'active'
        left join bare.pin as pin on patron.patron_id = pin.patron_id
        where patron.library = '{library}'
    ) to stdout
"""
_DIFF = """
    select
        count(*) filter (where there.national_id is null and here.national_id is not null),
        count(*) filter (where there.card_number <> here.card_number),
        count(*) filter (
            where there.pin is distinct from here.pin and there.national_id = here.national_id
        )
    from there
    full outer join here on there.national_id = here.national_id
"""


def run(database_url: str, endpoint: str) -> dict[str, int]:
    """Compare everybody and return how many persons, cards and PINs differ."""
    with psycopg.connect(database_url) as connection, psycopg.connect(database_url) as cicero:
        cursor = connection.cursor()
        for side in ("there", "here"):
            cursor.execute(
                f"create temporary table {side} (card_number text, national_id text, pin text)"
            )
        with cursor.copy("copy there from stdin") as copy:
            for row in feed(endpoint, "2000-01-01T00:00:00"):
                copy.write_row(row)
        with (
            cicero.cursor().copy(_CICERO.format(library=LIBRARY).encode()) as source,
            cursor.copy("copy here (national_id, card_number, pin) from stdin") as copy,
        ):
            for block in source:
                copy.write(block)
        (found,) = cursor.execute(_DIFF).fetchall()
    return dict(zip(("not_in_registry", "card", "pin"), found, strict=True))
