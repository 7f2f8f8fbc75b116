"""What the tests of an undo share."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from registry_operators.steps.undo_run import UndoRequest, undo_run
from tests.db.flow_world import World
from tests.factories import SECRETS, a_run_id

Outcome = dict[tuple[str, str, str, str | None], int]


def undo(world: World, **request: Any) -> Outcome:
    """Undo the last run; target, field, state and reason to changes, of all libraries."""
    asked: dict[str, Any] = {"run_id": a_run_id(world.runs), "asked_by": "kari"} | request
    rows = undo_run(
        world.ledger, world.registry.connect, SECRETS, UndoRequest(**asked), uuid4()
    )  # fmt: skip
    found: Outcome = {}
    for row in rows:
        key = (row.target, row.field, row.state, row.reason)
        found[key] = found.get(key, 0) + row.changes
    return found


def is_quiet(world: World) -> bool:
    """Two rounds of both jobs write nothing and leave both sides as they are."""
    before = world.state("cards", "pins"), world.registry.snapshot()
    writes = [tally.writes for tally in world.rounds(2)]
    return writes == [0] * 4 and before == (world.state("cards", "pins"), world.registry.snapshot())
