"""What the tests of single SQL files share: a run that stands at a stage, and running twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from psycopg import sql

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
from tests.factories import (
    KEYS,
    LIBRARY,
    PADS,
    SECRETS,
    a_national_id,
    a_person_key,
    a_run,
    a_run_id,
)

_STAGES = {
    "pull": ("opened", "staged", "consent_filtered", "cards_filtered", "assigned", "planned",
        "guarded",
    ),
    "push": (
        "opened", "staged", "consent_filtered", "cards_filtered", "looked_up", "assigned",
        "planned", "guarded",
    ),
}  # fmt: skip


def run_at(
    world: World,
    flow: str,
    stage: str,
    *,
    number: int = 90,
    libraries: tuple[str, ...] = (LIBRARY,),
    **request: Any,
) -> UUID:
    """Open a run, of one library unless said otherwise, and take it to a stage."""
    run_id = a_run(
        world.ledger, flow, number=number, config=world.config, libraries=libraries, **request
    )
    for step in _steps(world, flow, run_id, libraries)[: _STAGES[flow].index(stage)]:
        step()
    return run_id


def _steps(
    world: World, flow: str, run_id: UUID, libraries: tuple[str, ...]
) -> list[Callable[[], object]]:
    ledger, connect = world.ledger, world.registry.connect
    where: dict[str, Any] = {"run_id": run_id, "libraries": libraries}
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


def put(world: World, table: str, **values: Any) -> None:
    """Insert one row as it stands, for what no step would leave behind."""
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(map(sql.Placeholder, values)),
    )
    world.cicero.db.execute(statement, values)


def stage(world: World, run_id: UUID, **values: Any) -> None:
    """Put the first record of a run, of the first person, into the staging area."""
    record = {"library": LIBRARY, "record_no": 1, "person_key": a_person_key(0)}
    put(world, "patron_sync.staged_patron", run_id=run_id, **record | values)


def run_that_is_at(world: World, flow: str, stage: str, *, number: int = 90) -> UUID:
    """Open a run and say that it has come so far, without anything staged."""
    run_id = a_run(world.ledger, flow, number=number)
    advance(world.ledger, run_id, stage)
    return run_id


def a_past_run(
    world: World, number: int, started_at: str, flow: str, *libraries: dict[str, Any]
) -> UUID:
    """A run that read its libraries as a whole, seven records of each unless said otherwise."""
    run_id = a_run_id(number)
    put(
        world, "patron_sync.run", run_id=run_id, flow=flow, is_full=True, is_dry_run=False,
        config_digest="d", started_at=started_at,
    )  # fmt: skip
    for library in libraries:
        facts = {"library": LIBRARY, "stage": "done", "is_whole": True, "read_count": 7}
        put(world, "patron_sync.run_library", run_id=run_id, syncs_card=True, syncs_pin=True,
            **facts | library)  # fmt: skip
    return run_id


def turn_off(world: World, column: str) -> None:
    """Let no library of a run synchronise cards, or PINs."""
    statement = sql.SQL("update patron_sync.run_library set {} = false")
    world.cicero.db.execute(statement.format(sql.Identifier(column)))


def know_persons(world: World) -> None:
    """Give each patron the key of the invented person whose national id it has."""
    for index in range(10):
        world.cicero.db.execute(
            "update cicero.patron set person_key = %s where national_id = %s",
            [a_person_key(index), a_national_id(index)],
        )


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
