"""Take back what a run wrote, value by value, where nobody has changed it since (spec X7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry_operators.errors import DecisionRefusedError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.writer import writing
from registry_operators.steps.ports import RegistryConnector, Secrets
from registry_operators.steps.undo_library import LibraryUndo

FIELDS = ("relation", "card", "pin")


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
    nothing: for each library it asks the registry, and then tries in a transaction of its own that
    is rolled back. Nobody waits for a row while the registry answers.

    :param undo_id: Of this call; holds the right to write.
    :return: Rows of ``undo/count_changes``, of all calls for the run together.
    :raises DecisionRefusedError: There is no such run, it was a dry run, or a field is unknown.
    :raises UnavailableError: The database did not answer, or another run writes.
    """
    scope = _scope(ledger, request)
    undo = LibraryUndo(ledger, connect, secrets, request.run_id, undo_id, concurrency)
    if request.is_dry_run:
        return [
            row for library in scope["libraries"] for row in undo.tell(library, scope["fields"])
        ]
    with ledger.transaction():
        ledger.run(
            "undo/open_undo",
            undo_id=undo_id,
            run_id=request.run_id,
            fields=scope["fields"],
            asked_by=request.asked_by,
            note=request.note,
        )
        count = ledger.run("undo/select_changes", undo_id=undo_id, run_id=request.run_id, **scope)
        _write_down(ledger, request, undo_id, count)
    for library in scope["libraries"]:
        # The one place where an undo gets the right to write: no nightly job writes beside it.
        with writing(ledger, undo_id, library) as fence:
            undo.take_back(library, fence)
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
