"""Count what became of the records of a data sync, and end its run (spec X4, D5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from registry_operators.errors import RunFailedError
from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.ports import read_sync_run, sync_line

_COUNTED = ("created", "updated", "unchanged", "left_out", "held", "failed", "waiting")


@dataclass(slots=True)
class SyncAccount:
    """
    The totals of a run (D5.1), counted in records; ``problems`` in values.

    :param reasons: Outcome to reason to records.
    :param problems: Field and reason to values that did not fit.
    """

    read: int
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))
    reasons: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: dict[str, int] = field(default_factory=dict)

    @classmethod
    def stored(cls, content: Mapping[str, Any]) -> Self:
        """Return an account that :meth:`as_dict` has given."""
        totals = {name: content[name] for name in _COUNTED}
        return cls(content["read"], totals, content["reasons"], content["problems"])

    @property
    def adds_up(self) -> bool:
        """Say whether every record that was read has one outcome."""
        return self.read == sum(self.totals.values())

    def as_dict(self) -> dict[str, object]:
        """Return the account as it is stored and shown."""
        return {
            "read": self.read,
            **self.totals,
            "reasons": self.reasons,
            "problems": self.problems,
            "adds_up": self.adds_up,
        }


def count_sync(ledger: Ledger, run_id: UUID) -> SyncAccount:
    """
    Return the account of a run: counted while it goes on, stored when it is done.

    What age or an erasure removes later changes nothing in an account that is stored.
    """
    run = read_sync_run(ledger, run_id)
    is_over = run.stage == "done" or run.records_gone_at is not None
    if is_over and run.account is not None:
        return SyncAccount.stored(run.account)
    return _count(ledger, run)


def _count(ledger: Ledger, run: Any) -> SyncAccount:
    run_id, account = run.run_id, SyncAccount(run.read_count)
    account.totals["unchanged"] = run.unchanged_count or 0
    for row in ledger.rows("data_sync/count_outcomes", run_id=run_id):
        account.totals[row.outcome] += row.records
        if row.reason is not None:
            account.reasons.setdefault(row.outcome, {})[row.reason] = row.records
    for row in ledger.rows("data_sync/count_problems", run_id=run_id):
        account.problems[f"{row.field} {row.reason}"] = row.values
    return account


def report_sync(ledger: Ledger, *, run_id: UUID) -> list[str]:
    """
    Store the account and end the run: succeeded, held, or failed where it does not add up.

    :raises RunFailedError: The numbers do not add up; the message says which.
    """
    run = read_sync_run(ledger, run_id)
    # Of a run whose records are gone nothing can be counted any more.
    account = _count(ledger, run) if run.records_gone_at is None else count_sync(ledger, run_id)
    state, code, detail = "succeeded", None, None
    if not account.adds_up:
        state, code = "failed", "DOES_NOT_ADD_UP"
        detail = (
            f"{account.read} records were read and {sum(account.totals.values())} accounted for"
        )
    elif account.totals["held"]:
        state = "held"
    with ledger.transaction():
        ledger.run(
            "data_sync/close_run",
            run_id=run_id,
            state=state,
            account=json.dumps(account.as_dict()),
            code=code,
            detail=detail,
        )
    if detail is not None:
        raise RunFailedError(f"run {run_id}: {detail}; nothing more is known, tell the developers")
    return [sync_line(run, "report", read=account.read, **account.totals)]


def close_broken_sync(ledger: Ledger, *, run_id: UUID) -> list[str]:
    """Write down that a run has failed which no step has ended; it may be repeated all the same."""
    run = read_sync_run(ledger, run_id)
    if run.state == "running":
        ledger.run(
            "data_sync/fail_run",
            run_id=run_id,
            code="TASK_FAILED",
            detail=f"a task failed behind stage {run.stage}; its log says why",
        )
    return [sync_line(run, "close", state=read_sync_run(ledger, run_id).state)]
