"""Close a run, whatever happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.operators.assets import CICERO_PATRONS, PULL_ENDED
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.operators.send_measures import send_measures
from registry_operators.steps.alerts.measure import measures
from registry_operators.steps.close_run import close_run, has_completed

if TYPE_CHECKING:
    from airflow.sdk import Context


class CloseSyncRunOperator(BaseOperator):
    """
    Write the end and the state of a run into the ledger; used as the teardown of the run.

    Then it sends measures, so that monitoring sees the run at once. With outlet ``PULL_ENDED`` it
    says that Cicero's patrons are renewed, unless no library came to its end.

    May be repeated: the state follows from what the steps wrote.

    Spec: N4.2.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``succeeded`` or ``failed``.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ("sync_run_id",)
    ui_color = "#cfe3e8"

    def __init__(
        self,
        *,
        sync_run_id: str,
        store_conn_id: str = "patron_db",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sync_run_id = sync_run_id
        self.store_conn_id = store_conn_id

    def execute(self, context: Context) -> str:
        """Close the run."""
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            run_id = UUID(self.sync_run_id)
            state = close_run(ledger, run_id=run_id)
            send_measures(measures(ledger))
            if PULL_ENDED in self.outlets and has_completed(ledger, run_id=run_id):
                context["outlet_events"][PULL_ENDED].add(CICERO_PATRONS)
        return state
