"""The environment in which the demo's commands and Airflow run: connections, keys, folders."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from registry_operators.paths import LOCAL_DIR, PROJECT_DIR
from registry_operators.settings.connections import DATABASE_CONNECTION, KEYS_CONNECTION

DEMO_DIR = LOCAL_DIR / "demo"
AIRFLOW_HOME = LOCAL_DIR / "airflow"
USERS = {"admin": "admin", "operator": "user", "librarian": "viewer", "viewer": "viewer"}
"""Users of the demo, named after what they do on the pages, with their roles in Airflow."""
WRONG_PASSWORD_LIBRARY = "2070000"  # noqa: S105  an agency code
DAG_BUNDLES = json.dumps(
    [
        {
            "name": "dags-folder",
            "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
            "kwargs": {},
        },
        {
            "name": "data-syncs",
            "classpath": "registry_operators.bundles.data_sync_bundle.DataSyncBundle",
            "kwargs": {"refresh_interval": 30},
        },
    ]
)
"""Where Airflow finds DAGs: the files of the project, and the published data syncs."""


def demo_environment(
    *, conninfo: dict[str, str], endpoint: str, home: Path = AIRFLOW_HOME
) -> dict[str, str]:
    """
    Return the environment of this process with all that the demo needs.

    One library gets a wrong password on purpose.

    :param conninfo: libpq parameters of the patron database: host, user, dbname.
    :param endpoint: URL of the registry stand-in's SOAP service.
    :param home: Folder of Airflow, with its own database.
    """
    from stand_ins.people import DEMO_LIBRARIES, DEMO_PIN_KEY

    connections = {
        DATABASE_CONNECTION: {
            "conn_type": "postgres",
            "host": conninfo["host"],
            "login": conninfo["user"],
            "schema": conninfo["dbname"],
        },
        KEYS_CONNECTION: {
            "conn_type": "generic",
            "password": _local_secret("master-key"),
            "extra": {"registry_pin_secret": DEMO_PIN_KEY.hex()},
        },
        **{f"registry_{library}": _registry(library, endpoint) for library in DEMO_LIBRARIES},
    }
    return {
        **{name: value for name, value in os.environ.items() if name != "PATRON_DB_URL"},
        **{f"AIRFLOW_CONN_{conn_id.upper()}": json.dumps(fields)
           for conn_id, fields in connections.items()},
        **_airflow_settings(home),
    }  # fmt: skip


def _registry(library: str, endpoint: str) -> dict[str, object]:
    from stand_ins.people import DEMO_VENDOR, DEMO_VENDOR_SECRET, authorisation_code

    is_wrong = library == WRONG_PASSWORD_LIBRARY
    return {
        "conn_type": "http",
        "login": f"{DEMO_VENDOR}-{library}",
        "password": "not-the-code" if is_wrong else authorisation_code(library),
        "extra": {"vendor_secret": DEMO_VENDOR_SECRET, "endpoint": endpoint},
    }


def _airflow_settings(home: Path) -> dict[str, str]:
    database = home / "airflow.db"
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_DIR / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT_DIR / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__XCOM_BACKEND": "registry_operators.operators.xcom_backend.HarmlessXCom",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(
            f"{user}:{role}" for user, role in USERS.items()
        ),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__FERNET_KEY": "",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": DAG_BUNDLES,
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(home / "bundles"),
        "AIRFLOW__API_AUTH__JWT_SECRET": _local_secret("jwt-secret"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "PYTHONPATH": os.pathsep.join([str(PROJECT_DIR), str(PROJECT_DIR / "plugins")]),
    }


def _local_secret(name: str) -> str:
    """Return 64 hex digits that this checkout made for itself the first time."""
    path: Path = LOCAL_DIR / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="ascii")
    return path.read_text(encoding="ascii")
