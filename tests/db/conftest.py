"""Fixtures of the tests that need a database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from registry_operators.ledger.database import Ledger
from tests.db.desk_bench import DeskBench
from tests.db.flow_world import World
from tests.factories import LIBRARY, Cicero, a_card_number, a_patron

Query = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def world(ledger: Ledger, cicero: Cicero) -> World:
    """Two libraries, no patrons, an empty registry."""
    return World(ledger, cicero)


@pytest.fixture
def desk(world: World, database_url: str) -> DeskBench:
    """A desk at the world."""
    return DeskBench(world, database_url)


@pytest.fixture
def query(db: psycopg.Connection[Any]) -> Query:
    """Ask the database in a session of its own: all rows of a statement."""

    def ask(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        cursor = db.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []

    return ask


@pytest.fixture
def pulled(world: World) -> int:
    """A patron whose card and PIN a pull has just replaced."""
    patron_id, person = world.both(a_patron())
    world.rounds()
    world.registry.change(person, card=a_card_number(60), pin="2468")
    assert world.pull()[LIBRARY].writes == 2
    return patron_id


@pytest.fixture
def pushed(world: World) -> int:
    """A patron whose new card and PIN a push has just sent."""
    patron_id, _ = world.both(a_patron())
    world.rounds()
    world.cicero.change_card(patron_id, a_card_number(60))
    world.cicero.set_pin(patron_id, "2468")
    assert world.push()[LIBRARY].writes == 2
    return patron_id
