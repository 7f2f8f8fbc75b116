"""What every DAG of the synchroniser has in common."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Param

from registry_operators.settings.time_zone import local_zone_name

LOCAL_TZ = pendulum.timezone(local_zone_name())
DEFAULT_ARGS: dict[str, Any] = {
    "owner": "patron-sync",
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "execution_timeout": timedelta(hours=2),
}


def libraries_param() -> Param:
    """Return the field of a form by hand that names libraries."""
    return Param(
        [],
        type="array",
        items={"type": "string", "pattern": r"^\d{7}$"},
        title="Libraries",
        description="Agency codes, one a line; empty for all.",
    )


def run_params(*, full: str, dry_run: str) -> dict[str, Param]:
    """
    Return the form of a run by hand: which libraries, everything or changes, really or not.

    :param full: What ``full`` means for this DAG, as the form shows it.
    :param dry_run: What ``dry_run`` means for this DAG, as the form shows it.
    """
    return {
        "libraries": libraries_param(),
        "full": Param(False, type="boolean", title="Everything", description=full),
        "dry_run": Param(False, type="boolean", title="Dry run", description=dry_run),
    }
