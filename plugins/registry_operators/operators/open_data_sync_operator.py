"""Begin the run of a data sync."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from registry_operators.domain.sync.sync_dag import run_id_of
from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.operators.failures import retry_only_what_may_pass

if TYPE_CHECKING:
    from airflow.sdk import Context


class OpenDataSyncOperator(BaseOperator):
    """
    Pin a run to one published version of a data sync, with its filter of today.

    Nothing is read from the library system. May be repeated: the run's id follows from the DAG
    run, and an opened run keeps its version and its day. The DAG's param ``dry_run`` makes it a
    run that plans and reports only. A run that somebody asked for on the pages is theirs, and a dry
    run where they asked for one.

    Spec: D1, D4.3, X11.

    :param name: Name of the data sync.
    :param version: The published version that this DAG stands for.
    :param store_conn_id: Postgres connection of the patron database.
    :return: UUID of the run.
    :raises AirflowFailException: The version was never published, what it refers to has gone, or
        who asked for the run has taken that back or did so too long ago; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ()
    ui_color = "#cfe3e8"

    def __init__(
        self,
        *,
        name: str,
        version: int,
        store_conn_id: str = "patron_db",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name = name
        self.version = version
        self.store_conn_id = store_conn_id

    def execute(self, context: Context) -> str:
        """Open the run that belongs to this DAG run."""
        from registry_operators.hooks.data_sync_hook import DataSyncHook
        from registry_operators.steps.data_sync.ask_run import find_wanted
        from registry_operators.steps.data_sync.definitions import pinned
        from registry_operators.steps.data_sync.open_sync import SyncRequest, open_sync

        dag_run = context["dag_run"]
        run_id = run_id_of(self.dag_id, dag_run.run_id)
        is_dry_run = bool(context["params"].get("dry_run"))
        asked_by = getattr(dag_run, "triggering_user_name", None) or "schedule"
        version = self.version
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            hook = DataSyncHook()
            if (asked := find_wanted(ledger, run_id, dag_run.run_id)) is not None:
                is_dry_run, asked_by = asked.is_dry_run, asked.asked_by
                # Airflow may have made the run while it still had an older DAG in store.
                version = max(version, asked.version)
            request = SyncRequest(is_dry_run, asked_by)
            sync = pinned(ledger, self.name, hook.profile_fields(), version)
            open_sync(ledger, sync, request, run_id, hook.today())
        return str(run_id)
