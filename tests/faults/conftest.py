"""Fixtures of the tests with fault dials: a disturbed day, and what an undisturbed one ends in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.fault_world import Day, a_day


@pytest.fixture(scope="session")
def undisturbed(fresh_database) -> dict[str, Any]:
    """How the same day ends when nothing goes wrong."""
    with a_day(fresh_database) as day:
        day.night()
        day.night()
        return day.outcome()


@pytest.fixture
def day(fresh_database) -> Iterator[Day]:
    with a_day(fresh_database) as day:
        yield day
