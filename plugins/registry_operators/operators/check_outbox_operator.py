"""Who has waited too long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.steps.check_outbox import overdue_entries, raise_if_overdue

if TYPE_CHECKING:
    from airflow.sdk import Context


class CheckOutboxOperator(BaseOperator):
    """
    Fail while patrons or removals wait longer than ``retention.outbox_alarm_days``.

    Reads only. May be repeated.

    Spec: X5.

    :param keys_conn_id: Connection of the installation's keys.
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": 0}``: kinds of entries that are overdue; with any the task fails.
    :raises AirflowFailException: Somebody waits too long; the message counts them by library, flow
        and reason. Not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ()
    ui_color = "#f3d9b1"

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
        """Raise if somebody is overdue."""
        with retry_only_what_may_pass():
            days = PatronSyncHook(self.keys_conn_id).config().retention.outbox_alarm_days
            with PatronDbHook(self.store_conn_id).ledger() as ledger:
                rows = overdue_entries(ledger, days)
            raise_if_overdue(rows, days)
        return {"lines": len(rows)}
