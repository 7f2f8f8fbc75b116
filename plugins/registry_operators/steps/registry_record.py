"""Turn a record of the registry into a row of the staging area."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from registry_operators.clients.registry_messages import RegistryPatron
from registry_operators.domain.keys import person_key, pin_fingerprint
from registry_operators.domain.national_id import parse_national_id
from registry_operators.domain.reasons import Reason
from registry_operators.domain.registry_time import parse_registry_time
from registry_operators.ledger.pin_vault import PinVault
from registry_operators.steps.ports import Secrets

COLUMN_TYPES = (
    "uuid", "text", "int4", "bytea", "text", "text", "bytea", "bytea", "text", "timestamp",
)  # fmt: skip


class StagedRecord(NamedTuple):
    """A row of ``pull/copy_registry_records``, in the order of its columns."""

    run_id: UUID
    library: str
    record_no: int
    person_key: bytes | None
    defect: Reason | None
    card_number: str | None = None
    pin_encrypted: bytes | None = None
    pin_fingerprint: bytes | None = None
    pin_reason: Reason | None = None
    changed_at: datetime | None = None


class RecordReader:
    """
    Reads the records of one library and run: person key, card number, PIN, time.

    The PIN is encrypted at once, and not read at all where the library does not synchronise it.
    What is wrong with a record becomes its defect; a PIN that cannot be read spoils the PIN only.
    """

    def __init__(self, secrets: Secrets, run_id: UUID, library: str, *, syncs_pin: bool) -> None:
        self._secrets = secrets
        self._vault = PinVault(secrets.keys)
        self._run_id = run_id
        self._library = library
        self._syncs_pin = syncs_pin

    def defective(
        self,
        number: int,
        defect: Reason,
        person: bytes | None = None,
        card_number: str | None = None,
    ) -> StagedRecord:
        """Return a row that says what is wrong and, if known, of whom."""
        return StagedRecord(self._run_id, self._library, number, person, defect, card_number)

    def read(
        self, number: int, patron: RegistryPatron, person: bytes | None = None
    ) -> StagedRecord:
        """
        Return the row of a record.

        :param number: Number of the record in its run and library, from 1.
        :param person: Person key where it is known already; else it follows from the national id.
        """
        if patron.is_tombstone:
            return self.defective(number, Reason.TOMBSTONE)
        if person is None and patron.national_id:
            national_id = parse_national_id(patron.national_id)
            if national_id is None:
                card_number = patron.card_number or None
                return self.defective(number, Reason.INVALID_NATIONAL_ID, card_number=card_number)
            person = person_key(national_id, self._secrets.keys)
        try:
            changed_at = parse_registry_time(patron.changed_at)
        except ValueError:
            return self.defective(number, Reason.IMPOSSIBLE_DATE, person)
        return StagedRecord(
            self._run_id,
            self._library,
            number,
            person,
            None,
            patron.card_number or None,
            *self._pin(person, patron.encrypted_pin),
            changed_at,
        )

    def _pin(
        self, person: bytes | None, wire: str
    ) -> tuple[bytes | None, bytes | None, Reason | None]:
        if not wire or person is None or not self._syncs_pin:
            return None, None, None
        pin = self._secrets.cipher.decrypt(wire)
        if pin is None:
            return None, None, Reason.PIN_UNREADABLE
        mark = pin_fingerprint(person, pin, self._secrets.keys)
        return self._vault.seal(person, pin), mark, None
