"""Write down how a run ended, whatever happened before."""

from __future__ import annotations

from uuid import UUID

from registry_operators.ledger.database import Ledger


def close_run(ledger: Ledger, *, run_id: UUID) -> str:
    """Set the run's end and state from its libraries' rows; return ``succeeded`` or ``failed``."""
    ledger.run("run/close_run", run_id=run_id)
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    return str(run.state)
