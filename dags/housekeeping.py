"""
# Housekeeping of the ledger

Every night at 03:30 local time, between the push and the pull: remove what the ledger has kept long
enough, sign the audit trail, and raise an alarm about patrons who have waited too long.

| Task                | Reads                | Writes                                             |
| ------------------- | -------------------- | -------------------------------------------------- |
| `sign_audit`        | audit trail          | a line of `heads.jsonl`, outside the database      |
| `expire_held_syncs` | held changes         | drops those of data syncs that waited too long     |
| `apply_retention`   | `libraries.yaml`     | removes old rows and values of the ledger          |
| `check_outbox`      | pending and removals | nothing; red when somebody waits too long          |

How long is in `retention` and `guards.approval` of `libraries.yaml`. What is still needed stays
however old it is: base, watermarks, pending patrons, held changes, open removals. The tasks do not
wait for each other.

**If `check_outbox` fails,** its log counts who waits by library and reason: `patron-sync outbox
list` shows them. **If `sign_audit` fails,** run `patron-sync audit verify`. Every task may be
repeated. Runbook: `docs/runbooks.md`.
"""

from datetime import timedelta

import pendulum
from airflow.sdk import DAG

from registry_operators.dag_defaults import DEFAULT_ARGS, LOCAL_TZ
from registry_operators.operators.apply_retention_operator import ApplyRetentionOperator
from registry_operators.operators.check_outbox_operator import CheckOutboxOperator
from registry_operators.operators.expire_held_syncs_operator import ExpireHeldSyncsOperator
from registry_operators.operators.look_around import dag_failed, dag_succeeded
from registry_operators.operators.sign_audit_operator import SignAuditOperator

with DAG(
    dag_id="housekeeping",
    description="Remove what is old enough, sign the audit trail, name who waits too long.",
    schedule="30 3 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz=LOCAL_TZ),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    on_failure_callback=dag_failed,
    on_success_callback=dag_succeeded,
    default_args=DEFAULT_ARGS,
    tags=["patrons", "housekeeping"],
    doc_md=__doc__,
):
    SignAuditOperator(task_id="sign_audit")

    ExpireHeldSyncsOperator(task_id="expire_held_syncs")

    ApplyRetentionOperator(task_id="apply_retention")

    CheckOutboxOperator(task_id="check_outbox")
