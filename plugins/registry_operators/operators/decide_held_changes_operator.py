"""A person's answer, carried out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_registry_hook import PatronRegistryHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.steps.apply_held_changes import apply_held_changes
from registry_operators.steps.decide_held_changes import approve_held, list_held, reject_held

if TYPE_CHECKING:
    from airflow.sdk import Context

_WHY = "decided in Airflow"


class DecideHeldChangesOperator(BaseOperator):
    """
    Carry out an approved set of held changes, or reject it.

    What is approved is the digest that the form showed. Before anything is written, digest and
    patrons are compared with today's data, under the right to write. May be repeated: an approved
    set that was interrupted goes on, and one that is decided already is left as it is.

    Spec: X2.

    :param ask_task_id: Task whose answer decides; ``Approve`` approves, all else rejects.
    :param keys_conn_id: Connection of the installation's keys.
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``{"lines": n}``, the number of AUDIT lines in the log.
    :raises AirflowFailException: The decision cannot be taken: nobody answered, the one who asked
        answered, the set is decided otherwise, expired or has changed. Nothing was written.
    :raises UnavailableError: Database or registry did not answer, or another run writes; the task
        is retried.
    """

    template_fields: Sequence[str] = ()
    ui_color = "#f6d5d5"

    def __init__(
        self,
        *,
        ask_task_id: str,
        keys_conn_id: str = "patron_sync_keys",
        store_conn_id: str = "patron_db",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.ask_task_id = ask_task_id
        self.keys_conn_id = keys_conn_id
        self.store_conn_id = store_conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Take the decision and log the AUDIT lines of what was written."""
        conf = context["dag_run"].conf or {}
        answer = context["ti"].xcom_pull(task_ids=self.ask_task_id) or {}
        who = (answer.get("responded_by_user") or {}).get("name")
        if "held_set_id" not in conf:
            raise AirflowFailException("this DAG is started by the nightly runs, with a held set")
        if not who:
            raise AirflowFailException("nobody has answered; nothing was written")
        set_id = UUID(conf["held_set_id"])
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            state = {row.held_set_id: row.state for row in list_held(ledger, None)}.get(set_id)
            if answer.get("chosen_options") != ["Approve"]:
                if state != "rejected":
                    dropped = reject_held(ledger, set_id, decided_by=who, reason=_WHY)
                    self.log.info("rejected: %d changes are not made", dropped)
                return {"lines": 0}
            sync = PatronSyncHook(self.keys_conn_id)
            if state not in {"approved", "applied"}:
                approve_held(
                    ledger,
                    set_id,
                    digest=conf["digest"],
                    decided_by=who,
                    reason=_WHY,
                    four_eyes=sync.config().guards.approval.four_eyes,
                )
            connect = PatronRegistryHook(sync.config()).connect
            lines = apply_held_changes(ledger, connect, sync.secrets(), held_set_id=set_id)
        for line in lines:
            self.log.info(line)
        return {"lines": len(lines)}
