"""
Connections without Airflow: the same environment variables, read by ourselves.

``AIRFLOW_CONN_<ID>`` as Airflow reads it, as URI or JSON. The command line uses these; the hooks
use Airflow's own look-up, which also knows the metadata database and secrets backends.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from registry_operators.clients.pin_cipher import PinCipher, parse_vendor_key
from registry_operators.clients.registry_client import RegistryAccount, registry_password
from registry_operators.domain.keys import SyncKeys
from registry_operators.errors import ConfigurationError

KEYS_CONNECTION = "patron_sync_keys"
DATABASE_CONNECTION = "patron_db"


@dataclass(frozen=True, slots=True, repr=False)
class ConnectionFields:
    """The fields of an Airflow Connection that are used here."""

    conn_id: str
    conn_type: str = ""
    host: str = ""
    port: int | None = None
    path: str = ""
    login: str = ""
    password: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


def connection_from_environment(conn_id: str) -> ConnectionFields | None:
    """Return the connection that ``AIRFLOW_CONN_<ID>`` describes, or ``None``."""
    return connection_from(os.environ, conn_id)


def connection_from(environment: Mapping[str, str], conn_id: str) -> ConnectionFields | None:
    """Return the connection that some environment describes, or ``None``."""
    text = environment.get(f"AIRFLOW_CONN_{conn_id.upper()}")
    if not text:
        return None
    try:
        return _from_json(conn_id, text) if text.startswith("{") else _from_uri(conn_id, text)
    except ValueError:
        raise ConfigurationError(
            f"AIRFLOW_CONN_{conn_id.upper()} is neither a connection URI nor JSON"
        ) from None


def database_conninfo(connection: ConnectionFields) -> str:
    """Make libpq's connection string of the connection ``patron_db``; extras go to libpq."""
    from psycopg.conninfo import make_conninfo

    return make_conninfo(
        host=connection.host or None,
        port=connection.port,
        user=connection.login or None,
        password=connection.password or None,
        dbname=connection.path or None,
        **connection.extra,
    )


def registry_account(library: str, connection: ConnectionFields) -> RegistryAccount:
    """
    Make a library's registry account of its connection (N2.1).

    Host, port and schema name the endpoint (``conn_type`` http or https, ``schema`` may hold the
    path; extra ``endpoint`` wins). ``login`` is ``<vendor>-<library>``; ``password`` is the one of
    the registry, or, with extra ``vendor_secret``, the library's authorisation code.
    """
    extra = connection.extra
    secret = extra.get("vendor_secret")
    if not connection.login or not connection.password:
        raise ConfigurationError(
            f"connection {connection.conn_id}: user name or password is empty; "
            f"the registry wants <vendor>-{library} and the library's password"
        )
    return RegistryAccount(
        library=library,
        url=extra.get("endpoint") or endpoint(connection),
        user=connection.login,
        password=registry_password(connection.password, secret) if secret else connection.password,
        ca_bundle=extra.get("ca_bundle"),
    )


def endpoint(connection: ConnectionFields) -> str:
    """
    Return the address that type, host, port and schema (the path) name.

    :raises ConfigurationError: The host is empty.
    """
    scheme = connection.conn_type if connection.conn_type in {"http", "https"} else "https"
    port = f":{connection.port}" if connection.port else ""
    if not connection.host:
        raise ConfigurationError(f"connection {connection.conn_id}: the host is empty")
    return f"{scheme}://{connection.host}{port}/{connection.path.lstrip('/')}"


def pin_cipher(connection: ConnectionFields) -> PinCipher:
    """Make the PIN cipher of extra ``registry_pin_secret`` (32 hex digits) of the keys."""
    return PinCipher(pin_key(connection))


def pin_key(connection: ConnectionFields) -> bytes:
    """Return the key of :func:`pin_cipher`, which costs nothing, unlike the cipher."""
    text = connection.extra.get("registry_pin_secret", "")
    try:
        return parse_vendor_key(text)
    except ValueError as error:
        raise ConfigurationError(
            f"connection {connection.conn_id}, extra registry_pin_secret: {error}"
        ) from None


def sync_keys(connection: ConnectionFields | None) -> SyncKeys:
    """Make the keys of the connection's password: at least 64 hex digits."""
    if connection is None:
        raise ConfigurationError(f"the connection {KEYS_CONNECTION!r} is missing; create it")
    try:
        return SyncKeys.from_master(bytes.fromhex(connection.password))
    except ValueError:
        raise ConfigurationError(
            f"connection {connection.conn_id}: the password must be the master key, at least 64 "
            "hex digits (patron-sync keys new prints one)"
        ) from None


def _from_json(conn_id: str, text: str) -> ConnectionFields:
    content = json.loads(text)
    extra = content.get("extra") or {}
    if isinstance(extra, str):
        extra = json.loads(extra)
    if not isinstance(extra, dict):
        raise ValueError("extra is no object")
    return ConnectionFields(
        conn_id=conn_id,
        conn_type=content.get("conn_type") or "",
        host=content.get("host") or "",
        port=content.get("port"),
        path=content.get("schema") or "",
        login=content.get("login") or "",
        password=content.get("password") or "",
        extra={key: str(value) for key, value in extra.items()},
    )


def _from_uri(conn_id: str, text: str) -> ConnectionFields:
    parts = urlsplit(text)
    if not parts.scheme:
        raise ValueError("no scheme")
    return ConnectionFields(
        conn_id=conn_id,
        conn_type=parts.scheme,
        host=unquote(parts.hostname or ""),
        port=parts.port,
        path=unquote(parts.path.lstrip("/")),
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        extra=dict(parse_qsl(parts.query)),
    )
