"""What a run holds for a person's decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.steps.decide_held_changes import list_held

if TYPE_CHECKING:
    from airflow.sdk import Context


class ListHeldChangesOperator(BaseOperator):
    """
    List the open sets of a run, one for each run of the DAG that asks a person.

    Reads only. May be repeated: a set has one DAG run, named after it.

    Spec: X2.

    :param sync_run_id: UUID of the run. (templated)
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``[{"trigger_run_id": …, "conf": {"held_set_id", "digest", "library", "kind",
        "changes", "allowed"}}, …]``, for ``TriggerDagRunOperator``; ids, codes and numbers.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ("sync_run_id",)
    ui_color = "#f3d9b1"

    def __init__(
        self, *, sync_run_id: str, store_conn_id: str = "patron_db", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.sync_run_id = sync_run_id
        self.store_conn_id = store_conn_id

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """Read the run's open sets."""
        with retry_only_what_may_pass(), PatronDbHook(self.store_conn_id).ledger() as ledger:
            held = [row for row in list_held(ledger) if row.run_id == UUID(self.sync_run_id)]
        for row in held:
            self.log.warning(
                "library %s: %d %s are held (%d allowed); decide in DAG apply_held_changes, "
                "run held-%s, or with patron-sync held",
                row.library, row.changes, row.kind, row.allowed, row.held_set_id,
            )  # fmt: skip
        return [
            {
                "trigger_run_id": f"held-{row.held_set_id}",
                "conf": {
                    "held_set_id": str(row.held_set_id),
                    "digest": row.digest,
                    "library": row.library,
                    "kind": row.kind,
                    "changes": row.changes,
                    "allowed": row.allowed,
                },
            }
            for row in held
        ]
