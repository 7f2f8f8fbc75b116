"""Compare both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.steps.compare_sides import compare_sides, read_drift

if TYPE_CHECKING:
    from airflow.sdk import Context


class CompareSidesOperator(BaseOperator):
    """
    Count how everybody in the registry and in Cicero compares, for some libraries.

    Registry and Cicero are not touched, and only counts are kept. May be repeated: a library that
    was compared keeps what was found then.

    Spec: X3, X4.

    :param sync_run_id: UUID of a reconciliation's pull. (templated)
    :param libraries: Agency codes that this task works for.
    :param keys_conn_id: Connection of the installation's keys.
    :param store_conn_id: Postgres connection of the patron database.
    :return: One ``LibraryDrift.as_dict()`` per library, counted in persons and values.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ("sync_run_id", "libraries")
    ui_color = "#d6d3ea"

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

    def execute(self, context: Context) -> list[dict[str, object]]:
        """Take the step and log its AUDIT lines."""
        run_id = UUID(self.sync_run_id)
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            keys = PatronSyncHook(self.keys_conn_id).secrets().keys
            for line in compare_sides(ledger, keys, run_id=run_id, libraries=self.libraries):
                self.log.info(line)
            found = read_drift(ledger, run_id=run_id)
        return [drift.as_dict() for drift in found if drift.library in self.libraries]
