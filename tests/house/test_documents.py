"""The documents name what the code has, and what is generated of them is current."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys

import pytest

import registry_operators
from registry_operators.desk.refusals import Refusal
from registry_operators.domain.reasons import Reason
from registry_operators.errors import SyncError
from registry_operators.paths import PROJECT_DIR, SQL_DIR

DOCS = PROJECT_DIR / "docs"
NOT_AT_A_TERMINAL = {"GUARDIAN_IS_CHILD", "REGISTRY_UNREACHABLE", "FORETOLD_OTHERWISE"}
"""Refusals that only the CMS API or the pages give."""

WITHOUT_ERRORS = (".migrations", ".web", ".registry_plugin", ".operators", ".hooks", ".bundles")
"""Parts that need Airflow or Alembic around them when they are imported."""


def text_of(name):
    return (DOCS / name).read_text(encoding="utf-8")


def codes_of_errors():
    """The code of every error of ours, wherever it is defined."""
    for module in pkgutil.walk_packages(registry_operators.__path__, "registry_operators."):
        if not any(part in module.name for part in WITHOUT_ERRORS):
            importlib.import_module(module.name)
    found, waiting = set(), [SyncError]
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        found.add(error.code)
    return sorted(found)


def test_generated_pages_and_pictures_are_current():
    done = subprocess.run(
        [sys.executable, "-m", "docs.generate_pages", "--check"],
        cwd=PROJECT_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.stderr == ""
    assert done.returncode == 0


def test_the_runbooks_have_every_error_code():
    page = text_of("runbooks.md")

    missing = [code for code in codes_of_errors() if not re.search(rf"\b{code}\b", page)]

    assert missing == []


def test_the_runbooks_have_every_failure_of_a_data_sync():
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in (PROJECT_DIR / "plugins/registry_operators/steps/data_sync").glob("*.py")
    )
    stops = re.findall(r"_note_stop\(\s*ledger,\s*run,\s*\"([A-Z_]+)\"", source)
    ends = re.findall(r"\bcode=\"([A-Z_]+)\"", source)
    page = text_of("runbooks.md")

    assert len(stops) > 2
    assert [code for code in {*stops, *ends} if code not in page] == []


@pytest.mark.parametrize("reason", list(Reason))
def test_the_glossary_has_the_reason(reason):
    assert f"**{reason}**" in text_of("glossary.md")


@pytest.mark.parametrize("refusal", [one for one in Refusal if one not in NOT_AT_A_TERMINAL])
def test_the_page_of_the_desk_has_the_refusal(refusal):
    assert f"`{refusal}`" in text_of("desk.md")


def test_the_page_on_privacy_has_every_table():
    statements = "".join(path.read_text() for path in (SQL_DIR / "schema").glob("*.sql"))
    tables = re.findall(r"^create table (\w+)\.(\w+)", statements, flags=re.MULTILINE)
    page = text_of("security.md")

    assert len(tables) > 30
    assert [name for name in tables if not re.search(rf"[`.]{name[1]}`", page)] == []


def test_sizing_tells_measured_numbers_only():
    rows = [line.split("|") for line in text_of("sizing.md").splitlines() if line.startswith("| ")]
    measured = [cells[3] for cells in rows if not cells[1].strip().startswith(("What", "-"))]
    numbers = {number for cell in measured for number in re.findall(r"\d[\d,.]*\d|\d", cell)}
    benchmarks = (PROJECT_DIR / "benchmarks" / "README.md").read_text(encoding="utf-8")

    assert len(measured) > 5
    assert [number for number in sorted(numbers) if number not in benchmarks] == []


def test_every_link_of_the_readme_leads_to_a_file():
    text = (PROJECT_DIR / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", text)

    assert [target for target in targets if not (PROJECT_DIR / target).exists()] == []
