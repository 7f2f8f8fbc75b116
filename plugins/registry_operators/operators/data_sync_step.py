"""What the tasks of a data sync have in common: a run, the patron database, lines for the log."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.operators.failures import retry_only_what_may_pass

if TYPE_CHECKING:
    from airflow.sdk import Context

    from registry_operators.ledger.database import Ledger


class DataSyncStep(BaseOperator):
    """
    Base of the operators that take one step of a data sync's run.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    """

    template_fields: Sequence[str] = ("sync_run_id",)

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
            lines = self.take(ledger, UUID(self.sync_run_id))
        for line in lines:
            self.log.info(line)
        return {"lines": len(lines)}

    @abstractmethod
    def take(self, ledger: Ledger, run_id: UUID) -> list[str]:
        """Take the step; return its lines for the task log."""
