"""Load of the push."""

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
from registry_operators.steps.apply_to_registry import apply_to_registry

if TYPE_CHECKING:
    from airflow.sdk import Context


class StagingToRegistryOperator(BaseOperator):
    """
    Carry out the plan of a push in the registry, record by record.

    Numbers of the sequence and default PINs are written into Cicero first; consent is checked
    again for each batch. May be repeated: what is confirmed is not sent again, and a call whose
    answer was lost is resolved by asking the registry. A dry run sends nothing.

    Spec: N1.2, N3.4, N3.6, N3.7.

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
            sync = PatronSyncHook(self.keys_conn_id)
            result = apply_to_registry(
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
