"""
Let each DAG run once, one after the other, and tell how they ended: `python demo_runs.py DAG...`.

It speaks with Airflow's API server as its user admin does. A DAG that has run already is not run
again, so a second start of the demo only tells.
"""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

API = "http://api-server:8080"
PASSWORDS = Path("/run/secrets/airflow_passwords")
_PAUSE_S = 3
_TIMEOUT_S = 60


def main() -> None:
    """Run the DAGs that are named; end with code 1 if one did not end well."""
    session = _log_in()
    states = {dag: _first_run(session, f"{API}/api/v2/dags/{dag}") for dag in sys.argv[1:]}
    sys.exit(any(state != "success" for state in states.values()))


def _log_in() -> requests.Session:
    account = {"username": "admin", "password": json.loads(PASSWORDS.read_bytes())["admin"]}
    session = requests.Session()
    session.trust_env = False
    reply = session.post(f"{API}/auth/token", json=account, timeout=_TIMEOUT_S)
    reply.raise_for_status()
    session.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"
    return session


def _first_run(session: requests.Session, dag: str) -> str:
    """Unpause a DAG as soon as Airflow has it, see its first run to the end, return its state."""
    while not (known := session.get(dag, timeout=_TIMEOUT_S)).ok:
        time.sleep(_PAUSE_S)
    session.patch(dag, json={"is_paused": False}, timeout=_TIMEOUT_S).raise_for_status()
    due = known.json()["next_dagrun_run_after"]
    # What its schedule has missed the scheduler begins by itself, as soon as the DAG is unpaused.
    if not _runs(session, dag) and not (due and datetime.fromisoformat(due) < datetime.now(UTC)):
        run = {"logical_date": None}
        session.post(f"{dag}/dagRuns", json=run, timeout=_TIMEOUT_S).raise_for_status()
    while not (runs := _runs(session, dag)) or runs[0]["state"] in {"queued", "running"}:
        time.sleep(_PAUSE_S)
    sys.stdout.write(f"{runs[0]['dag_id']}: {runs[0]['state']}\n")
    sys.stdout.flush()
    return str(runs[0]["state"])


def _runs(session: requests.Session, dag: str) -> list[dict[str, Any]]:
    """Return the first of the DAG's runs, or none."""
    first = {"order_by": "id", "limit": "1"}
    reply = session.get(f"{dag}/dagRuns", params=first, timeout=_TIMEOUT_S)
    reply.raise_for_status()
    found: list[dict[str, Any]] = reply.json()["dag_runs"]
    return found


if __name__ == "__main__":
    main()
