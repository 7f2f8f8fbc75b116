"""Limits, before the first write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.steps.decide_held_changes import expire_held
from registry_operators.steps.guard_changes import guard_changes

if TYPE_CHECKING:
    from airflow.sdk import Context


class GuardChangesOperator(BaseOperator):
    """
    Hold what exceeds the limits of ``libraries.yaml`` for a person, and let the rest go on.

    Registry and Cicero are not touched. Sets that nobody decided on in time expire first.
    May be repeated: libraries that are guarded are left alone. A dry run says what it would hold.

    Spec: X2.

    :param sync_run_id: UUID of the run. (templated)
    :param keys_conn_id: Connection of the installation's keys.
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n, "expired": n}``: AUDIT lines in the log, and sets that expired.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ("sync_run_id",)
    ui_color = "#f3d9b1"

    def __init__(
        self,
        *,
        sync_run_id: str,
        keys_conn_id: str = "patron_sync_keys",
        store_conn_id: str = "patron_db",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sync_run_id = sync_run_id
        self.keys_conn_id = keys_conn_id
        self.store_conn_id = store_conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Take the step and log its AUDIT lines."""
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            config = PatronSyncHook(self.keys_conn_id).config()
            expired = expire_held(ledger)
            lines = guard_changes(ledger, config, run_id=UUID(self.sync_run_id))
        for row in expired:
            self.log.warning(
                "held set %s of library %s expired: %d %s; its patrons are compared again",
                row.held_set_id, row.library, row.changes, row.kind,
            )  # fmt: skip
        for line in lines:
            self.log.info(line)
        return {"lines": len(lines), "expired": len(expired)}
