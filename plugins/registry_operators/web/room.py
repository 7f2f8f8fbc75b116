"""What all pages share: the patron database, the configuration, the keys, the desk, a clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from registry_operators.clients.registry_client import RegistryClient
from registry_operators.desk.desk import Desk
from registry_operators.desk.registry_look_up import LIMIT_S, RegistryLookUp
from registry_operators.errors import ConfigurationError
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.pool import LedgerPool
from registry_operators.settings.connections import (
    DATABASE_CONNECTION,
    KEYS_CONNECTION,
    ConnectionFields,
    database_conninfo,
    pin_cipher,
    registry_account,
    sync_keys,
)
from registry_operators.settings.libraries import LibrariesConfig, parse_libraries
from registry_operators.settings.time_zone import libraries_file, local_zone_name
from registry_operators.steps.ports import RegistryPort, Secrets
from registry_operators.web.errands import Errands

FieldsOf = Callable[[str], ConnectionFields | None]

_CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class _ReadConfig:
    file: Path
    mark: tuple[int, int]
    config: LibrariesConfig


class Room:
    """
    Opens each shared thing when a request first needs it; safe to use from several threads.

    Nothing is connected to before, so that Airflow starts whatever is wrong here.

    :param fields_of: Gives the fields of an Airflow Connection by its id, or ``None``.
    :param connect: Gives the registry as a library sees it; by default by its connection.
    :param clock: Gives the present moment, with its zone.
    """

    def __init__(
        self,
        fields_of: FieldsOf,
        *,
        connect: Callable[[str], RegistryPort] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.fields_of = fields_of
        self.now = clock
        self.errands = Errands()
        self._connect = connect or self._connect_by_connection
        self._connect_patiently = connect or self._patient_connection
        self._lock = threading.Lock()
        self._pool: LedgerPool | None = None
        self._look_up: RegistryLookUp | None = None
        self._read: _ReadConfig | None = None
        self._made: tuple[ConnectionFields, Secrets] | None = None

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """
        Lend a connection to the patron database for the length of a ``with`` block.

        :raises ConfigurationError: The connection ``patron_db`` is missing.
        :raises UnavailableError: The database does not answer.
        """
        with self._opened_pool().ledger() as ledger:
            yield ledger

    def config(self) -> LibrariesConfig:
        """
        Return the configuration, read anew when its file has changed.

        Whether each connection exists is not asked here: a page about one library must not fail
        for another.

        :raises ConfigurationError: With one line for each field that is wrong.
        """
        file = libraries_file()
        try:
            state = file.stat()
        except OSError:
            return parse_libraries(file)  # which says what is wrong
        mark = (state.st_mtime_ns, state.st_size)
        read = self._read
        if read is None or (read.file, read.mark) != (file, mark):
            read = self._read = _ReadConfig(file, mark, parse_libraries(file))
        return read.config

    def secrets(self) -> Secrets:
        """
        Return the keys and the PIN cipher, made anew when the connection has changed.

        To make the cipher takes longer than to make a page.

        :raises ConfigurationError: The connection is missing or a key has the wrong form.
        """
        fields = self._required(KEYS_CONNECTION)
        made = self._made
        if made is None or made[0] != fields:
            made = self._made = fields, Secrets(sync_keys(fields), pin_cipher(fields))
        return made[1]

    def connect(self, library: str) -> RegistryPort:
        """
        Return the registry as a library sees it; nothing is sent yet.

        :raises ConfigurationError: The library's connection is missing or incomplete.
        """
        return self._connect(library)

    def connect_patiently(self, library: str) -> RegistryPort:
        """
        Return the registry for work that nobody waits for: it is asked again as a run would.

        :raises ConfigurationError: The library's connection is missing or incomplete.
        """
        return self._connect_patiently(library)

    def desk(self) -> Desk:
        """
        Return the desk at which patrons are created and changed.

        :raises ConfigurationError: Configuration, keys or database connection are wrong.
        """
        config, secrets = self.config(), self.secrets()
        self._opened_pool()
        with self._lock:
            if self._look_up is None:
                self._look_up = RegistryLookUp(self._connect)
        return Desk(self.ledger, config, secrets, self._look_up)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days and times are told."""
        return ZoneInfo(local_zone_name())

    def close(self) -> None:
        """Close what was opened; the next request opens it again."""
        with self._lock:
            pool, look_up = self._pool, self._look_up
            self._pool = self._look_up = self._made = None
        if look_up is not None:
            look_up.close()
        if pool is not None:
            pool.close()

    def _opened_pool(self) -> LedgerPool:
        with self._lock:
            if self._pool is None:
                conninfo = database_conninfo(self._required(DATABASE_CONNECTION))
                self._pool = LedgerPool(conninfo, size=_CONNECTIONS)
            return self._pool

    def _connect_by_connection(self, library: str) -> RegistryPort:
        fields = self._required(self.config().connection_id(library))
        # One attempt, because somebody is waiting; what fails now is made up for by the next run.
        return RegistryClient(registry_account(library, fields), attempts=1, timeout_s=LIMIT_S)

    def _patient_connection(self, library: str) -> RegistryPort:
        fields = self._required(self.config().connection_id(library))
        return RegistryClient(registry_account(library, fields))

    def _required(self, conn_id: str) -> ConnectionFields:
        fields = self.fields_of(conn_id)
        if fields is None:
            raise ConfigurationError(
                f"the Airflow Connection {conn_id!r} is missing; create it as "
                "docs/configuration.md shows"
            )
        return fields
