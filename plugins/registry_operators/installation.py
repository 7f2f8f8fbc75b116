"""
One installation as the command line sees it: database, keys, connections, libraries.

Each comes from the environment, in the variables that Airflow reads too. Without a database one
is started below ``.local``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from registry_operators.clients.ils_messages import IlsClient
from registry_operators.clients.registry_client import RegistryClient
from registry_operators.desk.desk import Desk
from registry_operators.desk.registry_look_up import LIMIT_S, RegistryLookUp
from registry_operators.errors import ConfigurationError, SyncError
from registry_operators.ledger.audit_signature import AuditKey
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.pool import LedgerPool
from registry_operators.ledger.schema import migrate
from registry_operators.paths import LOCAL_DIR
from registry_operators.settings.alert_connections import alert_channels
from registry_operators.settings.audit import audit_key
from registry_operators.settings.connections import (
    DATABASE_CONNECTION,
    KEYS_CONNECTION,
    ConnectionFields,
    connection_from_environment,
    database_conninfo,
    pin_cipher,
    registry_account,
    sync_keys,
)
from registry_operators.settings.embedded_postgres import embedded_postgres
from registry_operators.settings.guards import Guards
from registry_operators.settings.libraries import LibrariesConfig, load_libraries
from registry_operators.settings.profile_fields import (
    ProfileFields,
    load_profile_fields,
    profile_fields_file,
)
from registry_operators.settings.time_zone import libraries_file, local_zone_name
from registry_operators.steps.alerts.watch import Outlook
from registry_operators.steps.data_sync.definitions import pin, pinned
from registry_operators.steps.data_sync.ports import PinnedSync, read_sync_run
from registry_operators.steps.ports import RegistryPort, Secrets

NOBODYS_CARD = "N000000000"


@dataclass(frozen=True, slots=True)
class Installation:
    """Everything that a run needs, ready to use."""

    ledger: Ledger
    config: LibrariesConfig
    secrets: Secrets

    def connect(self, library: str) -> RegistryPort:
        """Return the registry as a library sees it."""
        fields = _required(self.config.connection_id(library))
        return RegistryClient(registry_account(library, fields))


@contextmanager
def open_installation() -> Iterator[Installation]:
    """
    Read configuration and keys, and connect to the database, for as long as it is needed.

    :raises ConfigurationError: Something is missing or wrong; nothing has been read or written.
    """
    config = configured_libraries()
    secrets = configured_secrets()
    with database() as conninfo, Ledger.connect(conninfo) as ledger:
        yield Installation(ledger, config, secrets)


@contextmanager
def open_desk(*, connections: int = 4) -> Iterator[Desk]:
    """
    Open the desk at which patrons are created and changed, for as long as it is needed.

    :param connections: Deeds that may go on at the same time.
    :raises ConfigurationError: Something is missing or wrong; nothing has been read or written.
    """
    config = configured_libraries()
    secrets = configured_secrets()

    def connect(library: str) -> RegistryPort:
        fields = _required(config.connection_id(library))
        account = registry_account(library, fields)
        return RegistryClient(account, attempts=1, timeout_s=LIMIT_S)

    look_up = RegistryLookUp(connect)
    with database() as conninfo:
        pool = LedgerPool(conninfo, size=connections)
        try:
            yield Desk(pool.ledger, config, secrets, look_up)
        finally:
            look_up.close()
            pool.close()


def configured_libraries() -> LibrariesConfig:
    """Read and check the libraries with the connections that the environment has."""
    return load_libraries(
        libraries_file(), lambda conn_id: connection_from_environment(conn_id) is not None
    )


@contextmanager
def open_ledger() -> Iterator[Ledger]:
    """Connect to the patron database for as long as it is needed."""
    with database() as conninfo, Ledger.connect(conninfo) as ledger:
        yield ledger


@dataclass(frozen=True, slots=True)
class DataSyncRoom:
    """Everything that a data sync needs, ready to use."""

    ledger: Ledger
    client: IlsClient
    sync: PinnedSync
    guards: Guards
    today: date


@contextmanager
def open_data_sync(
    name: str | None, text: str | None = None, *, resumed: UUID | None = None
) -> Iterator[DataSyncRoom]:
    """
    Open a published data sync by its name, or any document, with its library system.

    :param resumed: A run that goes on, with the version and the day that it began with.
    :raises ConfigurationError: It is not published or not correct, or the connection is missing.
    """
    fields = configured_profile_fields()
    with open_ledger() as ledger:
        run = None if resumed is None else read_sync_run(ledger, resumed)
        if run is not None and run.name != name:
            raise ConfigurationError(f"run {resumed} is one of data sync {run.name!r}; name that")
        version = None if run is None else run.version
        sync = pin(text or "", fields, 0) if name is None else pinned(ledger, name, fields, version)
        client = ils_client(sync.definition.ils, sync.definition.connection)
        moment = datetime.now(UTC) if run is None else run.started_at
        today = moment.astimezone(ZoneInfo(configured_zone())).date()
        yield DataSyncRoom(ledger, client, sync, configured_guards(), today)


def ils_client(ils: str, conn_id: str) -> IlsClient:
    """
    Return a library system as a connection describes it.

    :raises ConfigurationError: The connection is missing or says too little.
    """
    from registry_operators.settings.ils_connections import make_client

    return make_client(ils, _required(conn_id))


def configured_profile_fields() -> ProfileFields:
    """Read and check the fields of profiles."""
    return load_profile_fields(profile_fields_file())


def configured_outlook() -> Outlook:
    """Return what looking for alerts needs: configuration, channels, and this moment."""
    return Outlook(
        configured_libraries,
        lambda settings: alert_channels(settings, connection_from_environment),
        datetime.now(UTC),
    )


def configured_zone() -> str:
    """Return the IANA name of the zone in which schedules are meant."""
    return local_zone_name()


def configured_guards() -> Guards:
    """Return the limits of ``libraries.yaml``; its connections are not needed for a data sync."""
    return load_libraries(libraries_file()).guards


def configured_secrets() -> Secrets:
    """Read the keys from connection ``patron_sync_keys``."""
    fields = _required(KEYS_CONNECTION)
    return Secrets(sync_keys(fields), pin_cipher(fields))


def configured_audit_key() -> AuditKey:
    """Read the key that signs the audit trail from connection ``patron_sync_keys``."""
    return audit_key(_required(KEYS_CONNECTION))


@contextmanager
def database() -> Iterator[str]:
    """
    Give the connection string of the patron database for as long as it is needed.

    ``PATRON_DB_URL``, else the Airflow Connection ``patron_db``, else a server that is started
    below ``.local`` and brought to today's schema.
    """
    conninfo = configured_database()
    if conninfo:
        yield conninfo
        return
    with embedded_postgres(LOCAL_DIR / "postgres") as url:
        migrate(url)
        yield url


def configured_database() -> str | None:
    """Return the connection string that the environment has, ``None`` if it has none."""
    return os.environ.get("PATRON_DB_URL") or _airflow_conninfo()


def _airflow_conninfo() -> str | None:
    fields = connection_from_environment(DATABASE_CONNECTION)
    return None if fields is None else database_conninfo(fields)


def _required(
    conn_id: str,
    fields_of: Callable[[str], ConnectionFields | None] = connection_from_environment,
) -> ConnectionFields:
    fields = fields_of(conn_id)
    if fields is None:
        raise ConfigurationError(
            f"connection {conn_id!r} is missing; set AIRFLOW_CONN_{conn_id.upper()} "
            "as docs/configuration.md shows"
        )
    return fields


def try_log_in(
    config: LibrariesConfig,
    library: str,
    fields_of: Callable[[str], ConnectionFields | None] = connection_from_environment,
) -> str:
    """Log in to the registry as a library, without asking about anybody; say ``ok`` or why not."""
    try:
        fields = _required(config.connection_id(library), fields_of)
        client = RegistryClient(registry_account(library, fields), attempts=1, timeout_s=10)
        client.find(NOBODYS_CARD)
    except SyncError as error:
        return str(error)
    return "ok"
