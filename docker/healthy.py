"""
Say by the exit code whether a part of the stack is healthy: `python healthy.py worker`.

Airflow's own command for this loads all of Airflow each time; this asks over HTTP or the broker.
"""

import json
import os
import socket
import sys
from collections.abc import Callable
from urllib.request import ProxyHandler, build_opener

from with_secrets import with_secrets

_TIMEOUT_S = 15
_AIRFLOW = "/api/v2/monitor/health"


def main() -> None:
    """Ask about the part that is named; an error is an answer, too."""
    sys.exit(not CHECKS[sys.argv[1]]())


def _answers(url: str) -> bool:
    with build_opener(ProxyHandler({})).open(url, timeout=_TIMEOUT_S) as reply:
        return bool(reply.status == 200)


def _beats(part: str) -> bool:
    """Return whether Airflow has had a sign of life of the part lately."""
    with build_opener(ProxyHandler({})).open(
        f"http://api-server:8080{_AIRFLOW}", timeout=_TIMEOUT_S
    ) as reply:
        return bool(json.load(reply)[part]["status"] == "healthy")


def _worker_answers() -> bool:
    """Return whether this container's worker takes messages of the broker."""
    from celery import Celery

    broker = with_secrets(os.environ)["AIRFLOW__CELERY__BROKER_URL"]
    here = f"celery@{socket.gethostname()}"
    with Celery(broker=broker) as app:
        return bool(app.control.ping(destination=[here], timeout=_TIMEOUT_S, limit=1))


CHECKS: dict[str, Callable[[], bool]] = {
    "api-server": lambda: _answers(f"http://localhost:8080{_AIRFLOW}"),
    "scheduler": lambda: _answers("http://localhost:8974/health"),
    "dag-processor": lambda: _beats("dag_processor"),
    "triggerer": lambda: _beats("triggerer"),
    "worker": _worker_answers,
    "cms-api": lambda: _answers("http://localhost:8090/health"),
}


if __name__ == "__main__":
    main()
