"""A person's decision on the held changes of a data sync (spec X2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from registry_operators.domain.reasons import Reason
from registry_operators.errors import DecisionRefusedError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.settings.guards import ApprovalSetting
from registry_operators.steps.data_sync.load_profiles import load_profiles
from registry_operators.steps.data_sync.report_sync import SyncAccount, count_sync, report_sync


@dataclass(frozen=True, slots=True)
class HeldSync:
    """
    A run whose held changes wait.

    :param expires_at: Aware; until then somebody can approve.
    :param is_superseded: A later run has compared the same records; this one can be rejected only.
    :param changes: Kind of change, with the field where one is emptied, to records.
    """

    run_id: UUID
    name: str
    version: int
    asked_by: str
    started_at: datetime
    expires_at: datetime
    is_superseded: bool
    changes: dict[str, int]

    @property
    def notice(self) -> str:
        """Say that nobody has decided in time."""
        kinds = ", ".join(f"{records:,} {kind}" for kind, records in self.changes.items())
        return (
            f"run {self.run_id} of data sync {self.name}: nobody decided on {kinds} in time; what "
            "was held is dropped, and the next run asks again"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        return {name: getattr(self, name) for name in self.__slots__}


def list_held_syncs(ledger: Ledger, approval: ApprovalSetting) -> list[HeldSync]:
    """Return the runs that wait for a decision, the oldest first."""
    found: dict[UUID, HeldSync] = {}
    for row in ledger.rows("data_sync/list_held", expire_days=approval.expire_days):
        if row.run_id not in found:
            found[row.run_id] = HeldSync(
                row.run_id, row.name, row.version, row.asked_by, row.started_at, row.expires_at,
                row.is_superseded, {},
            )  # fmt: skip
        held = found[row.run_id]
        held.changes[f"empties {row.field}" if row.field else row.kind] = row.changes
    return list(found.values())


def approve_sync(
    ledger: Ledger, run_id: UUID, approval: ApprovalSetting, *, decided_by: str, reason: str
) -> SyncAccount:
    """
    Approve the held changes of a run and write them; the run is then reported anew.

    What has changed since the plan was made is left as it is. An approval that was interrupted is
    carried on with when it is given again.

    :raises DecisionRefusedError: The run is gone, decided, expired or superseded, or the person may
        not approve it. Nothing was changed.
    """
    with ledger.transaction():
        run = _waiting(ledger, run_id, approval, "approved")
        if run.decision is None:
            _may_approve(run, approval, decided_by)
            ledger.run("data_sync/release_plan", run_id=run_id)
            _decide(ledger, run, "approved", decided_by, reason)
    load_profiles(ledger, run_id=run_id)
    report_sync(ledger, run_id=run_id)
    return count_sync(ledger, run_id)


def reject_sync(
    ledger: Ledger, run_id: UUID, approval: ApprovalSetting, *, decided_by: str, reason: str
) -> SyncAccount:
    """
    Reject the held changes of a run: they are not made, and the run is reported anew.

    The next run plans them again, because the library system still says so.

    :raises DecisionRefusedError: The run is gone or decided.
    """
    with ledger.transaction():
        run = _waiting(ledger, run_id, approval, "rejected")
        if run.decision is None:
            ledger.run("data_sync/drop_plan", run_id=run_id, reason=Reason.REJECTED)
            _decide(ledger, run, "rejected", decided_by, reason)
    report_sync(ledger, run_id=run_id)
    return count_sync(ledger, run_id)


def expire_held_syncs(ledger: Ledger, approval: ApprovalSetting) -> list[HeldSync]:
    """
    Drop the held changes on which nobody decided in time, and report their runs anew.

    Each run in a transaction of its own. The next run of the data sync asks again, because the
    library system still says so.

    :return: What has expired, the oldest first.
    """
    return [held for held in list_held_syncs(ledger, approval) if _expire(ledger, held, approval)]


def _expire(ledger: Ledger, held: HeldSync, approval: ApprovalSetting) -> bool:
    scope = {"run_id": held.run_id}
    with ledger.transaction():
        (run,) = ledger.rows("data_sync/lock_run", **scope, expire_days=approval.expire_days)
        if run.state != "held" or not run.is_expired:
            return False
        ledger.run("data_sync/drop_plan", **scope, reason=Reason.EXPIRED)
        report_sync(ledger, run_id=held.run_id)
        AuditTrail(ledger).append(
            "expire",
            actor="patron-sync",
            run_id=held.run_id,
            subject=f"{held.name} version {held.version}",
            reason="LIMIT_EXCEEDED",
            counts={"changes": run.held},
        )
    return True


def _waiting(ledger: Ledger, run_id: UUID, approval: ApprovalSetting, decision: str) -> Any:
    """Return the run, locked; one whose decision was interrupted is waiting still."""
    rows = ledger.rows("data_sync/lock_run", run_id=run_id, expire_days=approval.expire_days)
    if not rows:
        raise DecisionRefusedError(f"there is no run {run_id}; sync held shows those that wait")
    run = rows[0]
    is_interrupted = run.decision == decision and run.state in {"running", "held"}
    if run.decision is not None and not is_interrupted:
        raise DecisionRefusedError(f"the run was {run.decision} by {run.decided_by} already")
    if run.decision is None and not (run.state == "held" and run.held):
        raise DecisionRefusedError(f"nothing of run {run_id} is held; sync held shows what waits")
    return run


def _may_approve(run: Any, approval: ApprovalSetting, decided_by: str) -> None:
    if approval.four_eyes and decided_by == run.asked_by:
        raise DecisionRefusedError(
            f"{decided_by} started the run that asks and may not approve it; somebody else "
            "must (guards.approval.four_eyes)"
        )
    if run.is_expired:
        raise DecisionRefusedError("the time to decide is over; run the data sync again")
    if run.is_superseded:
        raise DecisionRefusedError(
            f"a later run of {run.name} has compared the same records; decide on that one"
        )


def _decide(ledger: Ledger, run: Any, decision: str, decided_by: str, reason: str) -> None:
    if not reason.strip():
        raise DecisionRefusedError("a decision needs a reason; say why in a few words")
    ledger.run("data_sync/decide_run", run_id=run.run_id, decision=decision, decided_by=decided_by)
    AuditTrail(ledger).append(
        {"approved": "approve", "rejected": "reject"}[decision],
        actor=decided_by,
        run_id=run.run_id,
        subject=f"{run.name} version {run.version}",
        reason="LIMIT_EXCEEDED",
        note=reason,
        counts={"changes": run.held},
    )
