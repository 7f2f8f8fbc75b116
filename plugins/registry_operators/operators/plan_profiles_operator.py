"""Decide what a data sync does to each profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry_operators.operators.data_sync_step import DataSyncStep

if TYPE_CHECKING:
    from uuid import UUID

    from registry_operators.ledger.database import Ledger


class PlanProfilesOperator(DataSyncStep):
    """
    Match the records of a run to profiles, and plan what is created and changed.

    Profiles are not touched. May be repeated: a run that is past this step is left alone. A dry run
    and a live run over the same state make plans with the same id.

    Spec: D0.3, D1.2, X1.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``, the number of AUDIT lines in the log.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    ui_color = "#e4dcef"

    def take(self, ledger: Ledger, run_id: UUID) -> list[str]:
        """Plan the changes."""
        from registry_operators.steps.data_sync.plan_profiles import plan_profiles

        return plan_profiles(ledger, run_id=run_id)
