"""Airflow's Connection in the form that ``settings.connections`` reads."""

from __future__ import annotations

from registry_operators.settings.connections import ConnectionFields


def connection_fields(conn_id: str) -> ConnectionFields | None:
    """Return the fields of an Airflow Connection, or ``None`` when there is none of that id."""
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return None
    return ConnectionFields(
        conn_id=conn_id,
        conn_type=connection.conn_type or "",
        host=connection.host or "",
        port=connection.port,
        path=connection.schema or "",
        login=connection.login or "",
        password=connection.password or "",
        extra={key: str(value) for key, value in connection.extra_dejson.items()},
    )


def required_connection_fields(conn_id: str) -> ConnectionFields:
    """
    Return the fields of an Airflow Connection.

    :raises ConfigurationError: There is no connection of that id.
    """
    from registry_operators.errors import ConfigurationError

    fields = connection_fields(conn_id)
    if fields is None:
        raise ConfigurationError(f"the Airflow Connection {conn_id!r} is missing; create it")
    return fields
