"""What the ledger has kept long enough."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.steps.apply_retention import apply_retention

if TYPE_CHECKING:
    from airflow.sdk import Context


class ApplyRetentionOperator(BaseOperator):
    """
    Remove staging, journal, ledger and audit trail that are older than ``retention`` says.

    Base, watermarks, pending patrons, held changes and open removals are not touched, nor is a
    patron. May be repeated: it works in batches and goes on where it stood.

    Spec: X10.

    :param keys_conn_id: Connection of the installation's keys.
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``: tables from which something was removed; the log counts rows.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ()
    ui_color = "#dfe6d8"

    def __init__(
        self,
        *,
        keys_conn_id: str = "patron_sync_keys",
        store_conn_id: str = "patron_db",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.keys_conn_id = keys_conn_id
        self.store_conn_id = store_conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Take the step and log how many rows went."""
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            retention = PatronSyncHook(self.keys_conn_id).config().retention
            removed = apply_retention(ledger, retention, datetime.now(UTC))
        for table, rows in removed.items():
            if rows:
                self.log.info("%s: %d rows removed", table, rows)
        return {"lines": sum(rows > 0 for rows in removed.values())}
