"""Count what became of the records of a data sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry_operators.operators.data_sync_step import DataSyncStep

if TYPE_CHECKING:
    from uuid import UUID

    from registry_operators.ledger.database import Ledger


class ReportDataSyncOperator(DataSyncStep):
    """
    Store the totals of a run and end it; a run that does not add up is red.

    Profiles are not touched. May be repeated: it counts what stands in the ledger.

    Spec: D5.1, X4.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``, the number of AUDIT lines in the log.
    :raises AirflowFailException: The numbers do not add up, or the ledger is wrong; the task is not
        retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    ui_color = "#dde3ea"

    def take(self, ledger: Ledger, run_id: UUID) -> list[str]:
        """Count and close."""
        from registry_operators.steps.data_sync.report_sync import report_sync

        return report_sync(ledger, run_id=run_id)
