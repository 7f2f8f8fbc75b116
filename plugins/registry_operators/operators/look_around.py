"""How operators and callbacks look at everything: with Airflow's connections and the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from registry_operators.hooks.alert_hook import AlertHook
from registry_operators.hooks.patron_db_hook import PatronDbHook
from registry_operators.hooks.patron_sync_hook import PatronSyncHook

if TYPE_CHECKING:
    from airflow.sdk import Context

    from registry_operators.ledger.database import Ledger
    from registry_operators.steps.alerts.watch import Outlook


def outlook() -> Outlook:
    """Return configuration and channels as Airflow knows them, and this moment."""
    from datetime import UTC, datetime

    from registry_operators.steps.alerts.watch import Outlook

    return Outlook(PatronSyncHook().config, AlertHook().channels, datetime.now(UTC))


def look_now() -> None:
    """
    Look at everything, because a deadline of Airflow has passed.

    :raises SyncError: Somebody could not be told.
    """
    from registry_operators.steps.alerts.watch import watch

    with PatronDbHook().ledger() as ledger:
        watch(ledger, outlook())


def look_after(interval: timedelta) -> DeadlineAlert:
    """
    Return the deadline at which Airflow looks while a run still goes on.

    What counts as late stands in ``libraries.yaml``; this only makes that it is seen at once.

    :param interval: After the time for which the run was scheduled. A run by hand may have none,
        and then no deadline.
    """
    return DeadlineAlert(
        DeadlineReference.DAGRUN_LOGICAL_DATE, interval, SyncCallback(look_now), name="look"
    )


def dag_failed(context: Context) -> None:
    """
    Look as soon as a run of a DAG has failed, and tell what changed.

    The failure itself is told only when looking does not find why. When the patron database does
    not answer, nobody can know what was told before: then it is told at once.

    :raises SyncError: Somebody could not be told; Airflow logs it.
    """
    from registry_operators.errors import UnavailableError

    dag_id = _dag_id(context)
    try:
        ledger = PatronDbHook().ledger()
    except UnavailableError:
        _tell_without_ledger(dag_id)
        return
    with ledger:
        _look_at_end(ledger, dag_id, failed=True)


def dag_succeeded(context: Context) -> None:
    """
    Look as soon as a run of a DAG has succeeded, and tell what is over.

    :raises SyncError: Somebody could not be told; Airflow logs it.
    """
    with PatronDbHook().ledger() as ledger:
        _look_at_end(ledger, _dag_id(context), failed=False)


def _dag_id(context: Context) -> str:
    run: Any = context["dag_run"]
    return str(run.dag_id)


def _look_at_end(ledger: Ledger, dag_id: str, *, failed: bool) -> None:
    from registry_operators.steps.alerts.watch import watch_dag

    watch_dag(ledger, outlook(), dag_id, failed=failed)


def _tell_without_ledger(dag_id: str) -> None:
    from registry_operators.domain.alert_message import AlertMessage
    from registry_operators.settings.alerts import alerts_alone
    from registry_operators.settings.time_zone import libraries_file
    from registry_operators.steps.alerts.tell_alerts import links_of
    from registry_operators.steps.alerts.watch import failed_dag

    settings = alerts_alone(libraries_file())
    message = AlertMessage((failed_dag(dag_id),), (), links_of(settings))
    for channel in AlertHook().channels(settings):
        channel.send(message)
