"""The account of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.steps.report_run import audit_report, raise_if_failed, report_run

if TYPE_CHECKING:
    from airflow.sdk import Context


class ReportRunOperator(BaseOperator):
    """
    Log what became of every record, and make the run red when a library failed.

    Stores the account in the ledger, and touches nothing else. May be repeated: what was stored at
    the end of a library's run stays.

    Spec: N4.2, N4.3, X4.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    :return: One ``LibraryTally.as_dict()`` per library, counted in records.
    :raises AirflowFailException: A library failed or a count does not add up; names each.
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

    def execute(self, context: Context) -> list[dict[str, object]]:
        """Log the account; raise if it is not as it should be."""
        with retry_only_what_may_pass():
            with PatronDbHook(self.store_conn_id).ledger() as ledger:
                tallies = report_run(ledger, run_id=UUID(self.sync_run_id))
            for line in audit_report(tallies):
                self.log.info(line)
            raise_if_failed(tallies)
        return [tally.as_dict() for tally in tallies]
