"""Extract of the pull."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_registry_hook import PatronRegistryHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook
from registry_operators.operators.failures import (
    retry_only_what_may_pass,
    retry_unfinished_libraries,
)
from registry_operators.steps.stage_registry_changes import stage_registry_changes

if TYPE_CHECKING:
    from airflow.sdk import Context


class RegistryToStagingOperator(BaseOperator):
    """
    Stage what the registry reports as changed since the last completed pull, for some libraries.

    Cicero is not touched. May be repeated: a library that is staged is not read again, one that
    failed is read from the beginning of its window.

    Spec: N1.1, N1.5, N4.2.

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
            sync = PatronSyncHook(self.keys_conn_id)
            result = stage_registry_changes(
                ledger,
                PatronRegistryHook(sync.config()).connect,
                sync.secrets(),
                run_id=UUID(self.sync_run_id),
                libraries=self.libraries,
            )
        for line in result.audit:
            self.log.info(line)
        retry_unfinished_libraries(result, context)
        return {"libraries": len(self.libraries), "unfinished": len(result.retryable)}
