"""
The state from which every measured run starts: both sides in agreement, the night before.

Cicero and the ledger stand in a template database of which each run gets a fresh copy, the
registry in a state file that is copied likewise. So no run finds what another one left.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks.sizes import LIBRARY, MASTER_KEY, WATERMARK, Sizes
from registry_operators.domain.keys import SyncKeys
from registry_operators.ledger.schema import migrate
from stand_ins.cicero import seed_cicero
from stand_ins.registry.process import RegistryProcess, running_registry

KEYS = SyncKeys.from_master(MASTER_KEY)
_NO_RUN = UUID(int=0)
_TEMPLATE, _RUN = "night_before", "night"

# What a first pull and push of everybody would have left.
_AGREE = """
    insert into patron_sync.base (library, person_key, field, fingerprint, run_id)
    select
        patron.library, patron.person_key, agreed.field,
        coalesce(agreed.fingerprint, patron_sync.fingerprint(
            patron.person_key, agreed.field, agreed.value, %(inner_pad)s, %(outer_pad)s
        )),
        %(run_id)s
    from cicero.patron
    inner join cicero.card using (patron_id)
    inner join cicero.pin using (patron_id)
    cross join lateral (
        values
        ('relation', 'related', null::bytea),
        ('card', card.card_number, null),
        ('pin', null, pin.pin_fingerprint)
    ) as agreed (field, value, fingerprint)
"""
_MARK = """
    insert into patron_sync.watermark (flow, library, registry_time, cicero_xid, run_id)
    values
    ('pull', %(library)s, %(since)s::timestamp, null, %(run_id)s),
    ('push', %(library)s, null, pg_snapshot_xmin(pg_current_snapshot()), %(run_id)s)
"""
# The bare program keeps PINs as they came, in tables without triggers and foreign keys.
_BARE = """
    create schema bare;
    create table bare.card (like cicero.card including all);
    insert into bare.card overriding system value select * from cicero.card;
    create table bare.pin (patron_id bigint primary key, pin text not null);
"""


class Situation:
    """A PostgreSQL server and a folder with everything that runs start from."""

    def __init__(self, server_url: str, folder: Path, sizes: Sizes) -> None:
        self._server_url = server_url
        self._folder = folder
        self._sizes = sizes

    def prepare(self, change: Callable[[psycopg.Connection[Any]], None] = lambda _: None) -> None:
        """
        Fill the template database and the registry's state file; takes about a minute.

        :param change: What is different in this situation, done before the statistics.
        """
        self._on_server(f"create database {_TEMPLATE}")
        url = make_conninfo(self._server_url, dbname=_TEMPLATE)
        migrate(f"{self._server_url.replace('/postgres?', f'/{_TEMPLATE}?')}")
        with psycopg.connect(url, autocommit=True) as connection:
            seed_cicero(
                connection, KEYS, patrons=self._sizes.people,
                known_to_registry=self._sizes.people, libraries=(LIBRARY,), all_in_order=True,
            )  # fmt: skip
            inner_pad, outer_pad = KEYS.fingerprint_pads
            connection.execute(
                _AGREE, {"inner_pad": inner_pad, "outer_pad": outer_pad, "run_id": _NO_RUN}
            )
            connection.execute(_MARK, {"library": LIBRARY, "since": WATERMARK, "run_id": _NO_RUN})
            connection.execute(_BARE)
            connection.execute("insert into bare.pin select patron_id, 'as it was' from cicero.pin")
            change(connection)
            connection.execute("vacuum (analyze)")
        with self._registry(self._folder / "registry.sqlite"):
            pass

    @contextmanager
    def registry(self) -> Iterator[RegistryProcess]:
        """Run a registry that holds what it held the night before."""
        state = self._folder / "registry-run.sqlite"
        shutil.copyfile(self._folder / "registry.sqlite", state)
        try:
            with self._registry(state) as registry:
                yield registry
        finally:
            for file in self._folder.glob("registry-run.sqlite*"):
                file.unlink()

    @contextmanager
    def database(self) -> Iterator[str]:
        """Give the URL of a database that is as it was the night before."""
        self._on_server(f"create database {_RUN} template {_TEMPLATE} strategy file_copy")
        try:
            self._on_server("checkpoint")
            yield make_conninfo(self._server_url, dbname=_RUN)
        finally:
            self._on_server(f"drop database {_RUN} with (force)")

    @contextmanager
    def _registry(self, state: Path) -> Iterator[RegistryProcess]:
        with running_registry(
            patrons=self._sizes.people, libraries=(LIBRARY,), state=state
        ) as registry:
            yield registry

    def _on_server(self, statement: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(statement.encode())
