"""``patron-sync undo``, ``erase`` and ``housekeeping`` as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.db.flow_world import World
from tests.db.sync_bench import SyncWorld, a_record, a_sync_run_id
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


@pytest.fixture
def synced(ledger, db) -> SyncWorld:
    """A data sync whose last run holds 40 changes, eight days ago."""
    syncs = SyncWorld(ledger)
    syncs.ils.records = [a_record(1)]
    syncs.run()
    syncs.ils.records += [a_record(index) for index in range(2, 42)]
    syncs.run()
    db.execute("update data_sync.run set started_at = started_at - interval '8 days',"
               " finished_at = finished_at - interval '8 days'")  # fmt: skip
    return syncs


def test_erase_and_why_take_a_record_of_a_library_system(patron_sync, synced, db) -> None:
    _, page, _ = patron_sync("why", "--record", "koha_main:1")
    code, out, err = patron_sync("erase", "--record", "koha_main:1")

    assert "created A profile was created." in " ".join(page.split())
    assert code == 0, err
    assert "Found in data syncs: koha_main:1." in " ".join(out.split())
    assert synced.profiles() == []
    again, _, err = patron_sync("erase", "--record", "koha_main:1")
    assert (again, "there is no trace" in err) == (1, True)
    unknown, answer, _ = patron_sync("why", "--record", "koha_main:1", "--json")
    assert (unknown, json.loads(answer)["is_known"]) == (0, False)


def test_housekeeping_tells_what_data_syncs_held_too_long(patron_sync, synced) -> None:
    code, out, err = patron_sync("housekeeping", "--json")

    answer = json.loads(out)
    assert (code, answer["expired"]) == (0, [str(a_sync_run_id(2))])
    assert answer["removed"]["sync_staging"] == 1
    assert "nobody decided on 40 create in time" in " ".join(err.split())


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
