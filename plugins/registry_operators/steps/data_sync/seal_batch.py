"""Seal in the audit trail what a batch of a data sync wrote (spec X9)."""

from __future__ import annotations

from typing import Any

from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger


def seal_batch(ledger: Ledger, run: Any, after: int, through: int) -> None:
    """
    Append one event with the digest of which fields of which profile a batch wrote.

    The last thing that the batch's transaction does, so that nothing is written without its event.
    ``audit verify`` recomputes the digest from the plan. What was held and approved is a second
    batch over the same records, and says so.

    :param run: The row of ``data_sync/read_run``.
    :param after: The batch begins behind this record.
    :param through: It ends with this one.
    """
    (sealed,) = ledger.rows(
        "data_sync/seal_batch", run_id=run.run_id, after_no=after, through_no=through
    )
    AuditTrail(ledger).append_seal(
        run.run_id,
        {
            "sync": run.name,
            "version": run.version,
            "after": after,
            "through": through,
            "is_approved": run.decision == "approved",
            **sealed._asdict(),
        },
    )
