"""``patron-sync audit`` as an auditor types it, and the recipe of docs/audit.md."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.paths import PROJECT_DIR, SQL_DIR
from tests.factories import DEMO_KEYS_CONNECTION, LIBRARY, a_run_id


@pytest.fixture
def patron_sync(database_url: str, tmp_path: Path):
    """Run the installed command; return exit code, standard output and standard error."""
    environment = {
        **os.environ,
        "PATRON_DB_URL": database_url,
        "AIRFLOW_CONN_PATRON_SYNC_KEYS": json.dumps(DEMO_KEYS_CONNECTION),
        "PATRON_SYNC_AUDIT_DIR": str(tmp_path),
        "COLUMNS": "100",
    }

    def call(*arguments: str, **changes: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [Path(sys.executable).with_name("patron-sync"), "audit", *arguments],
            env={**environment, **changes}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return call


@pytest.fixture
def trail(ledger) -> AuditTrail:
    trail = AuditTrail(ledger)
    for number in range(3):
        trail.append("approve", actor="kari", library=LIBRARY, subject=f"set {number}")
    return trail


def change_the_second(db) -> None:
    db.execute("alter table patron_sync.audit_event disable trigger all")
    db.execute("update patron_sync.audit_event set actor = 'ola' where event_no = 2")
    db.execute("alter table patron_sync.audit_event enable trigger all")


def test_sign_once_then_verify_without_any_secret(patron_sync, trail, tmp_path: Path) -> None:
    assert patron_sync("sign")[:2] == (0, f"Event 3 signed in {tmp_path}.\n")
    assert patron_sync("sign")[1] == "Nothing new to sign.\n"
    _, key, _ = patron_sync("public-key")

    code, out, err = patron_sync(
        "verify", "--public-key", key.strip(), AIRFLOW_CONN_PATRON_SYNC_KEYS=""
    )

    assert (code, err) == (0, "")
    assert out == "Whole: 3 events up to 3; 1 signed heads up to event 3.\n"


def test_verify_names_the_first_broken_link_and_ends_with_1(patron_sync, trail, db) -> None:
    patron_sync("sign")
    change_the_second(db)

    code, _, err = patron_sync("verify")
    json_code, out, _ = patron_sync("verify", "--json")

    assert (code, json_code) == (1, 1)
    assert err.startswith("BROKEN event 2: changed event; ")
    assert json.loads(out)["broken"]["event_no"] == 2
    assert json.loads(out)["is_whole"] is False


def test_verify_warns_where_nothing_is_signed(patron_sync, trail) -> None:
    code, _, err = patron_sync("verify")

    assert code == 0
    assert "no head is signed" in err


def test_list_shows_the_newest_last_and_filters(patron_sync, trail) -> None:
    _, out, _ = patron_sync("list", "--limit", "2")
    _, as_json, _ = patron_sync("list", "--library", LIBRARY, "--json")
    _, none, _ = patron_sync("list", "--run", str(a_run_id(1)))
    code, _, err = patron_sync("list", "--run", "the last")

    lines = out.splitlines()
    assert [line.split()[0] for line in lines] == ["event_no=2", "event_no=3"]
    assert lines[1].endswith("action=approve actor=kari subject=set 2")
    assert [row["detail"]["subject"] for row in json.loads(as_json)] == ["set 0", "set 1", "set 2"]
    assert none == ""
    assert (code, "UUID" in err) == (1, True)


def test_a_folder_that_cannot_be_written_is_told(patron_sync, trail, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    code, _, err = patron_sync("sign", "--heads", str(tmp_path / "file"))

    assert code == 1
    assert "PATRON_SYNC_AUDIT_DIR" in err.replace("\n", "")


def test_the_recipe_of_the_documents_verifies_a_file_without_the_product(
    trail, db, tmp_path: Path
) -> None:
    page = (PROJECT_DIR / "docs" / "audit.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert "registry_operators" not in recipe

    def verified() -> subprocess.CompletedProcess[bytes]:
        statement = (SQL_DIR / "audit" / "export_events.sql").read_bytes()
        with db.cursor() as cursor, cursor.copy(statement) as copy:
            events = b"".join(bytes(block) for block in copy)
        return subprocess.run(
            [sys.executable, "-c", recipe], input=events, capture_output=True, check=False
        )

    whole = verified()
    change_the_second(db)
    broken = verified()

    assert (whole.returncode, whole.stdout.split()[0]) == (0, b"3")
    assert (broken.returncode, broken.stderr) == (1, b"broken at event 2\n")
