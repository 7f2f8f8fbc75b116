"""
# Reconciliation: everybody on both sides, once a week

Every Sunday at 09:00 local time, read all that the registry has and every patron of Cicero, and
count how both sides compare: who is on which side, and whose card numbers and PINs differ, by
library and kind. The nightly jobs compare only those who changed.

It **reports** unless it is started with `repair`. Then two full runs, a pull and a push after it,
carry what differs, with the plan, guards, held changes and account of the nightly jobs.

`from_registry` is the pull, `to_registry` the push; tasks of the same name do the same.

| Task                                                    | Writes                             |
| ------------------------------------------------------- | ---------------------------------- |
| `from_registry.open_run`, `to_registry.open_run`        | `patron_sync.run`, `run_library`   |
| `from_registry.stage_registry_changes`                  | `patron_sync.staged_patron`        |
| `to_registry.stage_cicero_changes`                      | the same, without values           |
| `from_registry.filter_consent`, `to_registry.filter_consent` | `patron_sync.verdict`         |
| `from_registry.filter_local_cards`, `to_registry.filter_local_cards` | staging               |
| `from_registry.compare_sides`                           | `patron_sync.drift`: counts        |
| `to_registry.look_up_persons`                           | staging: who is known there        |
| `from_registry.assign_cards_and_pins`, `to_registry.assign_cards_and_pins` | staging         |
| `from_registry.plan_changes`, `to_registry.plan_changes` | `patron_sync.plan`                |
| `from_registry.guard_changes`, `to_registry.guard_changes` | plan: held; `held_set`          |
| `from_registry.apply_to_cicero`                         | with `repair`: **Cicero**, base    |
| `to_registry.apply_to_registry`                         | with `repair`: **registry**, base  |
| `from_registry.move_watermark`, `to_registry.move_watermark` | `patron_sync.watermark`       |
| `from_registry.report_run`, `to_registry.report_run`    | the log; red when a library failed |
| `from_registry.close_run`, `to_registry.close_run`      | `patron_sync.run`                  |
| `from_registry.list_held_changes`, `to_registry.list_held_changes` | the log                 |
| `from_registry.ask_for_decisions`, `to_registry.ask_for_decisions` | no waiting              |

**Who did not come from the registry is gone only when the registry says so:** the push asks for
each of them. Where more than `guards.source_shrink` did not come, the library stops before that.

**If it fails,** the log of a `report_run` names the library and the cause. Clear the failed tasks,
or wait for the next Sunday. Runbook: `docs/runbooks.md`.
"""

from datetime import timedelta
from typing import Any

import pendulum
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, BaseOperator, Param, TaskGroup, chain

from registry_operators.dag_defaults import DEFAULT_ARGS, LOCAL_TZ, libraries_param
from registry_operators.operators.assign_cards_and_pins_operator import AssignCardsAndPinsOperator
from registry_operators.operators.cicero_to_staging_operator import CiceroToStagingOperator
from registry_operators.operators.close_sync_run_operator import CloseSyncRunOperator
from registry_operators.operators.compare_sides_operator import CompareSidesOperator
from registry_operators.operators.filter_consent_operator import FilterConsentOperator
from registry_operators.operators.filter_local_cards_operator import FilterLocalCardsOperator
from registry_operators.operators.guard_changes_operator import GuardChangesOperator
from registry_operators.operators.list_held_changes_operator import ListHeldChangesOperator
from registry_operators.operators.look_around import dag_failed, dag_succeeded
from registry_operators.operators.look_up_persons_operator import LookUpPersonsOperator
from registry_operators.operators.move_watermark_operator import MoveWatermarkOperator
from registry_operators.operators.open_sync_run_operator import OpenSyncRunOperator
from registry_operators.operators.plan_changes_operator import PlanChangesOperator
from registry_operators.operators.registry_to_staging_operator import RegistryToStagingOperator
from registry_operators.operators.report_run_operator import ReportRunOperator
from registry_operators.operators.staging_to_cicero_operator import StagingToCiceroOperator
from registry_operators.operators.staging_to_registry_operator import StagingToRegistryOperator

Step = tuple[str, type[BaseOperator]]


def half(flow: str, extract: Step, compare: Step, load: Step) -> tuple[BaseOperator, BaseOperator]:
    """Chain one of the two runs; return its first task, and the one after which it has written."""
    open_run = OpenSyncRunOperator(task_id="open_run", flow=flow, is_reconciliation=True)
    run: dict[str, Any] = {"sync_run_id": open_run.output["sync_run_id"]}
    mapped = [
        operator.partial(task_id=task_id, **run).expand(libraries=open_run.output)
        for task_id, operator in (extract, compare, load)
    ]
    guard_changes = GuardChangesOperator(task_id="guard_changes", **run)
    move_watermark = MoveWatermarkOperator(task_id="move_watermark", **run)
    list_held_changes = ListHeldChangesOperator(task_id="list_held_changes", **run)
    ask_for_decisions = TriggerDagRunOperator.partial(
        task_id="ask_for_decisions",
        trigger_dag_id="apply_held_changes",
        skip_when_already_exists=True,
    ).expand_kwargs(list_held_changes.output)
    chain(
        open_run,
        mapped[0],
        FilterConsentOperator(task_id="filter_consent", **run),
        FilterLocalCardsOperator(task_id="filter_local_cards", **run),
        mapped[1],
        AssignCardsAndPinsOperator(task_id="assign_cards_and_pins", **run),
        PlanChangesOperator(task_id="plan_changes", **run),
        guard_changes,
        mapped[2],
        move_watermark,
        ReportRunOperator(task_id="report_run", **run),
        CloseSyncRunOperator(task_id="close_run", **run).as_teardown(setups=open_run),
    )
    chain(guard_changes, list_held_changes, ask_for_decisions)
    return open_run, move_watermark


with DAG(
    dag_id="registry_reconciliation",
    description="Compare everybody in the registry and in Cicero, and repair if asked to.",
    schedule="0 9 * * 0",
    start_date=pendulum.datetime(2026, 1, 1, tz=LOCAL_TZ),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    on_failure_callback=dag_failed,
    on_success_callback=dag_succeeded,
    default_args=DEFAULT_ARGS,
    params={
        "libraries": libraries_param(),
        "repair": Param(
            False, type="boolean", title="Repair", description="Carry what differs, within limits."
        ),
    },
    tags=["patrons", "reconciliation"],
    doc_md=__doc__,
):
    with TaskGroup("from_registry"):
        _, pulled = half(
            "pull",
            ("stage_registry_changes", RegistryToStagingOperator),
            ("compare_sides", CompareSidesOperator),
            ("apply_to_cicero", StagingToCiceroOperator),
        )
    with TaskGroup("to_registry"):
        pushing, _ = half(
            "push",
            ("stage_cicero_changes", CiceroToStagingOperator),
            ("look_up_persons", LookUpPersonsOperator),
            ("apply_to_registry", StagingToRegistryOperator),
        )
    # Not after the report: a library that failed there must not keep the others from their push.
    chain(pulled, pushing)
