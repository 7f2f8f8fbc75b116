"""What the tasks of a data sync have in common: a run, the patron database, lines for the log."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
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

    While another process works for the same data sync, the task is retried later.

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
        run_id = UUID(self.sync_run_id)
        with (
            retry_only_what_may_pass(),
            PatronDbHook(self.store_conn_id).ledger() as ledger,
            self.alone(ledger, run_id),
        ):
            lines = self.take(ledger, run_id)
        for line in lines:
            self.log.info(line)
        return {"lines": len(lines)}

    def alone(self, ledger: Ledger, run_id: UUID) -> AbstractContextManager[None]:
        """Keep other processes from the same data sync while the step is taken."""
        from registry_operators.steps.data_sync.ports import read_sync_run
        from registry_operators.steps.data_sync.running_alone import running_alone

        return running_alone(ledger, read_sync_run(ledger, run_id).name)

    @abstractmethod
    def take(self, ledger: Ledger, run_id: UUID) -> list[str]:
        """Take the step; return its lines for the task log."""
