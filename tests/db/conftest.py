"""Fixtures of the tests that need a database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from registry_operators.ledger.database import Ledger
from tests.db.flow_world import World
from tests.factories import Cicero

Query = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def world(ledger: Ledger, cicero: Cicero) -> World:
    """Two libraries, no patrons, an empty registry."""
    return World(ledger, cicero)


@pytest.fixture
def query(db: psycopg.Connection[Any]) -> Query:
    """Ask the database in a session of its own: all rows of a statement."""

    def ask(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        cursor = db.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []

    return ask
