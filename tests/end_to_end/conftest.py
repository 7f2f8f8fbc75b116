"""What a person has at a terminal: an installation, and the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stand_ins.cicero import seed_cicero
from stand_ins.people import DEMO_LIBRARIES, DEMO_VENDOR, DEMO_VENDOR_SECRET, authorisation_code
from stand_ins.registry.process import running_registry
from tests.factories import DEMO_KEYS_CONNECTION, KEYS

PATRONS = 400


@pytest.fixture
def registry():
    with running_registry(patrons=PATRONS, seed=1) as process:
        yield process


@pytest.fixture
def environment(db, database_url, registry):
    seed_cicero(db, KEYS, patrons=PATRONS, known_to_registry=PATRONS)
    return {
        **os.environ,
        "PATRON_DB_URL": database_url,
        "AIRFLOW_CONN_PATRON_SYNC_KEYS": json.dumps(DEMO_KEYS_CONNECTION),
        "COLUMNS": "100",
        **{
            f"AIRFLOW_CONN_REGISTRY_{library}": json.dumps(
                {
                    "conn_type": "http",
                    "login": f"{DEMO_VENDOR}-{library}",
                    "password": authorisation_code(library),
                    "extra": {"vendor_secret": DEMO_VENDOR_SECRET, "endpoint": registry.endpoint},
                }
            )
            for library in DEMO_LIBRARIES
        },
    }


@pytest.fixture
def patron_sync(environment):
    """Run the installed command; return exit code, standard output and standard error."""

    def call(*arguments, typed=None, **changes):
        done = subprocess.run(
            [Path(sys.executable).with_name("patron-sync"), *arguments], input=typed,
            env={**environment, **changes}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return call
