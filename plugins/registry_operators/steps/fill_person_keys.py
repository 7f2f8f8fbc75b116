"""Give the patrons of a library the pseudonym by which they are matched."""

from __future__ import annotations

from typing import Any

from registry_operators.domain.keys import SyncKeys, person_key, pin_fingerprint
from registry_operators.domain.national_id import parse_national_id
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.pin_vault import PinVault

_BATCH_SIZE = 10_000


def fill_person_keys(ledger: Ledger, keys: SyncKeys, library: str) -> None:
    """
    Compute the person key of every patron that has a valid national id and no key yet.

    Where a national id was corrected, the PIN is encrypted anew for the new key. One transaction
    of its own, so that no row stays locked while a network is read. Patrons whose national id has
    wrong check digits stay without a key; the consent filter tells of them.
    """
    vault = PinVault(keys)
    with ledger.transaction():
        for batch in ledger.stream(
            "run/list_patrons_without_key", batch_size=_BATCH_SIZE, library=library
        ):
            computed = [
                (row, person_key(national_id, keys))
                for row in batch
                if (national_id := parse_national_id(row.national_id)) is not None
            ]
            pins = [pin for row, key in computed if (pin := _sealed_anew(vault, keys, row, key))]
            ledger.run(
                "run/set_person_keys",
                patron_ids=[row.patron_id for row, _ in computed],
                national_ids=[row.national_id for row, _ in computed],
                person_keys=[key for _, key in computed],
            )
            ledger.run_many("run/reseal_pin", pins)


def _sealed_anew(vault: PinVault, keys: SyncKeys, row: Any, key: bytes) -> dict[str, Any] | None:
    """Return the patron's PIN for the new key; ``None`` if there is none or it cannot be read."""
    if row.former_person_key is None or row.pin_encrypted is None:
        return None
    pin = vault.open(bytes(row.former_person_key), bytes(row.pin_encrypted))
    if pin is None:
        return None
    return {
        "patron_id": row.patron_id,
        "pin_before": row.pin_encrypted,
        "pin_encrypted": vault.seal(key, pin),
        "pin_fingerprint": pin_fingerprint(key, pin, keys),
    }
