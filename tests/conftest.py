"""What many tests need: a database of their own, keys, and people."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from registry_operators.domain.keys import SyncKeys
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.schema import migrate
from registry_operators.settings.embedded_postgres import embedded_postgres
from registry_operators.steps.ports import Secrets
from tests.factories import KEYS, SECRETS, Cicero
from tests.library_life import LibraryLife, Living
from tests.library_systems import SYSTEMS

settings.register_profile(
    "project",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("project")

_TEMPLATE = "patron_template"
_numbers = itertools.count(1)
_EMPTY = """
do $$
declare
    one record;
    ours text[] := array['cicero', 'patron_sync', 'cms_api', 'profiles', 'data_sync'];
begin
    set local session_replication_role = replica;  -- no triggers
    for one in select * from pg_tables where schemaname = any(ours) loop
        execute format('delete from %I.%I', one.schemaname, one.tablename);
    end loop;
    for one in select * from pg_sequences where schemaname = any(ours) loop
        perform setval(format('%I.%I', one.schemaname, one.sequencename)::regclass, 1, false);
    end loop;
end $$
"""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server that lives as long as the tests."""
    with tempfile.TemporaryDirectory(prefix="patron-sync-tests-") as folder:
        Path(folder).chmod(0o755)
        with embedded_postgres(Path(folder) / "data", {"fsync": "off"}) as url:
            yield url


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> str:
    """The name of a migrated database without rows, to clone."""
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(_TEMPLATE)))
    migrate(_url_of(postgres_url, _TEMPLATE))
    return _TEMPLATE


@pytest.fixture(scope="session")
def fresh_database(
    postgres_url: str, template_database: str
) -> Callable[[], AbstractContextManager[str]]:
    """Gives a migrated database of one's own, without rows, for as long as a block lasts."""
    used: list[str] = []

    @contextmanager
    def fresh() -> Iterator[str]:
        url = used.pop() if used else clone()
        yield url
        # Emptying a database and taking it again is far quicker than making a new one.
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(_EMPTY)
        used.append(url)

    def clone() -> str:
        name, template = f"patron_test_{next(_numbers)}", sql.Identifier(template_database)
        with psycopg.connect(postgres_url, autocommit=True) as server:
            server.execute(
                sql.SQL("create database {} template {}").format(sql.Identifier(name), template)
            )
        return _url_of(postgres_url, name)

    return fresh


@pytest.fixture
def database_url(fresh_database) -> Iterator[str]:
    """A migrated database that belongs to one test."""
    with fresh_database() as url:
        yield url


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """The ledger of a fresh database."""
    with Ledger.connect(database_url) as ledger:
        yield ledger


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A session of its own beside the ledger's, each statement committed at once."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def cicero(db: psycopg.Connection[Any]) -> Cicero:
    """Cicero as its own staff uses it."""
    return Cicero(db)


@pytest.fixture
def living(ledger: Ledger, db: psycopg.Connection[Any]) -> Iterator[Living]:
    """Begin the life of a library, by the name of its system and the number of its patrons."""
    with ExitStack() as stack:

        def begin(name: str, patrons: int) -> LibraryLife:
            system, is_small = SYSTEMS[name], patrons <= 2000
            serve = system.serve if is_small else system.run
            return LibraryLife(system, stack.enter_context(serve(patrons)), ledger, db, is_small)

        yield begin


@pytest.fixture(scope="session")
def keys() -> SyncKeys:
    return KEYS


@pytest.fixture(scope="session")
def secrets() -> Secrets:
    return SECRETS


def _url_of(server_url: str, database: str) -> str:
    """The same server, another database: the URL's path is ``/postgres``."""
    before, _, after = server_url.partition("?")
    return f"{before.rsplit('/', 1)[0]}/{database}?{after}"
