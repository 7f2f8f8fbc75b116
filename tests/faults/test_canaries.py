"""
Nothing of a person is left where it does not belong (X8, I10, I14).

Unmistakable people go through every flow, failure and output; then everything that was written on
the way is searched for them. That the search can fail is shown first.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tests import airflow_home
from tests.dags.conftest import dag_bag, registry, world  # noqa: F401  fixtures

from registry_operators.clients.registry_client import RegistryClient  # isort: skip
from registry_operators.demo.play import Account  # isort: skip
from registry_operators.demo.report import write_report  # isort: skip
from registry_operators.ledger.database import Ledger
from registry_operators.paths import PROJECT_DIR
from registry_operators.steps.report_run import report_run
from tests.factories import LIBRARY, Cicero
from tests.faults.canaries import SURNAMES, WRONG_NATIONAL_ID, Canary, Search, a_canary

PEOPLE = [a_canary(number) for number in range(12)]
SEARCH = Search(PEOPLE)
ONE = PEOPLE[0]
PLANTED = (
    f"the name {SURNAMES[0]} here", f"in JSON {json.dumps(SURNAMES[2])}", SURNAMES[1].upper(),
    ONE.national_id, f"{ONE.national_id[:6]} {ONE.national_id[6:]}", WRONG_NATIONAL_ID,
    f"{ONE.national_id[:6]}-{ONE.national_id[6:]}", f"card {ONE.card}", ONE.new_card[1:],
    ONE.local_card, f'{{"pin": "{ONE.pin}"}}', f"pinkode={ONE.new_pin}",
)  # fmt: skip


@pytest.mark.parametrize("text", PLANTED)
def test_the_search_finds_what_is_planted_in_every_kind_of_store(
    text: str, tmp_path: Path, db: psycopg.Connection[Any]
) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "attempt=1.log").write_text(f'{{"event": "{text}"}}\n', encoding="utf-8")
    database = tmp_path / "airflow.db"
    with sqlite3.connect(database) as airflow:
        airflow.execute("create table xcom (value text)")
        airflow.execute("create table rendered_task_instance_fields (rendered_fields blob)")
        airflow.execute("insert into xcom values (?)", [text])
        airflow.execute("insert into rendered_task_instance_fields values (?)", [text.encode()])
    with psycopg.connect(db.info.dsn) as ledger:
        ledger.execute("create table patron_sync.planted as select %s::text as note", [text])

        assert SEARCH.text("output", f"before {text} after")
        assert SEARCH.files(tmp_path / "logs")
        assert {hit.where for hit in SEARCH.sqlite(database)} == {
            "xcom", "rendered_task_instance_fields",
        }  # fmt: skip
        assert {hit.where for hit in SEARCH.ledger(ledger)} == {"planted"}
        ledger.rollback()


def test_the_search_finds_keys_where_they_do_not_belong(db: psycopg.Connection[Any]) -> None:
    from tests.factories import a_person_key, wire

    key = a_person_key(ONE.index).hex()

    assert SEARCH.text("log", f"person {key}")
    assert not SEARCH.text("ledger", f"person {key}", with_keys=False)
    assert SEARCH.text("log", wire(ONE.pin).lower())
    assert not SEARCH.text("log", "pins: 12, cards: 104, 2030000, AUDIT flow=push read=9100")


@pytest.fixture
def people(world: Any, db: psycopg.Connection[Any]) -> Any:  # noqa: F811
    """Every canary is a case of its own."""
    cicero = Cicero(db)
    in_order, new, bare, deleted, stranger, local, others, conflict, refused, moved = PEOPLE[:10]
    ids = {one.index: cicero.add(one.patron()) for one in (in_order, deleted, conflict, moved)}
    for one in (in_order, deleted, conflict, moved, stranger, others):
        world.admin.put(
            {"lnr": one.card, "fnr_hash": one.national_id, "navn": f"{SURNAMES[0]}, X"},
            pin=one.pin, relations=[LIBRARY] if one is deleted else [],
        )  # fmt: skip
    cicero.add(new.patron())
    cicero.add(bare.patron(card=None, pin=None))
    cicero.add(stranger.patron(consent=False))
    cicero.add(local.patron(card=None, local_card=local.local_card))
    cicero.add(others.patron(card=None, pin=None))
    cicero.add(refused.patron(card=others.card))  # another person's number
    cicero.add(PEOPLE[10].patron(national_id=WRONG_NATIONAL_ID, pin=None))
    return ids


@pytest.fixture
def outputs(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Callable[[], str]:
    """All that was printed or logged since the last call."""

    def read() -> str:
        out, err = capfd.readouterr()
        text = f"{out}\n{err}\n{caplog.text}"
        caplog.clear()
        return text

    return read


@pytest.fixture
def tight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let nothing through any more, so that everything is held."""

    def tighten() -> None:
        config = yaml.safe_load((PROJECT_DIR / "include/config/libraries.yaml").read_text())
        kinds = ("relation_removals", "card_overwrites", "pin_overwrites", "creations")
        config["guards"] = {"limits": {kind: {"percent": 0, "at_least": 0} for kind in kinds},
                            "approval": {"four_eyes": False}}  # fmt: skip
        path = tmp_path / "libraries.yaml"
        path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
        monkeypatch.setenv("PATRON_SYNC_LIBRARIES", str(path))

    return tighten


def test_nothing_of_a_person_is_left_in_airflow_logs_and_outputs(
    people: dict[int, int], world: Any, dag_bag: Any, db: psycopg.Connection[Any],  # noqa: F811
    database_url: str, outputs: Callable[[], str], tight: Callable[[], None], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    defaults: Any = RegistryClient.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "pause", lambda _: None)
    cicero, in_order, conflict, moved = Cicero(db), PEOPLE[0], PEOPLE[7], PEOPLE[9]
    texts: list[str] = []

    def nights(**faults: Any) -> None:
        world.admin.set_faults(*([{"library": LIBRARY, **faults}] if faults else []))
        for dag_id in ("cicero_to_registry", "registry_to_cicero"):
            run(dag_bag, dag_id)
            texts.append(outputs())
        world.admin.clear_faults()

    def a_day(number: int) -> None:
        cicero.set_pin(people[in_order.index], f"{8200 + number}")
        cicero.change_card(people[conflict.index], f"N10488{number:04d}")
        cards = {one["fields"]["lnr"] for one in world.admin.find(national_id=moved.national_id)}
        world.admin.patch({}, lnr=cards.pop(), pin=f"{8200 + (number + 1) % 12}")

    nights()
    cicero.delete(people[PEOPLE[3].index])
    a_day(1)
    nights(dial="truncated_page", in_silence=True)
    a_day(2)
    db.execute(
        f"alter table cicero.card add constraint canary check (card_number <> '{PEOPLE[8].card}'"
        f" and card_number <> 'N104889999') not valid"
    )
    world.admin.patch({"lnr": "N104889999"}, **who(world, moved))
    nights(dial="reset_after_commit", operation="endre")
    db.execute("alter table cicero.card drop constraint canary")
    tight()
    a_day(3)
    nights()
    texts += commands(database_url, people[in_order.index], in_order, db)
    texts.append(outputs())
    texts.append(a_report(database_url, db, tmp_path))

    assert sum(len(text) for text in texts) > 10_000
    assert [hit for text in texts for hit in SEARCH.text("outputs", text)] == []
    assert SEARCH.files(airflow_home.HOME) == []
    assert SEARCH.sqlite(airflow_home.HOME / "airflow.db") == []
    assert SEARCH.ledger(db) == []
    (folder,) = db.execute("select current_setting('data_directory')").fetchone() or ("",)
    assert SEARCH.text("PostgreSQL's log", (Path(folder) / "log").read_text("utf-8")) == []
    staged = "\n".join(row for (row,) in db.execute(
        "select one::text from patron_sync.staged_patron as one"))  # fmt: skip
    assert SEARCH.text("staging", staged), "the people have been there"


def test_a_planted_row_of_airflows_own_tables_is_found(
    people: dict[int, int], dag_bag: Any, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    run(dag_bag, "cicero_to_registry")
    copy = tmp_path / "airflow.db"
    shutil.copy(airflow_home.HOME / "airflow.db", copy)
    planted = json.dumps({"who": f"{ONE.national_id}"})

    with sqlite3.connect(copy) as airflow:
        airflow.execute("update xcom set value = ? where rowid in (select rowid from xcom limit 1)",
                        [planted])  # fmt: skip
        airflow.execute(
            "update rendered_task_instance_fields set rendered_fields = ? where rowid in"
            " (select rowid from rendered_task_instance_fields limit 1)", [planted],
        )  # fmt: skip
        airflow.execute("update dag_run set conf = ?", [planted])

    assert {hit.where for hit in SEARCH.sqlite(copy)} == {
        "xcom", "rendered_task_instance_fields", "dag_run",
    }  # fmt: skip


def run(dag_bag: Any, dag_id: str) -> None:  # noqa: F811
    """Run a DAG for one library; with errors on purpose it ends red."""
    for task in dag_bag.dags[dag_id].tasks:
        task.retries = 0
    dag_bag.dags[dag_id].test(run_conf={"libraries": [LIBRARY]})


def who(world: Any, one: Canary) -> dict[str, str]:  # noqa: F811
    """How the registry's admin names a person."""
    return {"national_id": one.national_id}


def commands(
    database_url: str, patron_id: int, one: Canary, db: psycopg.Connection[Any]
) -> list[str]:
    """What ``patron-sync`` prints, in each form, and when it fails."""
    held = [str(row[0]) for row in db.execute(
        "select held_set_id from patron_sync.held_set where state = 'open'"
        " order by held_at")]  # fmt: skip
    assert len(held) > 1, "something must be held to be shown"
    asked = [
        ["status"], ["config", "check"], ["outbox", "list"], ["audit", "list"], ["audit", "verify"],
        ["held", "list", "--all", "--show", "50"], ["plan", "push", "--full", "--show", "50"],
        ["why", "--patron-id", str(patron_id)], ["why", "--patron-id", str(patron_id), "--ask"],
        ["run", "push", "--library", LIBRARY], ["run", "pull", "--library", LIBRARY, "--full"],
    ]  # fmt: skip
    once = [
        ["held", "approve", held[0], "--reason", "as announced"],
        ["held", "reject", held[1], "--reason", "a mistake"],
        ["outbox", "drop", "--library", LIBRARY, "--why", "a test"],
    ]
    environment = {
        **os.environ, "PATRON_DB_URL": database_url, "COLUMNS": "200",
        "PATRON_SYNC_AUDIT_DIR": str(airflow_home.HOME / "heads"),
    }  # fmt: skip
    program = Path(sys.executable).with_name("patron-sync")
    texts = []
    for arguments in (*asked, *([*one, "--json"] for one in asked), *once):
        done = subprocess.run(
            [program, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        texts.append(f"{arguments}\n{done.stdout}\n{done.stderr}")
    return texts


def a_report(database_url: str, db: psycopg.Connection[Any], folder: Path) -> str:
    """The demo's report of the last runs, in all its forms."""
    runs = [row[0] for row in db.execute(
        "select run_id from patron_sync.run order by started_at desc limit 4")]  # fmt: skip
    with Ledger.connect(database_url) as ledger:
        rounds = [report_run(ledger, run_id=run_id) for run_id in runs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas, about a column of codes with gaps
        write_report(Account(rounds, [], 1.0), folder / "report")
    return "\n".join(path.read_text("utf-8") for path in sorted((folder / "report").iterdir()))
