"""Airflow with its own database, the DAGs, and what they connect to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict

from tests import airflow_home  # noqa: F401  before anything of Airflow

from airflow.dag_processing.dagbag import BundleDagBag  # isort: skip
from airflow.utils.db import initdb  # isort: skip

from registry_operators.demo.airflow_runs import drop_deadlines
from registry_operators.settings.time_zone import libraries_file
from stand_ins.cicero import seed_cicero
from stand_ins.koha.process import RunningKoha, serving_koha
from stand_ins.people import (
    DEMO_LIBRARIES,
    DEMO_VENDOR,
    DEMO_VENDOR_SECRET,
    authorisation_code,
)
from stand_ins.registry.process import RegistryProcess, running_registry
from tests.factories import KEYS

LIBRARY = "2030000"
PATRONS = 400
DEADLINES: dict[str, Any] = {}
"""Of each DAG of ``dag_bag``, because ``dag.test()`` cannot run one that has them."""
WRONG_PASSWORD = "2070000"


@pytest.fixture(scope="session")
def dag_bag() -> BundleDagBag:
    """Every DAG of the project, loaded as the scheduler loads it."""
    initdb()
    folder = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
    bag = BundleDagBag(dag_folder=folder, bundle_path=Path(folder), bundle_name="dags-folder")
    DEADLINES.update({dag_id: dag.deadline for dag_id, dag in bag.dags.items()})
    drop_deadlines(bag)
    return bag


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


@pytest.fixture
def strict(world, monkeypatch, tmp_path):
    """One PIN and one card number a night, and not a single one more."""
    content = yaml.safe_load(libraries_file().read_text(encoding="utf-8"))
    content["guards"] = {
        "limits": {
            kind: {"percent": 0, "at_least": 1} for kind in ("pin_overwrites", "card_overwrites")
        }
    }
    file = tmp_path / "libraries.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setenv("PATRON_SYNC_LIBRARIES", str(file))
    return world


@pytest.fixture
def asked():
    """The DAG runs that ask a person, by the set that they ask about; gone afterwards."""
    from airflow.models import DagRun
    from airflow.utils.session import create_session

    def runs():
        with create_session() as session:
            rows = session.query(DagRun).filter_by(dag_id="apply_held_changes")
            return {row.run_id.removeprefix("held-"): row.conf for row in rows}

    yield runs
    with create_session() as session:
        for row in session.query(DagRun).filter_by(dag_id="apply_held_changes"):
            session.delete(row)


@pytest.fixture
def patron_db(database_url: str, monkeypatch, tmp_path) -> str:
    """The patron database as a Connection, and a folder for the DAG bundle of this test alone."""
    place = conninfo_to_dict(database_url)
    fields = {
        "conn_type": "postgres",
        "host": place["host"],
        "login": place["user"],
        "schema": place["dbname"],
    }
    monkeypatch.delenv("PATRON_DB_URL", raising=False)
    monkeypatch.setenv("AIRFLOW_CONN_PATRON_DB", json.dumps(fields))
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH", str(tmp_path))
    return database_url


@pytest.fixture
def koha(patron_db, monkeypatch) -> Iterator[RunningKoha]:
    """A Koha with a few invented patrons, and the Connection to it."""
    with serving_koha(60) as koha:
        place = urlsplit(koha.url)
        connection = {
            "conn_type": "http",
            "host": place.hostname,
            "port": place.port,
            "login": "demo-client",
            "password": "demo-secret",
            "extra": {"zone": "Europe/Oslo"},
        }
        monkeypatch.setenv("AIRFLOW_CONN_KOHA_MAIN", json.dumps(connection))
        yield koha
