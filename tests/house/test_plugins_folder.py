"""Airflow runs every Python file of the plugins folder that it is not told to leave alone."""

from __future__ import annotations

import subprocess
import sys

from registry_operators.paths import PROJECT_DIR
from tests import airflow_home

LOAD = """
import http, types, email, json, sys
before = {name: sys.modules[name].__file__ for name in ("http", "types", "email", "json")}
from airflow import plugins_manager
plugins, errors = plugins_manager._get_plugins()
ours = [p.name for p in plugins if "registry_operators" in str(p.source)]
after = {name: sys.modules[name].__file__ for name in before}
heavy = sorted(m for m in ("fastapi", "pandas", "lxml", "psycopg", "requests")
               if m in sys.modules and "--heavy" in sys.argv)
print(json.dumps([ours, errors, before == after, [m for m in sys.modules if m in
      ("cli", "paths", "errors", "libraries", "registry_client")], heavy]))
"""


def test_airflow_loads_one_plugin_and_touches_nothing_else():
    import json
    import os

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOAD],
        env={**os.environ, "AIRFLOW_HOME": str(airflow_home.HOME)},
        capture_output=True, text=True, check=True, cwd=PROJECT_DIR,
    )  # fmt: skip
    ours, errors, is_untouched, leaked, _ = json.loads(done.stdout.splitlines()[-1])

    assert ours == ["patron_sync"]
    assert errors == {}
    assert is_untouched
    assert leaked == []


def test_the_plugin_file_imports_nothing_heavy():
    code = (
        "import sys, registry_operators.registry_plugin as p;"
        "print([m for m in ('pandas', 'lxml', 'psycopg', 'requests', 'typer') if m in sys.modules])"
    )
    baseline = "import sys, airflow.plugins_manager;" + code.partition(";")[2]
    loaded = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", text],
            capture_output=True, text=True, check=True, cwd=PROJECT_DIR,
        ).stdout
        for text in (code, baseline)
    ]  # fmt: skip

    assert loaded[0] == loaded[1]
