"""``patron-sync`` as a person types it, with a real database and a real registry server."""

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

    def call(*arguments, **changes):
        done = subprocess.run(
            [Path(sys.executable).with_name("patron-sync"), *arguments],
            env={**environment, **changes}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return call


def test_push_then_pull_then_nothing_more_to_do(patron_sync):
    accounts = []
    for flow in ("push", "pull", "push", "pull"):
        code, out, err = patron_sync("run", flow, "--json")
        assert code == 0, err
        accounts.append(json.loads(out)["flows"])

    assert all(row["adds_up"] for rows in accounts for row in rows)
    assert sum(row["writes"] for row in accounts[0]) > 0
    assert sum(row["writes"] for rows in accounts[2:] for row in rows) == 0


def test_tells_each_step_in_audit_lines_without_a_person(patron_sync):
    _, _, err = patron_sync("run", "pull", "--library", "2030000")

    lines = [line for line in err.splitlines() if line.startswith("AUDIT ")]
    assert lines
    assert all("flow=pull" in line and "library=2030000" in line for line in lines)
    assert "step=consent_filter library=2030000" in err
    assert "N10" not in err


def test_status_says_what_was_completed(patron_sync):
    patron_sync("run", "pull", "--library", "2030000")

    code, out, _ = patron_sync("status", "--json")

    rows = {(row["library"], row["flow"]): row for row in json.loads(out)}
    assert code == 0
    assert rows["2030000", "pull"]["last_state"] == "done"
    assert rows["2040000", "pull"]["completed_at"] is None
    assert rows["2060000", "push"]["last_state"] == "disabled"


def test_config_check_logs_in_when_asked(patron_sync):
    code, out, err = patron_sync("config", "check", "--online", "--json")

    assert code == 0, err
    assert set(json.loads(out)["log_ins"].values()) == {"ok"}


def test_config_check_names_what_is_missing(patron_sync):
    code, _, err = patron_sync("config", "check", AIRFLOW_CONN_REGISTRY_2040000="")

    assert code == 1
    assert "registry_2040000" in err.replace("\n", "")
    assert "library 2040000" in err.replace("\n", "")


def test_a_library_without_log_in_makes_the_command_fail_and_the_others_are_done(patron_sync):
    code, out, err = patron_sync(
        "run", "pull", "--json",
        AIRFLOW_CONN_REGISTRY_2030000=json.dumps({"login": "x", "password": "y", "host": "h"}),
    )  # fmt: skip
    rows = {row["library"]: row for row in json.loads(out)["flows"]}

    assert code == 1
    assert rows["2030000"]["failure"] == "UNAVAILABLE"
    assert rows["2040000"]["updated"] > 0
    assert "library 2030000" in err


def test_an_unknown_library_is_an_error_that_lists_the_known(patron_sync):
    code, _, err = patron_sync("run", "pull", "--library", "9999999")

    assert code == 1
    assert "2030000, 2040000" in err.replace("\n", " ")


def commands(group, path=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def test_every_command_answers_in_json_when_asked():
    import typer

    from registry_operators.cli import app

    found = dict(commands(typer.main.get_command(app)))

    assert len(found) >= 9
    assert [name for name, command in found.items()
            if not any("--json" in option.opts for option in command.params)] == []  # fmt: skip
