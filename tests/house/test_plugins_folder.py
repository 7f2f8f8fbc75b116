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


AS_A_TASK = """
import json, sys
from airflow.sdk import plugins_manager
from airflow.sdk.listener import get_listener_manager
plugins, errors = plugins_manager._get_plugins()
plugins_manager.integrate_macros_plugins()
plugins_manager.integrate_listener_plugins(get_listener_manager())
plugins_manager.get_hook_lineage_readers_plugins()
print(json.dumps([[p.name for p in plugins if p.name == "patron_sync"], errors, [
    name for name in ("fastapi", "starlette", "jinja2.ext", "babel", "registry_operators.web")
    if name in sys.modules
]]))
"""


def test_a_task_does_not_import_the_pages():
    import json
    import os

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AS_A_TASK],
        env={**os.environ, "AIRFLOW_HOME": str(airflow_home.HOME)},
        capture_output=True, text=True, check=True, cwd=PROJECT_DIR,
    )  # fmt: skip

    assert json.loads(done.stdout.splitlines()[-1]) == [["patron_sync"], {}, []]


def test_the_pages_are_mounted_and_linked_from_the_navigation():
    from registry_operators.registry_plugin import PatronSyncPlugin

    plugin = PatronSyncPlugin()
    (app,) = plugin.fastapi_apps
    nav = [view for view in plugin.external_views if view["destination"] == "nav"]

    assert app["url_prefix"] == "/patron-sync"
    assert [view["href"] for view in nav] == ["patron-sync/"]
    assert plugin.fastapi_apps[0] is PatronSyncPlugin().fastapi_apps[0]
