"""Bring the patron database to the schema that this release needs."""

from __future__ import annotations

from pathlib import Path

from registry_operators.errors import LedgerError
from registry_operators.paths import SQL_DIR

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(conninfo: str) -> None:
    """
    Run the Alembic revisions that the database has not had yet.

    :param conninfo: libpq URL or key-value string. Running it again changes nothing.
    """
    import psycopg
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, pool

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(conninfo),
        poolclass=pool.NullPool,
    )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def run_schema_file(name: str) -> None:
    """Run one file of ``include/sql/schema`` in the transaction of the current revision."""
    from alembic import op

    connection = op.get_bind().connection.driver_connection
    if connection is None:
        raise LedgerError("a revision runs on an open connection only")
    connection.execute((SQL_DIR / "schema" / name).read_text())
