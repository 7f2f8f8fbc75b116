"""Bring the patrons of a library system into the staging area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry_operators.operators.data_sync_step import DataSyncStep

if TYPE_CHECKING:
    from uuid import UUID

    from registry_operators.ledger.database import Ledger


class IlsToStagingOperator(DataSyncStep):
    """
    Read the patrons whom a data sync means from its library system, as profiles see them.

    Profiles are not touched. May be repeated: it goes on behind the last page that was written
    with its place.

    Spec: D0.1, D2.2, D3.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``, the number of AUDIT lines in the log.
    :raises AirflowFailException: The library system refuses the account or the question; the task
        is not retried.
    :raises UnavailableError: Library system or patron database did not answer; the task is retried.
    """

    ui_color = "#dbe9d3"

    def take(self, ledger: Ledger, run_id: UUID) -> list[str]:
        """Read page by page."""
        from registry_operators.hooks.data_sync_hook import DataSyncHook
        from registry_operators.steps.data_sync.definitions import pinned
        from registry_operators.steps.data_sync.extract_records import extract_records
        from registry_operators.steps.data_sync.ports import read_sync_run

        hook, run = DataSyncHook(), read_sync_run(ledger, run_id)
        sync = pinned(ledger, run.name, hook.profile_fields(), run.version)
        client = hook.client(run.ils, run.source)
        today = hook.day_of(run.started_at)
        return extract_records(ledger, client, sync, run_id=run_id, today=today)
