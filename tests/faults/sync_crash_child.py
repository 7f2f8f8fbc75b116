"""A program that runs data syncs and dies where it is told to, as `crash_child` does with flows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from registry_operators.ledger.database import Ledger
from registry_operators.settings.guards import Guards
from registry_operators.steps.data_sync import load_profiles
from registry_operators.steps.data_sync.definitions import pinned
from registry_operators.steps.data_sync.open_sync import SyncRequest
from registry_operators.steps.data_sync.run_sync import run_sync
from tests.db.sync_bench import FIELDS, a_sync_run_id
from tests.faults.crash_child import Points, serve_jobs, watch_commits
from tests.library_life import TODAY
from tests.library_systems import SYSTEMS

BATCH_SIZE = 12
"""So that the load of a few profiles has several batches to die between."""


def run_job(job: dict[str, Any]) -> None:
    """Run the published definition of a job, up to the point where it is to die."""
    points = Points(tuple(job["die_at"]) if job["die_at"] else None)
    watch_commits(points)
    load_profiles._BATCH_SIZE = BATCH_SIZE
    system = SYSTEMS[job["system"]]
    with Ledger.connect(job["database"]) as ledger:
        sync = pinned(ledger, "readers", FIELDS)
        run_sync(ledger, system.client(job["api"], **system.small), sync, Guards(), SyncRequest(),
                 a_sync_run_id(job["run"]), today=TODAY)  # fmt: skip
    points.write(Path(job["points"]))


if __name__ == "__main__":
    serve_jobs(run_job)
