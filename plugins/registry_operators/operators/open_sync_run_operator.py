"""Begin a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from airflow.sdk import BaseOperator

from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook
from registry_operators.operators.failures import retry_only_what_may_pass
from registry_operators.settings.libraries import warnings_about
from registry_operators.steps.open_run import RunRequest, open_run
from registry_operators.steps.reconcile import reconciliation_run

if TYPE_CHECKING:
    from airflow.sdk import Context


class OpenSyncRunOperator(BaseOperator):
    """
    Check the configuration, and give each library of the run its window.

    Nothing is read or written outside the ledger. May be repeated: the run's id follows from the
    DAG run, and an opened run keeps its windows. The DAG's params say what is asked for:
    ``libraries`` (agency codes, empty for all), ``full`` and ``dry_run``; a reconciliation is
    always full, and a dry run without ``repair``. A configuration that differs from that of the
    last run leaves an event in the audit trail, which names the fields.

    Spec: N1.5, N2.2, N2.7, X9.

    :param flow: ``pull`` or ``push``.
    :param is_reconciliation: The run is the pull or the push of a reconciliation.
    :param group_count: Into how many mapped tasks the libraries are spread at most.
    :param keys_conn_id: Connection of the installation's keys.
    :param store_conn_id: Postgres connection of the patron database.
    :return: ``[[agency code, …], …]``, the libraries in groups for mapped tasks; at least one
        group, empty if no library is enabled. The run's UUID is XCom ``sync_run_id``.
    :raises AirflowFailException: The configuration is wrong; the message names file, library and
        field of everything to correct. The task is not retried.
    :raises UnavailableError: The patron database did not answer; the task is retried.
    """

    template_fields: Sequence[str] = ()
    ui_color = "#cfe3e8"

    def __init__(
        self,
        *,
        flow: str,
        is_reconciliation: bool = False,
        group_count: int = 2,
        keys_conn_id: str = "patron_sync_keys",
        store_conn_id: str = "patron_db",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.flow = flow
        self.is_reconciliation = is_reconciliation
        self.group_count = group_count
        self.keys_conn_id = keys_conn_id
        self.store_conn_id = store_conn_id

    def execute(self, context: Context) -> list[list[str]]:
        """Open the run that belongs to this DAG run."""
        request, run_id = self._asked_for(context)
        with retry_only_what_may_pass():
            sync = PatronSyncHook(self.keys_conn_id)
            config, keys = sync.config(), sync.secrets().keys
            for warning in warnings_about(config):
                self.log.warning(warning)
            with PatronDbHook(self.store_conn_id).ledger() as ledger:
                libraries = open_run(ledger, config, request, run_id, keys=keys)
        groups = [group for number in range(self.group_count)
                  if (group := libraries[number :: self.group_count])]  # fmt: skip
        context["ti"].xcom_push(key="sync_run_id", value=str(run_id))
        return groups or [[]]

    def _asked_for(self, context: Context) -> tuple[RunRequest, UUID]:
        run_id = uuid5(NAMESPACE_URL, f"{self.dag_id}/{context['dag_run'].run_id}")
        params = context["params"]
        request = RunRequest(
            flow=self.flow,
            libraries=tuple(params.get("libraries") or ()),
            is_full=bool(params.get("full")),
            is_dry_run=bool(params.get("dry_run")),
            asked_by=getattr(context["dag_run"], "triggering_user_name", None) or "schedule",
        )
        if not self.is_reconciliation:
            return request, run_id
        is_dry_run = not params.get("repair")
        request = replace(request, is_full=True, is_dry_run=is_dry_run, reconciliation_id=run_id)
        return request, reconciliation_run(run_id, self.flow)
