"""What data syncs hold and nobody decided on in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.steps.data_sync.decide_sync import expire_held_syncs

if TYPE_CHECKING:
    from airflow.sdk import Context


class ExpireHeldSyncsOperator(BaseOperator):
    """
    Drop held changes of data syncs that have waited for ``guards.approval.expire_days``.

    Profiles are not touched; the log names each run as a warning. May be repeated: a run that has
    expired waits no more.

    Spec: X2.

    :param keys_conn_id: Connection of the installation's keys.
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"expired": n}``: runs whose held changes were dropped.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
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
        """Take the step and name what has expired."""
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            approval = PatronSyncHook(self.keys_conn_id).config().guards.approval
            expired = expire_held_syncs(ledger, approval)
        for held in expired:
            self.log.warning(held.notice)
        return {"expired": len(expired)}
