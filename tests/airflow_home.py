"""
An Airflow of the tests' own. Import this before anything of Airflow: it reads its environment once.

The metadata database is a SQLite file in a temporary folder; connections come from the
environment, so that no test needs Airflow's own tables to hold a secret.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from registry_operators.demo.environment import DAG_BUNDLES
from registry_operators.paths import PROJECT_DIR
from tests.factories import DEMO_KEYS_CONNECTION

HOME = Path(tempfile.mkdtemp(prefix="patron-sync-airflow-"))

os.environ |= {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_DIR / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT_DIR / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
    "AIRFLOW__CORE__XCOM_BACKEND": "registry_operators.operators.xcom_backend.HarmlessXCom",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME / 'airflow.db'}",
    "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": DAG_BUNDLES,
    "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(HOME / "bundles"),
    "AIRFLOW__API_AUTH__JWT_SECRET": "0" * 64,
    "AIRFLOW_CONN_PATRON_SYNC_KEYS": json.dumps(DEMO_KEYS_CONNECTION),
}
