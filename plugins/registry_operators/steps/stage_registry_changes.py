"""Extract of the pull: what changed in the registry goes to the staging area."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from registry_operators.clients.registry_messages import RegistryPatron
from registry_operators.domain.decision import Decision
from registry_operators.domain.reasons import Reason
from registry_operators.domain.registry_time import registry_now
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.steps.ask_registry import RegistryDesk
from registry_operators.steps.fill_person_keys import fill_person_keys
from registry_operators.steps.library_failures import StepResult, each_library
from registry_operators.steps.ports import RegistryConnector, RegistryPort, Secrets
from registry_operators.steps.registry_record import COLUMN_TYPES, RecordReader, StagedRecord


def stage_registry_changes(
    ledger: Ledger,
    connect: RegistryConnector,
    secrets: Secrets,
    *,
    run_id: UUID,
    libraries: Iterable[str],
    clock: Callable[[], datetime] = registry_now,
) -> StepResult:
    """
    Read every library's change feed into the staging area, each in one transaction.

    Names and addresses are not kept; PINs are encrypted before they reach the database. A library
    that fails leaves no rows and stays at stage ``opened``. Spec: N1.1, N1.5, N4.2.

    :param clock: The registry's time by our own clock. A registry whose clock is ahead would
        otherwise set the watermark past changes that are still to come.
    """
    rows = {row.library: row for row in ledger.rows("run/list_libraries", run_id=run_id)}

    def stage(library: str) -> list[str]:
        row = rows[library]
        reader = RecordReader(secrets, run_id, library, syncs_pin=row.syncs_pin)
        reading = _Reading(ledger, connect(library), reader, run_id, library)
        fill_person_keys(ledger, secrets.keys, library)
        with ledger.transaction():
            ledger.run("run/clear_library", run_id=run_id, library=library)
            began_at = clock()
            count, server_time = reading.copy_all(row.since_time)
            ledger.run(
                "run/advance_library",
                run_id=run_id,
                library=library,
                to_stage="staged",
                read_count=count,
                until_time=min(server_time or began_at, began_at),
            )
            counts = {"in": count, "passed": count, "out": 0}
            decision = Decision("pull", "extract", library, counts)
            AuditTrail(ledger).append_decisions(run_id, [decision])
        return [decision.line]

    return each_library(ledger, run_id, libraries, "opened", "extract", stage)


@dataclass(slots=True)
class _Reading:
    """The reading of one library's feed, and of the patrons who wait from earlier runs."""

    ledger: Ledger
    registry: RegistryPort
    reader: RecordReader
    run_id: UUID
    library: str

    def copy_all(self, since: datetime) -> tuple[int, datetime | None]:
        """Copy everything; return how many records came, and the registry's time."""
        feed = self.registry.changes_since(since)
        without_id: list[RegistryPatron] = []
        count = self._copy(self._with_national_id(feed, without_id))
        count += self._copy(self._by_card_number(without_id, count))
        count += self._copy(self._pending(count))
        return count, feed.server_time

    def _copy(self, records: Iterable[StagedRecord]) -> int:
        return self.ledger.copy("pull/copy_registry_records", COLUMN_TYPES, records)

    def _with_national_id(
        self, feed: Iterable[RegistryPatron], without_id: list[RegistryPatron]
    ) -> Iterator[StagedRecord]:
        number = 0
        read = self.reader.read
        for patron in feed:
            if patron.card_number and not patron.national_id:
                without_id.append(patron)
            else:
                number += 1
                yield read(number, patron)

    def _by_card_number(self, patrons: list[RegistryPatron], count: int) -> list[StagedRecord]:
        """Match records without a national id by the card number that Cicero knows."""
        if not patrons:
            return []
        known = {
            row.card_number: bytes(row.person_key)
            for row in self.ledger.rows(
                "pull/find_persons_by_card",
                library=self.library,
                card_numbers=[patron.card_number for patron in patrons],
            )
        }
        return [
            self.reader.read(number, patron, known.get(patron.card_number))
            for number, patron in enumerate(patrons, count + 1)
        ]

    def _pending(self, count: int) -> list[StagedRecord]:
        """Ask for the patrons whom an earlier run could not deal with, one by one."""
        rows = self.ledger.rows(
            "pull/list_pending_patrons", run_id=self.run_id, library=self.library
        )
        desk = RegistryDesk(self.registry)
        return [self._asked(number, row, desk) for number, row in enumerate(rows, count + 1)]

    def _asked(self, number: int, row: Any, desk: RegistryDesk) -> StagedRecord:
        """Ask for one patron; an answer that cannot be used fails this record only."""
        person = bytes(row.person_key)
        match desk.ask(row.national_id):
            case None:
                return self.reader.defective(number, Reason.NOT_IN_REGISTRY, person)
            case Reason() as failure:
                return self.reader.defective(number, failure, person)
            case patron:
                return self.reader.read(number, patron, person)
