"""What the tests of single SQL files share: a run that stands at a stage, and running twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from registry_operators.ledger.database import Ledger
from registry_operators.steps.assign_cards_and_pins import assign_cards_and_pins
from registry_operators.steps.filter_consent import filter_consent
from registry_operators.steps.filter_local_cards import filter_local_cards
from registry_operators.steps.guard_changes import guard_changes
from registry_operators.steps.look_up_persons import look_up_persons
from registry_operators.steps.plan_changes import plan_changes
from registry_operators.steps.stage_cicero_changes import stage_cicero_changes
from registry_operators.steps.stage_registry_changes import stage_registry_changes
from tests.db.flow_world import World
from tests.factories import KEYS, LIBRARY, PADS, SECRETS, a_run

_STAGES = {
    "pull": ("opened", "staged", "consent_filtered", "cards_filtered", "assigned", "planned",
        "guarded",
    ),
    "push": (
        "opened", "staged", "consent_filtered", "cards_filtered", "looked_up", "assigned",
        "planned", "guarded",
    ),
}  # fmt: skip


def run_at(world: World, flow: str, stage: str, *, number: int = 90, **request: Any) -> UUID:
    """Open a run of one library and take it to a stage with the steps before it."""
    run_id = a_run(
        world.ledger, flow, number=number, config=world.config, libraries=(LIBRARY,), **request
    )
    for step in _steps(world, flow, run_id)[: _STAGES[flow].index(stage)]:
        step()
    return run_id


def _steps(world: World, flow: str, run_id: UUID) -> list[Callable[[], object]]:
    ledger, connect = world.ledger, world.registry.connect
    where: dict[str, Any] = {"run_id": run_id, "libraries": (LIBRARY,)}
    extract: Callable[[], object] = (
        (lambda: stage_registry_changes(ledger, connect, SECRETS, **where))
        if flow == "pull"
        else (lambda: stage_cicero_changes(ledger, KEYS, **where))
    )
    steps: list[Callable[[], object]] = [
        extract,
        lambda: filter_consent(ledger, run_id=run_id),
        lambda: filter_local_cards(ledger, run_id=run_id),
    ]
    if flow == "push":
        steps.append(lambda: look_up_persons(ledger, connect, SECRETS, **where))
    return [
        *steps,
        lambda: assign_cards_and_pins(ledger, world.config, SECRETS, run_id=run_id),
        lambda: plan_changes(ledger, KEYS, run_id=run_id),
        lambda: guard_changes(ledger, world.config, run_id=run_id),
    ]


def advance(ledger: Ledger, run_id: UUID, to_stage: str) -> None:
    """What the step does right after its statement, in the same transaction."""
    ledger.run(
        "run/advance_library",
        run_id=run_id,
        library=LIBRARY,
        to_stage=to_stage,
        read_count=None,
        until_time=None,
    )


def here(run_id: UUID) -> dict[str, Any]:
    """The parameters that most statements take."""
    return {"run_id": run_id, "library": LIBRARY}


def unheld(run_id: UUID) -> dict[str, Any]:
    """The parameters of a load that writes what never waited for a person."""
    return {**here(run_id), "held_set_id": None}


def load_to_cicero(world: World, run_id: UUID, *statements: str) -> None:
    """Run statements of the load, each for the one library."""
    for statement in statements:
        pads = PADS if statement.endswith("base") else {}
        world.ledger.run(statement, **unheld(run_id), **pads)
