"""What stands on the demo's stage: a database with patrons and a registry server with people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from registry_operators.demo.environment import demo_environment
from registry_operators.domain.keys import SyncKeys
from registry_operators.ledger.schema import migrate
from registry_operators.paths import LOCAL_DIR
from registry_operators.settings.connections import KEYS_CONNECTION, connection_from, sync_keys
from registry_operators.settings.embedded_postgres import embedded_postgres

_DATABASE = "patrons_demo"


@dataclass(frozen=True, slots=True)
class Stage:
    """
    Everything that runs.

    :param conninfo: libpq connection string of the patron database.
    :param environment: Environment for commands and for Airflow.
    """

    conninfo: str
    environment: dict[str, str]


@contextmanager
def demo_stage(patrons: int, tell: Callable[[str], None]) -> Iterator[Stage]:
    """
    Set the stage anew, and clear it at the end; earlier demo patrons are removed.

    :param patrons: How many patrons Cicero has and how many people the registry knows.
    """
    from stand_ins.registry.process import running_registry

    tell("PostgreSQL: starting")
    with embedded_postgres(LOCAL_DIR / "postgres") as url:
        conninfo = _new_database(url)
        tell(f"Registry: starting with {patrons:,} people")
        with running_registry(patrons=patrons, seed=1) as registry:
            fields = {key: str(value) for key, value in conninfo_to_dict(conninfo).items()}
            environment = demo_environment(conninfo=fields, endpoint=registry.endpoint)
            tell(f"Cicero: {patrons:,} patrons, five libraries")
            migrate(conninfo)
            keys = connection_from(environment, KEYS_CONNECTION)
            fill_cicero_if_empty(conninfo, sync_keys(keys), patrons)
            yield Stage(conninfo, environment)


def fill_cicero_if_empty(conninfo: str, keys: SyncKeys, patrons: int) -> bool:
    """Put the demo's patrons into Cicero unless it has patrons; say whether it did."""
    from stand_ins.cicero import seed_cicero

    with psycopg.connect(conninfo, autocommit=True) as connection:
        if connection.execute("select from cicero.patron limit 1").fetchone() is not None:
            return False
        seed_cicero(connection, keys, patrons=patrons, known_to_registry=patrons)
    return True


def _new_database(url: str) -> str:
    name = sql.Identifier(_DATABASE)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        connection.execute(sql.SQL("create database {}").format(name))
    return make_conninfo(url, dbname=_DATABASE)
