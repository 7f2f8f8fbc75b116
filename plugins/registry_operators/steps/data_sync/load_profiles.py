"""Write the planned profiles (spec D1.2, D4.3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from registry_operators.errors import RunFailedError
from registry_operators.ledger.database import Ledger
from registry_operators.settings.data_sync_meaning import RECORD_ID
from registry_operators.steps.data_sync.ports import decision, end_step, read_sync_run
from registry_operators.steps.data_sync.seal_batch import seal_batch

_BATCH_SIZE = 20_000


def load_profiles(ledger: Ledger, *, run_id: UUID) -> list[str]:
    """
    Write the plan in batches, each in a transaction with the place that it reaches.

    What has changed since the plan was made is left as it is and fails; the next run plans it anew.
    Two syncs never write at the same moment, nor do two processes of one. A step that died goes on
    behind its last batch.

    :raises RunFailedError: The run was taken back meanwhile.
    """
    run = read_sync_run(ledger, run_id)
    if run.stage != "guarded":
        return []
    if run.undone_at is not None:
        raise RunFailedError(f"run {run_id} was taken back; start a new one instead")
    if run.is_dry_run:
        return _done(ledger, run, 0, 0)
    written, stale = 0, 0
    while (counts := _write_batch(ledger, run_id)) is not None:
        written, stale = written + counts[0], stale + counts[1]
    return _done(ledger, run, written, stale)


def _write_batch(ledger: Ledger, run_id: UUID) -> tuple[int, int] | None:
    """Write the next batch; return how many were written and left, ``None`` behind the last."""
    with ledger.transaction():
        ledger.rows("data_sync/lock_profiles")
        # Read behind the lock: another process of the same run may have got further meanwhile.
        run = read_sync_run(ledger, run_id)
        after = run.loaded_through
        through = _through(ledger, run_id, after)
        if through is None:
            return None
        batch = {"run_id": run_id, "after_no": after, "through_no": through}
        stale = ledger.run("data_sync/fail_stale", **batch)
        for key in run.match_on:
            if key != RECORD_ID:
                stale += ledger.run("data_sync/fail_matched", key=key, **batch)
        written = ledger.run("data_sync/create_profiles", **batch)
        written += ledger.run("data_sync/change_profiles", **batch)
        ledger.run("data_sync/link_profiles", **batch)
        ledger.run("data_sync/keep_place", run_id=run_id, through_no=through)
        seal_batch(ledger, run, after, through)
    return written, stale


def _through(ledger: Ledger, run_id: UUID, after: int) -> int | None:
    (row,) = ledger.rows(
        "data_sync/next_batch", run_id=run_id, after_no=after, batch_size=_BATCH_SIZE
    )
    through: int | None = row.through_no
    return through


def _done(ledger: Ledger, run: Any, written: int, stale: int) -> list[str]:
    with ledger.transaction():
        done = decision(run, "load", {"written": written, "stale": stale})
        return end_step(ledger, run, ("guarded", "loaded"), [done])
