"""Take back what a run wrote, value by value, where nobody has changed it since (spec X7)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from registry_operators.domain.reasons import Reason
from registry_operators.errors import (
    DecisionRefusedError,
    StaleWriterError,
    SyncError,
    WriterBusyError,
)
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.writer import Fence, writing
from registry_operators.steps.ports import RegistryConnector, Secrets
from registry_operators.steps.undo_in_registry import AllowedNow, RegistryUndo, Taken

FIELDS = ("relation", "card", "pin")
_BATCH_SIZE = 200


@dataclass(frozen=True, slots=True)
class UndoRequest:
    """
    What is to be taken back.

    :param fields: ``relation``, ``card``, ``pin``; empty for all.
    :param libraries: Agency codes; empty for all of the run.
    :param is_dry_run: Ask and tell, write nothing on either side.
    :param note: Why; stands in the audit trail.
    """

    run_id: UUID
    asked_by: str
    fields: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    is_dry_run: bool = False
    note: str | None = None


def undo_run(
    ledger: Ledger,
    connect: RegistryConnector,
    secrets: Secrets,
    request: UndoRequest,
    undo_id: UUID,
    *,
    concurrency: int = 8,
) -> list[Any]:
    """
    Put the values back that a run replaced, where the target still holds what the run wrote.

    Each library is taken in turn under the right to write: the registry batch by batch, each
    marked before its first call and settled after its last; Cicero in one transaction. Without
    consent nothing is written on either side. A value that went back is no news to the next runs
    until one side changes. A call that was interrupted is continued by the next; what is reversed
    stays so, and what was kept or failed is judged anew. A dry run says the same and writes
    nothing.

    :param undo_id: Of this call; holds the right to write.
    :return: Rows of ``undo/count_changes``, of all calls for the run together.
    :raises DecisionRefusedError: There is no such run, it was a dry run, or a field is unknown.
    :raises UnavailableError: The database did not answer, or another run writes.
    """
    scope = _scope(ledger, request)
    undo = _Undo(ledger, connect, secrets, request, undo_id, concurrency)
    with ledger.rolled_back() if request.is_dry_run else nullcontext():
        with ledger.transaction():
            ledger.run(
                "undo/open_undo",
                undo_id=undo_id,
                run_id=request.run_id,
                fields=scope["fields"],
                asked_by=request.asked_by,
                note=request.note,
            )
            count = ledger.run(
                "undo/select_changes", undo_id=undo_id, run_id=request.run_id, **scope
            )
            if not request.is_dry_run:
                _write_down(ledger, request, undo_id, count)
        for library in scope["libraries"]:
            undo.take_back(library)
        ledger.run("undo/close_undo", undo_id=undo_id)
        return ledger.rows("undo/count_changes", run_id=request.run_id, **scope)


def _scope(ledger: Ledger, request: UndoRequest) -> dict[str, list[str]]:
    """Return the fields and libraries that are meant; refuse what cannot be."""
    runs = ledger.rows("run/read_run", run_id=request.run_id)
    if not runs:
        raise DecisionRefusedError(f"there is no run {request.run_id} in the ledger")
    if runs[0].is_dry_run:
        raise DecisionRefusedError(f"run {request.run_id} was a dry run and wrote nothing")
    if unknown := sorted(set(request.fields) - set(FIELDS)):
        raise DecisionRefusedError(
            f"unknown field {', '.join(unknown)}; there are relation, card, pin"
        )
    known = [row.library for row in ledger.rows("run/list_libraries", run_id=request.run_id)]
    if strangers := sorted(set(request.libraries) - set(known)):
        raise DecisionRefusedError(f"library {', '.join(strangers)} was not part of the run")
    return {
        "fields": list(request.fields or FIELDS),
        "libraries": [code for code in known if not request.libraries or code in request.libraries],
    }


def _write_down(ledger: Ledger, request: UndoRequest, undo_id: UUID, count: int) -> None:
    AuditTrail(ledger).append(
        "undo",
        actor=request.asked_by,
        run_id=request.run_id,
        subject=str(undo_id),
        note=request.note,
        counts={"changes": count},
    )


@dataclass(slots=True)
class _Undo:
    """One call, library by library."""

    ledger: Ledger
    connect: RegistryConnector
    secrets: Secrets
    request: UndoRequest
    undo_id: UUID
    concurrency: int

    def take_back(self, library: str) -> None:
        """Take back what is planned at a library."""
        if self.request.is_dry_run:
            self._take_back(library, None)
            return
        # The one place where an undo gets the right to write: no nightly job writes beside it.
        with writing(self.ledger, self.undo_id, library) as fence:
            self._take_back(library, fence)

    def _take_back(self, library: str, fence: Fence | None) -> None:
        begin = self.ledger.transaction if fence is None else fence.transaction
        with begin():
            self._run("undo/judge_changes", library)
        try:
            self._in_registry(library, fence)
        except (StaleWriterError, WriterBusyError):
            raise
        except SyncError as error:
            with begin():
                self._settle_rest(library, "registry", None, "failed", error.code)
                self._note(library, "registry")
        with begin():
            self._in_cicero(library)

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
        self._note(library, "cicero")

    def _in_registry(self, library: str, fence: Fence | None) -> None:
        """Take back batch by batch; a batch whose answers were lost is asked about by the next."""
        after_no = 0
        undo: RegistryUndo | None = None
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="registry") as pool:
            while rows := self.ledger.rows(
                "undo/list_records",
                undo_id=self.undo_id,
                library=library,
                after_no=after_no,
                batch_size=_BATCH_SIZE,
            ):
                undo = undo or RegistryUndo(
                    self.connect(library),
                    self.secrets,
                    None if fence is None else AllowedNow(fence),
                )
                after_no = rows[-1].record_no
                records = [list(group) for _, group in groupby(rows, lambda row: row.record_no)]
                if fence is not None:
                    with fence.transaction():
                        self._mark_sent(library, rows)
                taken = [one for done in pool.map(undo.take_back, records) for one in done]
                with self.ledger.transaction() if fence is None else fence.transaction():
                    self._settle(library, taken)

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
        self._note(library, "registry")

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
        if self.request.is_dry_run:
            return
        rows = self.ledger.rows(
            "undo/list_settled", undo_id=self.undo_id, library=library, target=target
        )
        AuditTrail(self.ledger).append_reversals(self.request.run_id, library, target, rows)

    def _run(self, statement: str, library: str, **parameters: Any) -> int:
        return self.ledger.run(statement, undo_id=self.undo_id, library=library, **parameters)

    @property
    def _pads(self) -> dict[str, bytes]:
        inner_pad, outer_pad = self.secrets.keys.fingerprint_pads
        return {"inner_pad": inner_pad, "outer_pad": outer_pad}
