"""Move the watermarks of the libraries that are done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.steps.move_watermark import move_watermark

if TYPE_CHECKING:
    from airflow.sdk import Context


class MoveWatermarkOperator(BaseOperator):
    """
    Move the watermark of every loaded library, and remember its failed patrons for the next run.

    Libraries that failed keep theirs. May be repeated: a watermark never moves backwards.

    Spec: N1.5.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``, the number of AUDIT lines in the log.
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

    def execute(self, context: Context) -> dict[str, int]:
        """Take the step and log its AUDIT lines."""
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            lines = move_watermark(ledger, run_id=UUID(self.sync_run_id))
        for line in lines:
            self.log.info(line)
        return {"lines": len(lines)}
