"""Load of the pull."""

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
from registry_operators.steps.apply_to_cicero import apply_to_cicero

if TYPE_CHECKING:
    from airflow.sdk import Context


class StagingToCiceroOperator(BaseOperator):
    """
    Carry out the plan of a pull in Cicero, one transaction for each library.

    The registry is not called; consent is checked again. May be repeated: a library that is
    loaded is left alone, one that died half-way was rolled back. A dry run writes nothing.

    Spec: N1.1, N1.3, N3.1, N3.5.

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
    ui_color = "#f6d5d5"

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
            result = apply_to_cicero(
                ledger, keys, run_id=UUID(self.sync_run_id), libraries=self.libraries
            )
        for line in result.audit:
            self.log.info(line)
        retry_unfinished_libraries(result, context)
        return {"libraries": len(self.libraries), "unfinished": len(result.retryable)}
