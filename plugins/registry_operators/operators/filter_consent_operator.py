"""Let only consenting patrons go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.steps.filter_consent import filter_consent

if TYPE_CHECKING:
    from airflow.sdk import Context


class FilterConsentOperator(BaseOperator):
    """
    Take every record out of a run whose patron has not consented, with its values.

    Registry and Cicero are not touched. May be repeated: libraries that are past this step are
    left alone.

    Spec: N3.1.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``, the number of AUDIT lines in the log.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ("sync_run_id",)
    ui_color = "#f3dcc5"

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

    def execute(self, context: Context) -> dict[str, int]:
        """Take the step and log its AUDIT lines."""
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            lines = filter_consent(ledger, run_id=UUID(self.sync_run_id))
        for line in lines:
            self.log.info(line)
        return {"lines": len(lines)}
