"""Write the planned profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry_operators.operators.data_sync_step import DataSyncStep

if TYPE_CHECKING:
    from uuid import UUID

    from registry_operators.ledger.database import Ledger


class StagingToProfilesOperator(DataSyncStep):
    """
    Create and change profiles as the plan of a run says, in batches.

    The library system is not touched, and no profile is deleted. May be repeated: each batch is
    written together with its place, and what has changed since the plan is left alone. A dry run
    writes nothing.

    Spec: D1.2, D4.3.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``, the number of AUDIT lines in the log.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    ui_color = "#dbe9d3"

    def take(self, ledger: Ledger, run_id: UUID) -> list[str]:
        """Write the plan."""
        from registry_operators.steps.data_sync.load_profiles import load_profiles

        return load_profiles(ledger, run_id=run_id)
