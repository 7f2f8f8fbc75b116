"""
# Decide on changes that exceeded a limit

A nightly run that would change more than the limits of `libraries.yaml` allow holds those changes
and starts this DAG once for each held set; it does not wait. Somebody answers in **Required
actions**, and an approved set is carried out after a check against that moment's data.

| Task     | Reads                        | Writes                                        |
| -------- | ---------------------------- | --------------------------------------------- |
| `ask`    | the held set's id and digest | the answer                                    |
| `decide` | answer, plan, both sides     | `held_set`; **Cicero** or **registry**, base  |

The form shows what cannot change: the set's id and digest, library, kind and number of changes.
`patron-sync held list --show 20` shows the changes themselves, masked; `held approve` and
`held reject` decide without this DAG. Whoever started a run may not approve what it holds. An
unanswered set expires after seven days, and its patrons are compared again.

**It must not be paused:** Airflow would queue the questions and ask nobody. It is unpaused from the
start, whatever `dags_are_paused_at_creation` says; a DAG that was here before this release, or that
somebody paused, has to be unpaused by hand.

**If `decide` fails,** its log says why; nothing was written. When the set has changed since, it
waits anew in `patron-sync held list`.
"""

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import DAG, chain

from registry_operators.dag_defaults import DEFAULT_ARGS, LOCAL_TZ
from registry_operators.operators.decide_held_changes_operator import DecideHeldChangesOperator
from registry_operators.operators.look_around import dag_failed, dag_succeeded

with DAG(
    dag_id="apply_held_changes",
    description="Let a person decide on changes that exceeded a limit.",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz=LOCAL_TZ),
    catchup=False,
    max_active_runs=50,
    is_paused_upon_creation=False,  # nobody would be asked; it starts nothing by itself
    on_failure_callback=dag_failed,
    on_success_callback=dag_succeeded,
    default_args=DEFAULT_ARGS,
    tags=["patrons", "decision"],
    doc_md=__doc__,
):
    # A second try asks again. The form may show only what never changes, because Airflow 3.3 keeps
    # the form of the first try.
    ask = HITLOperator(
        task_id="ask",
        subject="{{ dag_run.conf['changes'] }} {{ dag_run.conf['kind'] }} of library "
        "{{ dag_run.conf['library'] }}",
        body="Held set `{{ dag_run.conf['held_set_id'] }}`, digest `{{ dag_run.conf['digest'] }}`. "
        "{{ dag_run.conf['allowed'] }} would have gone through.",
        options=["Approve", "Reject"],
        response_timeout=timedelta(days=7),
        execution_timeout=None,
        retries=1,
    )

    decide = DecideHeldChangesOperator(task_id="decide", ask_task_id="ask")

    chain(ask, decide)
