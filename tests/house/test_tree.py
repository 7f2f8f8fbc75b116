"""What the user fixed stays where it is."""

from __future__ import annotations

import pytest

from registry_operators.paths import PROJECT_DIR

FIXED = (
    "dags",
    "plugins/registry_operators",
    "include/sql",
    "tests",
    "docker-compose.yaml",
    "requirements.txt",
    "README.md",
)


@pytest.mark.parametrize("name", FIXED)
def test_what_the_user_fixed_is_there(name):
    assert (PROJECT_DIR / name).exists()


@pytest.mark.parametrize(
    "package",
    [
        "apache-airflow==3.3.2",
        "apache-airflow-providers-postgres",
        "requests",
        "pandas",
    ],
)
def test_the_fixed_packages_are_asked_for(package):
    assert package in (PROJECT_DIR / "requirements.in").read_text().splitlines()


def test_the_readme_is_short_and_begins_with_the_two_commands():
    lines = (PROJECT_DIR / "README.md").read_text(encoding="utf-8").splitlines()
    commands = [number for number, line in enumerate(lines) if line.startswith("make ")]

    assert len(lines) < 150
    assert lines[commands[0]].startswith("make demo")
    assert lines[commands[1]].startswith("make test")
    assert commands[1] < 25
