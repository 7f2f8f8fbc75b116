"""Run the statements of ``include/sql`` on one PostgreSQL connection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import namedtuple_row

from registry_operators.errors import ConfigurationError, LedgerError, UnavailableError
from registry_operators.paths import SQL_DIR

if TYPE_CHECKING:
    from psycopg import Connection

type_names = Sequence[str]


class Ledger:
    """
    The patron database as the steps use it: named statements, bind parameters, no SQL text.

    Statements are named by their path below ``include/sql`` without the ending, for example
    ``pull/plan_cards``. Errors of the database are raised without the values of the row that
    caused them, because those would reach task logs.

    :param connection: An open psycopg connection; it is set to autocommit, and
        :meth:`transaction` groups statements.
    """

    def __init__(self, connection: Connection[Any]) -> None:
        connection.autocommit = True
        self._connection = connection
        self.rows("run/tune_session")

    @classmethod
    def connect(cls, database_url: str) -> Ledger:
        """Open a connection of its own; the caller closes it or uses ``with``."""
        try:
            connection = psycopg.connect(database_url, application_name="patron-sync")
        except psycopg.OperationalError as error:
            raise UnavailableError(
                f"the patron database does not answer ({type(error).__name__}); "
                "check PATRON_DB_URL or the Airflow connection patron_db"
            ) from None
        return cls(connection)

    def sibling(self) -> Ledger:
        """Open a second connection to the same database, for work beside this one."""
        info = self._connection.info
        try:
            connection = psycopg.connect(make_conninfo(info.dsn, password=info.password or None))
        except psycopg.OperationalError as error:
            raise UnavailableError(
                f"the patron database gives no second connection ({type(error).__name__}); "
                "allow two for each task"
            ) from None
        return Ledger(connection)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Ledger:
        """Return the ledger itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is run inside together, or nothing of it."""
        with self._without_values(), self._connection.transaction():
            yield

    @contextmanager
    def rolled_back(self) -> Iterator[None]:
        """Let what is run inside see its own writes, and then undo them."""
        with self._without_values(), self._connection.transaction(force_rollback=True):
            yield

    def run(self, statement: str, **parameters: Any) -> int:
        """Run a statement and return how many rows it wrote."""
        with self._without_values():
            return self._connection.execute(_sql(statement), parameters).rowcount

    def rows(self, statement: str, **parameters: Any) -> list[Any]:
        """Run a query and return its rows as named tuples."""
        with self._without_values(), self._connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(_sql(statement), parameters).fetchall()

    def leave(self, statement: str, **parameters: Any) -> None:
        """Run a query that lets go of something; a connection that is lost has done so already."""
        with suppress(UnavailableError, LedgerError):
            self.rows(statement, **parameters)

    def stream(self, statement: str, *, batch_size: int, **parameters: Any) -> Iterator[list[Any]]:
        """Run a query on a server-side cursor and yield batches of rows; needs a transaction."""
        with (
            self._without_values(),
            self._connection.cursor("stream", row_factory=namedtuple_row) as cursor,
        ):
            cursor.execute(_sql(statement), parameters)
            while batch := cursor.fetchmany(batch_size):
                yield batch

    def copy(self, statement: str, types: type_names, rows: Iterable[tuple[Any, ...]]) -> int:
        """
        Stream rows into a binary ``COPY … FROM STDIN`` and return their number.

        :param types: PostgreSQL type names of the columns, in the order of the statement.
        """
        count = 0
        with (
            self._without_values(),
            self._connection.cursor() as cursor,
            cursor.copy(_sql(statement)) as copy,
        ):
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)
                count += 1
        return count

    def copy_text(self, statement: str, lines: Iterable[bytes]) -> None:
        """
        Stream lines into a text ``COPY … FROM STDIN``, each a row with its end.

        For rows whose columns are built as text anyway, such as JSON: no value is converted.
        """
        with (
            self._without_values(),
            self._connection.cursor() as cursor,
            cursor.copy(_sql(statement)) as copy,
        ):
            copy.write(b"".join(lines))

    def lines(self, statement: str) -> Iterator[bytes]:
        """Stream the lines of a ``COPY … TO STDOUT`` in text form, without their ends."""
        rest = b""
        with (
            self._without_values(),
            self._connection.cursor() as cursor,
            cursor.copy(_sql(statement)) as copy,
        ):
            for block in copy:
                *lines, rest = (rest + bytes(block)).split(b"\n")
                yield from lines

    def run_many(self, statement: str, parameters: Iterable[dict[str, Any]]) -> None:
        """Run a statement once for each set of parameters, pipelined."""
        with self._without_values(), self._connection.cursor() as cursor:
            cursor.executemany(_sql(statement), list(parameters))

    @contextmanager
    def _without_values(self) -> Iterator[None]:
        """Replace a database error by one that names kind and constraint, never a value."""
        try:
            yield
        except psycopg.OperationalError as error:
            raise UnavailableError(
                f"the patron database gave up ({type(error).__name__}, "
                f"SQLSTATE {error.sqlstate}); run the step again"
            ) from None
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            raise ConfigurationError(
                "the patron database lacks tables of this release; run: patron-sync db migrate"
            ) from None
        except psycopg.Error as error:
            where = error.diag.constraint_name or error.diag.table_name or "no constraint"
            raise LedgerError(
                f"the patron database refused a statement ({type(error).__name__}, "
                f"SQLSTATE {error.sqlstate}, {where})"
            ) from None


@cache
def _sql(statement: str) -> bytes:
    path = SQL_DIR / f"{statement}.sql"
    if not path.is_file():
        raise LedgerError(
            f"no statement {statement}: expected the file include/sql/{statement}.sql"
        )
    return path.read_bytes()
