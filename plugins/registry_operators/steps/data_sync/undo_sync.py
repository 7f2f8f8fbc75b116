"""Take back what a data sync wrote, where nobody has changed it since (spec X7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry_operators.errors import DecisionRefusedError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.report_sync import report_sync

_BATCH_SIZE = 20_000
_NEVER_ASKED = 7


@dataclass(frozen=True, slots=True)
class SyncUndo:
    """
    What became of what a run wrote.

    :param rows: Dicts of ``kind`` (profile, link, value), ``field``, ``state``, ``reason`` and
        ``things``.
    """

    rows: list[dict[str, Any]]

    @property
    def reversed(self) -> int:
        """How much is as it was before the run."""
        return self._count("reversed")

    @property
    def kept(self) -> int:
        """How much was left, because somebody has changed it since."""
        return self._count("kept")

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        return {"reversed": self.reversed, "kept": self.kept, "changes": self.rows}

    def _count(self, state: str) -> int:
        return sum(row["things"] for row in self.rows if row["state"] == state)


@dataclass(frozen=True, slots=True)
class UndoSyncRequest:
    """
    What is to be taken back.

    :param is_dry_run: Tell the same, write nothing.
    :param note: Why; stands in the audit trail.
    """

    run_id: UUID
    asked_by: str
    is_dry_run: bool = False
    note: str | None = None


def undo_sync(ledger: Ledger, request: UndoSyncRequest) -> SyncUndo:
    """
    Remove the profiles that a run created, and put the values back that it replaced.

    A profile that anybody has changed since is kept as it is, and so is a value that is no longer
    what the run wrote. A link that the run found by a key is removed, so that a wrong match can be
    corrected. Changes of the run that are still held are dropped. In batches, each in a
    transaction; what is reversed stays so, and a call that was interrupted is continued by the
    next. A dry run says the same and is rolled back.

    :raises DecisionRefusedError: There is no such run, it writes still, it was a dry run, or the
        values that it replaced were removed for their age.
    """
    if request.is_dry_run:
        with ledger.rolled_back():
            return _undo(ledger, request)
    return _undo(ledger, request)


def _undo(ledger: Ledger, request: UndoSyncRequest) -> SyncUndo:
    run_id = request.run_id
    with ledger.transaction():
        run = _run_to_undo(ledger, run_id)
        ledger.run("data_sync/begin_undo", run_id=run_id, undone_by=request.asked_by)
        if ledger.run("data_sync/drop_plan", run_id=run_id, reason="UNDONE"):
            report_sync(ledger, run_id=run_id)
        if not request.is_dry_run:
            _write_down(ledger, request, run, "undo", {})
    after = 0
    while (through := _through(ledger, run_id, after)) is not None:
        _undo_batch(ledger, request, after, through)
        after = through
    done = count_undone(ledger, run_id)
    if not request.is_dry_run:
        counts = {"reversed": done.reversed, "kept": done.kept}
        _write_down(ledger, request, run, "end_undo", counts)
    return done


def count_undone(ledger: Ledger, run_id: UUID) -> SyncUndo:
    """Return what became of what a run wrote; nothing where nobody has taken it back."""
    return SyncUndo(
        [row._asdict() for row in ledger.rows("data_sync/count_reversals", run_id=run_id)]
    )


def _run_to_undo(ledger: Ledger, run_id: UUID) -> Any:
    rows = ledger.rows("data_sync/lock_run", run_id=run_id, expire_days=_NEVER_ASKED)
    if not rows:
        raise DecisionRefusedError(f"there is no run {run_id} of a data sync in the ledger")
    run = rows[0]
    if run.is_dry_run:
        raise DecisionRefusedError(f"run {run_id} was a dry run and wrote nothing")
    if run.state == "running":
        raise DecisionRefusedError(f"run {run_id} has not ended; wait for it, or stop it first")
    if run.values_gone_at is not None:
        raise DecisionRefusedError(
            f"run {run_id} ended longer ago than retention.journal_days, and the values that it "
            "replaced were removed; it cannot be taken back any more"
        )
    return run


def _undo_batch(ledger: Ledger, request: UndoSyncRequest, after: int, through: int) -> None:
    run_id = request.run_id
    batch = {"run_id": run_id, "after_no": after, "through_no": through}
    with ledger.transaction():
        ledger.rows("data_sync/lock_profiles")
        _run_to_undo(ledger, run_id)  # nobody removes its values meanwhile
        ledger.rows("data_sync/lock_written", **batch)
        ledger.run("data_sync/judge_reversals", **batch)
        ledger.run("data_sync/put_back_values", run_id=run_id)
        ledger.run("data_sync/remove_links", run_id=run_id)
        ledger.run("data_sync/remove_profiles", run_id=run_id)
        settled = ledger.run("data_sync/settle_reversals", run_id=run_id)
        if not request.is_dry_run:
            AuditTrail(ledger).append_profile_reversals(run_id, expected=settled)


def _through(ledger: Ledger, run_id: UUID, after: int) -> int | None:
    (row,) = ledger.rows(
        "data_sync/next_batch", run_id=run_id, after_no=after, batch_size=_BATCH_SIZE
    )
    through: int | None = row.through_no
    return through


def _write_down(
    ledger: Ledger, request: UndoSyncRequest, run: Any, action: str, counts: dict[str, int]
) -> None:
    AuditTrail(ledger).append(
        action,
        actor=request.asked_by,
        run_id=request.run_id,
        subject=f"{run.name} version {run.version}",
        note=request.note,
        counts=counts,
    )
