"""Sequence numbers and default PINs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.steps.assign_cards_and_pins import assign_cards_and_pins

if TYPE_CHECKING:
    from airflow.sdk import Context


class AssignCardsAndPinsOperator(BaseOperator):
    """
    Give staged patrons without a card number or PIN the ones that their library hands out.

    The number is the next one of the library's sequence, the PIN the library's default.

    Registry and Cicero are not touched; the load writes the values. May be repeated: a number that
    was taken for a patron is taken once. In a dry run none is taken.

    Spec: N2.4, N2.5, N2.6.

    :param sync_run_id: UUID of the run. (templated)
    :param keys_conn_id: Connection of the installation's keys.
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``, the number of AUDIT lines in the log.
    :raises AirflowFailException: Configuration or ledger are wrong; the task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ("sync_run_id",)
    ui_color = "#e9e3c8"

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
            sync = PatronSyncHook(self.keys_conn_id)
            lines = assign_cards_and_pins(
                ledger, sync.config(), sync.secrets(), run_id=UUID(self.sync_run_id)
            )
        for line in lines:
            self.log.info(line)
        return {"lines": len(lines)}
