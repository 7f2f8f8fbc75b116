"""Let only the records go on that a data sync means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry_operators.operators.data_sync_step import DataSyncStep

if TYPE_CHECKING:
    from uuid import UUID

    from registry_operators.ledger.database import Ledger


class FilterRecordsOperator(DataSyncStep):
    """
    Take every record out of a run that its filter does not mean, or that cannot be used.

    Profiles are not touched. May be repeated: a record that was judged stays so. A redacted record
    is an error, and never empties a profile.

    Spec: D2.1.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``, the number of AUDIT lines in the log.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    ui_color = "#f3dcc5"

    def take(self, ledger: Ledger, run_id: UUID) -> list[str]:
        """Judge the records."""
        from registry_operators.steps.data_sync.filter_records import filter_records

        return filter_records(ledger, run_id=run_id)
