"""What somebody should be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.operators.look_around import outlook
from registry_operators.operators.send_measures import send_measures
from registry_operators.steps.alerts.measure import counted_alerts, measures
from registry_operators.steps.alerts.watch import watch

if TYPE_CHECKING:
    from airflow.sdk import Context


class WatchOperator(BaseOperator):
    """
    Look for everything that is wrong, tell who does not know yet, and send measures.

    Writes what is wrong and who was told, and touches nothing else. May be repeated: nobody is told
    the same state twice, but by a process that died while it told.

    Spec: N4.2, X2, X5.

    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``: so many things are wrong; each is a line of the log.
    :raises AirflowFailException: The connection of a channel is missing or wrong; not retried.
    :raises UnavailableError: The patron database or a channel did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ()
    ui_color = "#f3d9b1"

    def __init__(self, *, store_conn_id: str = "patron_db", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.store_conn_id = store_conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Look, tell, and log what is wrong."""
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            send_measures(measures(ledger))
            alerts = watch(ledger, outlook())
        send_measures(counted_alerts(alerts))
        for alert in alerts:
            self.log.warning("%s %s: %s", alert.level, alert.code, alert.text)
        return {"lines": len(alerts)}
