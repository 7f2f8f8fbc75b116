"""The patron database as Airflow knows it."""

from __future__ import annotations

from typing import Any, cast

from airflow.sdk import BaseHook

from registry_operators.ledger.database import Ledger


class PatronDbHook(BaseHook):
    """
    Gives the ledger on an Airflow Connection of type ``postgres``.

    Host, port, schema (the database), login and password as usual; extras such as ``sslmode``
    go to libpq. Statements and parameters are never logged.

    :param conn_id: Airflow Connection of the patron database.
    """

    def __init__(self, conn_id: str = "patron_db") -> None:
        super().__init__()
        self.conn_id = conn_id

    def ledger(self) -> Ledger:
        """
        Open a connection of its own; the caller closes it, best with ``with``.

        :raises UnavailableError: The database does not answer.
        """
        import psycopg
        from airflow.providers.postgres.hooks.postgres import PostgresHook

        from registry_operators.errors import UnavailableError

        try:
            hook = PostgresHook(self.conn_id, log_sql=False)
            return Ledger(cast("psycopg.Connection[Any]", hook.get_conn()))
        except psycopg.OperationalError as error:
            raise UnavailableError(
                f"the patron database does not answer ({type(error).__name__}); "
                f"check the Airflow Connection {self.conn_id}"
            ) from None
