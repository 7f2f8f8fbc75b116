"""Run a data sync from its start to its end, as its DAG does task by task (spec D4, D5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from registry_operators.clients.ils_messages import IlsClient
from registry_operators.errors import SyncError
from registry_operators.ledger.database import Ledger
from registry_operators.settings.guards import Guards
from registry_operators.steps.data_sync.extract_records import extract_records
from registry_operators.steps.data_sync.filter_records import filter_records
from registry_operators.steps.data_sync.guard_plan import guard_plan
from registry_operators.steps.data_sync.load_profiles import load_profiles
from registry_operators.steps.data_sync.open_sync import SyncRequest, open_sync
from registry_operators.steps.data_sync.plan_profiles import plan_profiles
from registry_operators.steps.data_sync.ports import PinnedSync
from registry_operators.steps.data_sync.report_sync import SyncAccount, count_sync, report_sync
from registry_operators.steps.data_sync.running_alone import running_alone


def run_sync(
    ledger: Ledger,
    client: IlsClient,
    sync: PinnedSync,
    guards: Guards,
    request: SyncRequest,
    run_id: UUID,
    *,
    today: date,
    tell: Callable[[str], None] = lambda _: None,
    pushes_down: bool = True,
) -> SyncAccount:
    """
    Run all steps; a run that was broken off goes on where it stood.

    :param tell: Called with each line for the task log.
    :raises WriterBusyError: Another process runs the data sync; there is no row of this run.
    :raises SyncError: The run has failed; its row in the ledger says why.
    """
    steps: tuple[Callable[[], list[str]], ...] = (
        lambda: extract_records(
            ledger, client, sync, run_id=run_id, today=today, pushes_down=pushes_down
        ),
        lambda: filter_records(ledger, run_id=run_id),
        lambda: plan_profiles(ledger, run_id=run_id),
        lambda: guard_plan(ledger, guards, run_id=run_id),
        lambda: load_profiles(ledger, run_id=run_id),
        lambda: report_sync(ledger, run_id=run_id),
    )
    with running_alone(ledger, sync.definition.name):
        open_sync(ledger, sync, request, run_id, today)
        for step in steps:
            try:
                for line in step():
                    tell(line)
            except SyncError as error:
                ledger.run("data_sync/fail_run", run_id=run_id, code=error.code, detail=str(error))
                raise
        return count_sync(ledger, run_id)
