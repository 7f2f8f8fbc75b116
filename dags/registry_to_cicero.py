"""
# Pull: from the national patron registry to Cicero

Every morning at 06:00 local time, bring what changed in the registry since the last completed
run into Cicero: card numbers and PINs of patrons who consent. Its mirror is
`cicero_to_registry` (01:00).

| Task                     | Reads                 | Writes                                    |
| ------------------------ | --------------------- | ----------------------------------------- |
| `open_run`               | configuration         | `patron_sync.run`, `run_library`          |
| `stage_registry_changes` | registry              | `patron_sync.staged_patron`               |
| `filter_consent`         | consents              | `patron_sync.verdict`, erases values      |
| `filter_local_cards`     | staging               | staging                                   |
| `assign_cards_and_pins`  | sequence, default PIN | staging, `patron_sync.taken_card_number`  |
| `plan_changes`           | staging, base, Cicero | `patron_sync.plan`                        |
| `guard_changes`          | plan, limits          | plan: held; `patron_sync.held_set`        |
| `apply_to_cicero`        | plan                  | **Cicero**, `patron_sync.base`            |
| `move_watermark`         | plan                  | `patron_sync.watermark`, `pending`        |
| `report_run`             | ledger                | the log; red when a library failed        |
| `close_run`              | ledger                | `patron_sync.run`, also after a failure   |
| `list_held_changes`      | `held_set`            | the log                                   |
| `ask_for_decisions`      |                       | runs of `apply_held_changes`, no waiting  |

**If it fails,** the log of `report_run` names the library and the cause. The other libraries are
done. Correct the cause and clear the failed run, or wait: the next run covers everything since
the library's last completed one. Every task may be repeated. Runbook: `docs/runbooks.md`.

`close_run` renews the asset `cicero_patrons`, unless no library came to its end. Data syncs from
Cicero with `after: pull` follow it, and so can a DAG of yours.
"""

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, chain

from registry_operators.dag_defaults import DEFAULT_ARGS, LOCAL_TZ, run_params
from registry_operators.operators.assets import PULL_ENDED
from registry_operators.operators.assign_cards_and_pins_operator import AssignCardsAndPinsOperator
from registry_operators.operators.close_sync_run_operator import CloseSyncRunOperator
from registry_operators.operators.filter_consent_operator import FilterConsentOperator
from registry_operators.operators.filter_local_cards_operator import FilterLocalCardsOperator
from registry_operators.operators.guard_changes_operator import GuardChangesOperator
from registry_operators.operators.list_held_changes_operator import ListHeldChangesOperator
from registry_operators.operators.look_around import dag_failed, dag_succeeded, look_after
from registry_operators.operators.move_watermark_operator import MoveWatermarkOperator
from registry_operators.operators.open_sync_run_operator import OpenSyncRunOperator
from registry_operators.operators.plan_changes_operator import PlanChangesOperator
from registry_operators.operators.registry_to_staging_operator import RegistryToStagingOperator
from registry_operators.operators.report_run_operator import ReportRunOperator
from registry_operators.operators.staging_to_cicero_operator import StagingToCiceroOperator

with DAG(
    dag_id="registry_to_cicero",
    description="Bring what changed in the national patron registry into Cicero.",
    schedule="0 6 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz=LOCAL_TZ),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    deadline=look_after(timedelta(hours=1)),
    on_failure_callback=dag_failed,
    on_success_callback=dag_succeeded,
    default_args=DEFAULT_ARGS,
    params=run_params(
        full="Read the whole registry instead of what changed.",
        dry_run="Plan and report; leave Cicero as it is.",
    ),
    tags=["patrons", "pull"],
    doc_md=__doc__,
):
    open_run = OpenSyncRunOperator(task_id="open_run", flow="pull")
    run_id = open_run.output["sync_run_id"]
    groups = open_run.output

    stage_registry_changes = RegistryToStagingOperator.partial(
        task_id="stage_registry_changes", sync_run_id=run_id
    ).expand(libraries=groups)

    filter_consent = FilterConsentOperator(task_id="filter_consent", sync_run_id=run_id)

    filter_local_cards = FilterLocalCardsOperator(task_id="filter_local_cards", sync_run_id=run_id)

    assign_cards_and_pins = AssignCardsAndPinsOperator(
        task_id="assign_cards_and_pins", sync_run_id=run_id
    )

    plan_changes = PlanChangesOperator(task_id="plan_changes", sync_run_id=run_id)

    guard_changes = GuardChangesOperator(task_id="guard_changes", sync_run_id=run_id)

    list_held_changes = ListHeldChangesOperator(task_id="list_held_changes", sync_run_id=run_id)

    ask_for_decisions = TriggerDagRunOperator.partial(
        task_id="ask_for_decisions",
        trigger_dag_id="apply_held_changes",
        skip_when_already_exists=True,
    ).expand_kwargs(list_held_changes.output)

    apply_to_cicero = StagingToCiceroOperator.partial(
        task_id="apply_to_cicero", sync_run_id=run_id
    ).expand(libraries=groups)

    move_watermark = MoveWatermarkOperator(task_id="move_watermark", sync_run_id=run_id)

    report_run = ReportRunOperator(task_id="report_run", sync_run_id=run_id)

    close_run = CloseSyncRunOperator(task_id="close_run", sync_run_id=run_id, outlets=[PULL_ENDED])

    chain(
        open_run,
        stage_registry_changes,
        filter_consent,
        filter_local_cards,
        assign_cards_and_pins,
        plan_changes,
        guard_changes,
        apply_to_cicero,
        move_watermark,
        report_run,
        close_run.as_teardown(setups=open_run),
    )
    chain(guard_changes, list_held_changes, ask_for_decisions)
