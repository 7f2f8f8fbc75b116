"""A run with another configuration than the one before leaves one event (X9)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from registry_operators.ledger.audit_signature import AuditVerifier
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.steps.verify_audit import verify_audit
from tests.db.flow_world import World
from tests.factories import (
    LIBRARY,
    NO_LIMITS,
    OTHER_LIBRARY,
    a_config,
    a_library_config,
    a_patron,
    a_run,
    a_run_id,
)

Query = Callable[..., list[tuple[Any, ...]]]
PIN = "8642"
NO_PINS = {"synchronise": {"card_number": True, "pin": False}}


def acts(query: Query) -> list[tuple[Any, ...]]:
    return query(
        "select actor, run_id, detail from patron_sync.audit_event where kind = 'act'"
        " order by event_no"
    )


def told(query: Query) -> dict[str, Any]:
    detail: dict[str, Any]
    ((_, _, detail),) = acts(query)
    return detail


def with_library(**changes: Any) -> LibrariesConfig:
    return a_config(**{
        f"_{LIBRARY}": a_library_config(**changes),
        f"_{OTHER_LIBRARY}": a_library_config(OTHER_LIBRARY),
    })  # fmt: skip


def test_the_first_run_and_one_like_it_tell_nothing(world: World, query) -> None:
    world.rounds(2)

    assert acts(query) == []


def test_a_change_is_told_once_with_digests_and_fields(world: World, query) -> None:
    world.push()
    before = world.config.digest
    world.config = with_library(**NO_PINS)

    world.pull(asked_by="ola")
    world.rounds(1)

    assert acts(query) == [(
        "ola", a_run_id(2),
        {"before": before[:16], "after": world.config.digest[:16],
         "changed": [f"libraries.{LIBRARY}.synchronise.pin"]},
    )]  # fmt: skip


def test_a_run_that_is_opened_again_tells_nothing_more(world: World, query) -> None:
    world.push()
    world.config = with_library(**NO_PINS)
    world.run("pull", number=7)

    world.run("pull", number=7)

    assert len(acts(query)) == 1


def test_of_a_changed_pin_only_the_name_is_told_and_kept(world: World, query) -> None:
    world.push()
    world.config = with_library(default_pin=PIN)

    world.push()

    assert told(query)["changed"] == [f"libraries.{LIBRARY}.default_pin"]
    assert PIN not in json.dumps(told(query))
    ((fields,),) = query("select fields from patron_sync.configuration")
    assert len(fields[f"libraries.{LIBRARY}.default_pin"]) == 16
    assert not {"7314", PIN, "Fjordby bibliotek"} & set(fields.values())


def test_limits_and_whole_libraries_are_named(world: World, query) -> None:
    world.config = a_config(**{f"_{LIBRARY}": a_library_config()})
    world.push()
    world.config = a_config(NO_LIMITS, **{f"_{OTHER_LIBRARY}": a_library_config(OTHER_LIBRARY)})

    world.push()

    changed = told(query)["changed"]
    assert {f"-libraries.{LIBRARY}", f"+libraries.{OTHER_LIBRARY}"} <= set(changed)
    assert "guards.limits.pin_overwrites.percent" in changed
    assert not [name for name in changed if name.startswith("libraries.")]


def test_of_a_run_before_this_release_only_the_digests_are_told(world: World, query) -> None:
    world.push()
    query("update patron_sync.configuration set fields = '{}'")
    world.config = with_library(**NO_PINS)

    world.push()

    assert told(query)["changed"] == []


def test_asking_why_tells_nothing(world: World, query) -> None:
    world.push()

    a_run(world.ledger, config=with_library(**NO_PINS), number=9)

    assert acts(query) == []


def test_the_trail_verifies_with_such_events(world: World, tmp_path: Path) -> None:
    world.cicero.add(a_patron())
    world.push()
    world.config = with_library(**NO_PINS)
    world.push()

    account = verify_audit(world.ledger, AuditVerifier([]), tmp_path)

    assert account.broken is None
