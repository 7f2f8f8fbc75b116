"""Give the patrons of a library the pseudonym by which they are matched."""

from __future__ import annotations

from registry_operators.domain.keys import SyncKeys, person_key
from registry_operators.domain.national_id import parse_national_id
from registry_operators.ledger.database import Ledger

_BATCH_SIZE = 10_000


def fill_person_keys(ledger: Ledger, keys: SyncKeys, library: str) -> None:
    """
    Compute the person key of every patron that has a valid national id and no key yet.

    Runs in the caller's transaction. Patrons whose national id has wrong check digits stay
    without a key; the consent filter tells of them.
    """
    for batch in ledger.stream(
        "run/list_patrons_without_key", batch_size=_BATCH_SIZE, library=library
    ):
        computed = [
            (row.patron_id, person_key(national_id, keys))
            for row in batch
            if (national_id := parse_national_id(row.national_id)) is not None
        ]
        if computed:
            ledger.run(
                "run/set_person_keys",
                patron_ids=[patron_id for patron_id, _ in computed],
                person_keys=[key for _, key in computed],
            )
