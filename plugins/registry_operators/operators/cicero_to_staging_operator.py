"""Extract of the push."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook
from registry_operators.operators.failures import (
    retry_only_what_may_pass,
    retry_unfinished_libraries,
)
from registry_operators.steps.stage_cicero_changes import stage_cicero_changes

if TYPE_CHECKING:
    from airflow.sdk import Context


class CiceroToStagingOperator(BaseOperator):
    """
    Stage which patrons changed in Cicero since the last completed push, for some libraries.

    The registry is not called, and no values are copied yet. May be repeated: a library that is
    staged is not read again.

    Spec: N1.2, N1.5, N3.7.

    :param sync_run_id: UUID of the run. (templated)
    :param libraries: Agency codes that this task works for.
    :param keys_conn_id: Connection of the installation's keys.
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"libraries": n, "unfinished": n}``, counted in libraries.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
    :raises UnavailableError: Database or registry did not answer; the task is retried, and only
        the libraries that are not done are taken up again.
    """

    template_fields: Sequence[str] = ("sync_run_id", "libraries")
    ui_color = "#dbe9d3"

    def __init__(
        self,
        *,
        sync_run_id: str,
        libraries: list[str],
        keys_conn_id: str = "patron_sync_keys",
        store_conn_id: str = "patron_db",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sync_run_id = sync_run_id
        self.libraries = libraries
        self.keys_conn_id = keys_conn_id
        self.store_conn_id = store_conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Take the step for each library and log its AUDIT lines."""
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            keys = PatronSyncHook(self.keys_conn_id).secrets().keys
            result = stage_cicero_changes(
                ledger, keys, run_id=UUID(self.sync_run_id), libraries=self.libraries
            )
        for line in result.audit:
            self.log.info(line)
        retry_unfinished_libraries(result, context)
        return {"libraries": len(self.libraries), "unfinished": len(result.retryable)}
