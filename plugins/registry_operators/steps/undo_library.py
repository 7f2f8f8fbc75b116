"""Take back what a run wrote for one library, in the registry and then in Cicero (spec X7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from registry_operators.domain.reasons import Reason
from registry_operators.errors import StaleWriterError, SyncError, WriterBusyError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.writer import Fence
from registry_operators.steps.ports import RegistryConnector, Secrets
from registry_operators.steps.undo_in_registry import AllowedNow, RegistryUndo, Taken

_BATCH_SIZE = 200
_EVERY_RECORD = 2**31 - 1
_Batch = list[list[Any]]


@dataclass(frozen=True, slots=True)
class LibraryUndo:
    """
    One call to undo a run, library by library.

    The registry is never asked inside a transaction, so that no row is locked while it answers.
    """

    ledger: Ledger
    connect: RegistryConnector
    secrets: Secrets
    run_id: UUID
    undo_id: UUID
    concurrency: int

    def take_back(self, library: str, fence: Fence) -> None:
        """
        Take back what was selected: the registry batch by batch, then Cicero at once.

        A batch is marked before its first call and settled after its last; of a batch whose answers
        were lost the next call asks.
        """
        with fence.transaction():
            self._run("undo/judge_changes", library)
        try:
            self._in_registry(library, fence)
        except (StaleWriterError, WriterBusyError):
            raise
        except SyncError as error:
            with fence.transaction():
                self._settle_rest(library, "registry", None, "failed", error.code)
                self._note(library, "registry")
        with fence.transaction():
            self._in_cicero(library)
            self._note(library, "cicero")

    def tell(self, library: str, fields: Sequence[str]) -> list[Any]:
        """
        Tell what taking back would come to: ask the registry first, then try and roll back.

        :return: Rows of ``undo/count_changes`` of the library.
        """
        scope = {"run_id": self.run_id, "fields": list(fields), "libraries": [library]}
        with self.ledger.rolled_back():
            self._select(library, scope)
            rows = self._records(library, 0, _EVERY_RECORD)
        taken: list[Taken] = []
        # Whom nobody asked about, because the consent was given since, another call takes up.
        unasked: str = Reason.CHANGED_SINCE_PLAN
        try:
            self._ask(library, _batches(rows), taken)
        except SyncError as error:
            unasked = error.code
        with self.ledger.rolled_back():
            self._select(library, scope)
            self._settle(library, taken)
            self._settle_rest(library, "registry", None, "failed", unasked)
            self._in_cicero(library)
            return self.ledger.rows("undo/count_changes", **scope)

    def _select(self, library: str, scope: dict[str, Any]) -> None:
        self.ledger.run("undo/select_changes", undo_id=self.undo_id, **scope)
        self._run("undo/judge_changes", library)

    def _ask(self, library: str, batches: Iterator[_Batch], taken: list[Taken]) -> None:
        """Ask about each record, batch by batch, as a call that writes would."""
        undo: RegistryUndo | None = None
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="registry") as pool:
            for records in batches:
                undo = undo or RegistryUndo(self.connect(library), self.secrets, None)
                taken += [one for done in pool.map(undo.take_back, records) for one in done]

    def _in_registry(self, library: str, fence: Fence) -> None:
        after_no = 0
        undo: RegistryUndo | None = None
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="registry") as pool:
            while rows := self._records(library, after_no, _BATCH_SIZE):
                undo = undo or RegistryUndo(self.connect(library), self.secrets, AllowedNow(fence))
                after_no = rows[-1].record_no
                with fence.transaction():
                    self._mark_sent(library, rows)
                done = pool.map(undo.take_back, _by_record(rows))
                taken = [one for record in done for one in record]
                with fence.transaction():
                    self._settle(library, taken)
                    self._note(library, "registry")

    def _in_cicero(self, library: str) -> None:
        """Write all that goes back at once; a value that somebody changes meanwhile stays."""
        self.ledger.rows("undo/lock_cards", undo_id=self.undo_id, library=library)
        self._run("undo/judge_changes", library)  # again: consent may have been withdrawn since
        self._run("undo/judge_cards", library, **self._pads)
        self._run("undo/retire_cards", library, **self._pads)
        self._run("undo/activate_cards", library)
        self._settle_rest(library, "cicero", "card", "reversed", None)
        self._run("undo/restore_pins", library)
        self._run("undo/remove_pins", library)
        self._settle_rest(library, "cicero", "pin", "kept", Reason.TARGET_CHANGED)
        self._part(library, "cicero")

    def _records(self, library: str, after_no: int, batch_size: int) -> list[Any]:
        return self.ledger.rows(
            "undo/list_records",
            undo_id=self.undo_id,
            library=library,
            after_no=after_no,
            batch_size=batch_size,
        )

    def _mark_sent(self, library: str, rows: Sequence[Any]) -> None:
        record_nos = [row.record_no for row in rows]
        self._run("undo/mark_sent", library, record_nos=record_nos)

    def _settle(self, library: str, taken: Sequence[Taken]) -> None:
        self._run(
            "undo/settle_changes",
            library,
            record_nos=[one.record_no for one in taken],
            fields=[one.field for one in taken],
            states=[one.state for one in taken],
            reasons=[one.reason for one in taken],
        )
        self._part(library, "registry")

    def _settle_rest(
        self, library: str, target: str, field: str | None, state: str, reason: str | None
    ) -> None:
        self._run(
            "undo/settle_rest", library, target=target, field=field, state=state, reason=reason
        )

    def _part(self, library: str, target: str) -> None:
        """Remember in what both sides differ now, so that neither job carries it."""
        self._run("undo/add_differences", library, target=target, **self._pads)
        self._run("undo/forget_base", library, target=target)

    def _note(self, library: str, target: str) -> None:
        """Append an event for each change that this transaction settled; its last word."""
        rows = self.ledger.rows(
            "undo/list_settled", undo_id=self.undo_id, library=library, target=target
        )
        AuditTrail(self.ledger).append_reversals(self.run_id, library, target, rows)

    def _run(self, statement: str, library: str, **parameters: Any) -> int:
        return self.ledger.run(statement, undo_id=self.undo_id, library=library, **parameters)

    @property
    def _pads(self) -> dict[str, bytes]:
        inner_pad, outer_pad = self.secrets.keys.fingerprint_pads
        return {"inner_pad": inner_pad, "outer_pad": outer_pad}


def _by_record(rows: Sequence[Any]) -> _Batch:
    """Group rows of ``undo/list_records`` by record."""
    return [list(group) for _, group in groupby(rows, lambda row: row.record_no)]


def _batches(rows: Sequence[Any]) -> Iterator[_Batch]:
    records = _by_record(rows)
    for first in range(0, len(records), _BATCH_SIZE):
        yield records[first : first + _BATCH_SIZE]
