"""
# Watch over the nights

Every ten minutes: look at what the jobs have left, and tell whoever does not know yet what is wrong
now, and what is right again.

| Task    | Reads                       | Writes                                        |
| ------- | --------------------------- | --------------------------------------------- |
| `watch` | ledger, `libraries.yaml`    | `alert`, `alert_told`; mail and webhook       |

A job that is not done in time, a library or a data sync that failed, held changes, patrons who wait
too long, runs that read nothing, card sequences near their end, numbers that the registry has not
reserved, a configuration with which no run can begin: each is told once when it begins, once when
it becomes another, and once when it is over. Who is told, and from when on, stands in block
`alerts` of `libraries.yaml`; without it nobody is. The jobs themselves look as soon as they end or
are late, so nobody waits ten minutes for a red night.

**If it fails,** its log says which channel could not be told; the next run tells it. Every run may
be repeated. `patron-sync status --check` looks at the same without Airflow. Runbook:
`docs/runbooks.md`.
"""

from datetime import timedelta

import pendulum
from airflow.sdk import DAG

from registry_operators.dag_defaults import DEFAULT_ARGS, LOCAL_TZ
from registry_operators.operators.watch_operator import WatchOperator

with DAG(
    dag_id="watch",
    description="Tell what is wrong with the synchronisation, and when it is right again.",
    schedule="*/10 * * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz=LOCAL_TZ),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    default_args=DEFAULT_ARGS,
    tags=["patrons", "alerts"],
    doc_md=__doc__,
):
    WatchOperator(task_id="watch")
