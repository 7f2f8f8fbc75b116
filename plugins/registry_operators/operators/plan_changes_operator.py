"""Write down what a run will change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.steps.plan_changes import plan_changes

if TYPE_CHECKING:
    from airflow.sdk import Context


class PlanChangesOperator(BaseOperator):
    """
    Compare source, base and target, and write every intended change into the plan.

    Registry and Cicero are not touched. May be repeated: libraries that are planned are left
    alone, and the plan's id follows from its rows.

    Spec: N1.3, N1.4, X1.

    :param sync_run_id: UUID of the run. (templated)
    :param keys_conn_id: Connection of the installation's keys.
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``, the number of AUDIT lines in the log.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ("sync_run_id",)
    ui_color = "#d6d3ea"

    def __init__(
        self,
        *,
        sync_run_id: str,
        keys_conn_id: str = "patron_sync_keys",
        store_conn_id: str = "patron_db",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sync_run_id = sync_run_id
        self.keys_conn_id = keys_conn_id
        self.store_conn_id = store_conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Take the step and log its AUDIT lines."""
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            keys = PatronSyncHook(self.keys_conn_id).secrets().keys
            lines = plan_changes(ledger, keys, run_id=UUID(self.sync_run_id))
        for line in lines:
            self.log.info(line)
        return {"lines": len(lines)}
