"""The head of the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.settings.audit import audit_directory
from registry_operators.steps.sign_audit import sign_head

if TYPE_CHECKING:
    from airflow.sdk import Context


class SignAuditOperator(BaseOperator):
    """
    Sign the last event of the audit trail and keep the signature outside the database.

    The database is only read. May be repeated: the same event is not signed twice.

    Spec: X9.

    :param keys_conn_id: Connection of the installation's keys.
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``: signatures added, 1, or 0 if there was nothing new.
    :raises AirflowFailException: The head that was signed last is not in the trail any more, or
        the folder cannot be written; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ()
    ui_color = "#d8e0ee"

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
        """Sign and log the event's number."""
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            key = PatronSyncHook(self.keys_conn_id).audit_key()
            signed = sign_head(ledger, key, audit_directory(), datetime.now(UTC))
        if signed is None:
            self.log.info("nothing new to sign")
            return {"lines": 0}
        self.log.info("event %d signed", signed.event_no)
        return {"lines": 1}
