"""Write down how a run ended, whatever happened before."""

from __future__ import annotations

from uuid import UUID

from registry_operators.ledger.database import Ledger
from registry_operators.steps.report_run import report_run, stored_account


def has_completed(ledger: Ledger, *, run_id: UUID) -> bool:
    """Say whether a run was brought to its end for some library; a dry run is for none."""
    (row,) = ledger.rows("run/count_completed", run_id=run_id)
    return bool(row.completed)


def close_run(ledger: Ledger, *, run_id: UUID) -> str:
    """
    Set the run's end and state, and return ``succeeded`` or ``failed``.

    The account that ``report_run`` stored is taken as it is when all libraries are at their end;
    otherwise it is taken anew, because steps that were repeated may have changed it.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    ends = {"done", "disabled", "guarded" if run.is_dry_run else "done"}
    libraries = ledger.rows("run/list_libraries", run_id=run_id)
    is_complete = all(row.stage in ends for row in libraries)
    tallies = stored_account(ledger, run_id=run_id)
    if tallies is None:
        tallies = report_run(ledger, run_id=run_id)
    is_right = all(tally.failure_code is None and tally.adds_up for tally in tallies)
    state = "succeeded" if is_complete and is_right else "failed"
    ledger.run("run/close_run", run_id=run_id, state=state)
    return state
