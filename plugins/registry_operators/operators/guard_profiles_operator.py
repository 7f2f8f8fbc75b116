"""Hold back what is more than a data sync may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry_operators.operators.data_sync_step import DataSyncStep

if TYPE_CHECKING:
    from uuid import UUID

    from registry_operators.ledger.database import Ledger


class GuardProfilesOperator(DataSyncStep):
    """
    Judge the plan of a run against the limits, before the first write.

    Profiles are not touched. Creations and emptied fields beyond their limit are held; a source
    that has shrunk, too many failing records, or an error where the sync is to stop at the first
    end the run. May be repeated: a run that is past this step is left alone.

    Spec: X2, D1.6.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``, the number of AUDIT lines in the log.
    :raises AirflowFailException: A limit ends the run, or the ledger is wrong; the task is
        not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    ui_color = "#f6d5d5"

    def take(self, ledger: Ledger, run_id: UUID) -> list[str]:
        """Judge the plan."""
        from registry_operators.settings.libraries import load_libraries
        from registry_operators.settings.time_zone import libraries_file
        from registry_operators.steps.data_sync.guard_plan import guard_plan

        return guard_plan(ledger, load_libraries(libraries_file()).guards, run_id=run_id)
