"""Airflow with its own database, the DAGs, and what they connect to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests import airflow_home  # noqa: F401  before anything of Airflow

from airflow.dag_processing.dagbag import BundleDagBag  # isort: skip
from airflow.utils.db import initdb  # isort: skip

from stand_ins.cicero import seed_cicero
from stand_ins.people import (
    DEMO_LIBRARIES,
    DEMO_VENDOR,
    DEMO_VENDOR_SECRET,
    authorisation_code,
)
from stand_ins.registry.process import RegistryProcess, running_registry
from tests.factories import KEYS

PATRONS = 400
WRONG_PASSWORD = "2070000"


@pytest.fixture(scope="session")
def dag_bag() -> BundleDagBag:
    """Every DAG of the project, loaded as the scheduler loads it."""
    initdb()
    folder = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
    return BundleDagBag(dag_folder=folder, bundle_path=Path(folder), bundle_name="dags-folder")


@pytest.fixture
def registry() -> Iterator[RegistryProcess]:
    with running_registry(patrons=PATRONS, seed=1) as process:
        yield process


@pytest.fixture
def world(db, database_url, registry: RegistryProcess, monkeypatch) -> RegistryProcess:
    """Cicero with every case, the registry, and connections to both; one password is wrong."""
    seed_cicero(db, KEYS, patrons=PATRONS, known_to_registry=PATRONS)
    place = conninfo_to_dict(database_url)
    patron_db = {
        "conn_type": "postgres",
        "host": place["host"],
        "login": place["user"],
        "schema": place["dbname"],
    }
    monkeypatch.setenv("AIRFLOW_CONN_PATRON_DB", json.dumps(patron_db))
    for library in DEMO_LIBRARIES:
        connection = {
            "conn_type": "http",
            "login": f"{DEMO_VENDOR}-{library}",
            "password": "wrong" if library == WRONG_PASSWORD else authorisation_code(library),
            "extra": {"vendor_secret": DEMO_VENDOR_SECRET, "endpoint": registry.endpoint},
        }
        monkeypatch.setenv(f"AIRFLOW_CONN_REGISTRY_{library}", json.dumps(connection))
    return registry
