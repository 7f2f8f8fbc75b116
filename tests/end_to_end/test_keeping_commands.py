"""``patron-sync undo``, ``erase`` and ``housekeeping`` as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.db.flow_world import World
from tests.factories import DEMO_KEYS_CONNECTION, LIBRARY, a_card_number, a_national_id, a_patron
from tests.factories import a_run_id as run_id_of


@pytest.fixture
def patron_sync(database_url, tmp_path: Path):
    """Run the installed command; return exit code, standard output and standard error."""
    registries = {
        f"AIRFLOW_CONN_REGISTRY_{code}": '{"conn_type": "http", "host": "127.0.0.1"}'
        for code in ("2030000", "2040000", "2050000", "2070000")
    }
    environment = {
        **os.environ,
        **registries,
        "PATRON_DB_URL": database_url,
        "AIRFLOW_CONN_PATRON_SYNC_KEYS": json.dumps(DEMO_KEYS_CONNECTION),
        "PATRON_SYNC_AUDIT_DIR": str(tmp_path),
        "COLUMNS": "120",
    }

    def call(*arguments, stdin: str = ""):
        done = subprocess.run(
            [Path(sys.executable).with_name("patron-sync"), *arguments],
            env=environment, capture_output=True, text=True, check=False, input=stdin,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return call


@pytest.fixture
def pulled(ledger, cicero) -> World:
    """A patron whose card and PIN the last run has replaced in Cicero."""
    world = World(ledger, cicero)
    _, person = world.both(a_patron())
    world.rounds()
    world.registry.change(person, card=a_card_number(60), pin="2468")
    world.pull()
    return world


def test_undo_shows_first_and_then_puts_back(patron_sync, pulled: World) -> None:
    run = str(run_id_of(pulled.runs))

    shown, text, _ = patron_sync("undo", run, "--dry-run")
    assert (shown, pulled.cicero.card(1)) == (0, a_card_number(60))
    code, out, err = patron_sync("undo", run, "--field", "card", "--json")

    assert code == 0, err
    assert "reversed" in text
    assert [row["state"] for row in json.loads(out)["changes"]] == ["reversed"]
    assert pulled.cicero.card(1) == a_card_number(0)
    assert pulled.cicero.pin(1) == ("2468", False, "registry")
    _, status, _ = patron_sync("status")
    assert f"Run {run}, pull, library {LIBRARY}: Undone on" in status
    assert "1 reversed, 0 kept, 0 failed." in status


@pytest.mark.parametrize("run", ["yesterday", "5b0c2d5e-0000-4000-8000-000000000042"])
def test_undo_says_what_it_wants(patron_sync, pulled: World, run: str) -> None:
    code, _, err = patron_sync("undo", run)

    assert code == 1
    assert "DECISION_REFUSED" in err


def test_erase_reads_the_national_id_from_standard_input_only(patron_sync, pulled, db) -> None:
    code, out, err = patron_sync(
        "erase", "--person-id-stdin", "--reason", "letter", "--json", stdin=a_national_id(0)
    )

    assert code == 0, err
    answer = json.loads(out)
    assert (answer["patrons_here"], answer["consenting"]) == (1, 1)
    assert answer["rows"]["journal"] > 0
    assert db.execute("select count(*) from patron_sync.base").fetchone() == (0,)
    assert a_national_id(0) not in out + err


def test_erase_wants_one_person(patron_sync, pulled: World) -> None:
    code, _, err = patron_sync("erase", "--patron-id", "1", "--card", a_card_number(0))

    assert code == 1
    assert "name one person" in err


def test_housekeeping_signs_tidies_and_names_who_waits(patron_sync, pulled: World, db) -> None:
    code, out, _ = patron_sync("housekeeping", "--json")
    db.execute(
        "insert into patron_sync.pending (flow, library, patron_id, reason, since)"
        " values ('push', %s, 1, 'REFUSED', now() - interval '4 days')", [LIBRARY],
    )  # fmt: skip
    late, _, err = patron_sync("housekeeping")

    assert code == 0
    assert json.loads(out)["signed"] > 0
    assert late == 1
    assert "2030000, push, REFUSED: 1 waiting" in err.replace("\n", " ")
