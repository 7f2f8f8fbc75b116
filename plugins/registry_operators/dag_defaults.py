"""What every DAG of the synchroniser has in common."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum

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
