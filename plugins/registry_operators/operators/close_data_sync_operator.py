"""Close the run of a data sync, whatever happened."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from registry_operators.operators.data_sync_step import DataSyncStep

if TYPE_CHECKING:
    from uuid import UUID

    from registry_operators.ledger.database import Ledger


class CloseDataSyncOperator(DataSyncStep):
    """
    Write down that a run has failed if no task has ended it; used as its teardown.

    Behind the last run of a schedule it announces, in log and audit trail, that the data sync is
    complete. Profiles are not touched. May be repeated: a run that has an end keeps it, and nothing
    is announced twice.

    Spec: D4.2, D6.1.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``, the number of AUDIT lines in the log.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    ui_color = "#cfe3e8"

    def alone(self, ledger: Ledger, run_id: UUID) -> AbstractContextManager[None]:
        """Wait for nobody: the run is over, whatever another one does."""
        return nullcontext()

    def take(self, ledger: Ledger, run_id: UUID) -> list[str]:
        """Close the run, and the series if it was its last."""
        from registry_operators.hooks.data_sync_hook import DataSyncHook
        from registry_operators.steps.data_sync.end_series import end_series
        from registry_operators.steps.data_sync.report_sync import close_broken_sync

        hook, lines = DataSyncHook(), close_broken_sync(ledger, run_id=run_id)
        return lines + end_series(ledger, hook.profile_fields(), run_id=run_id, zone=hook.zone())
