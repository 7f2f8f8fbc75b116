"""The 192 scenarios of creation as a table, and what both sides hold after each of them (N3.3)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest
from _pytest.mark import ParameterSet

from registry_operators.paths import PROJECT_DIR
from registry_operators.settings.libraries import LibrariesConfig
from tests.db.flow_world import World
from tests.factories import (
    DEFAULT_PIN,
    LIBRARY,
    NO_LIMITS,
    a_card_number,
    a_config,
    a_library_config,
    a_national_id,
)

Row = dict[str, str]
PERSON = 300
SCENARIOS = list(
    csv.DictReader((PROJECT_DIR / "docs/creation_scenarios.csv").read_text("utf-8").splitlines())
)
GIVEN_CARD, GIVEN_PIN = a_card_number(700), "8642"
REGISTRY_CARD, REGISTRY_PIN = a_card_number(PERSON), "4711"
SEQUENCE_CARD = "N105000000"


@dataclass(frozen=True)
class Outcome:
    """What both sides hold: ``None`` stands for nothing; ``retired`` are numbers out of use."""

    cicero: tuple[str, str, bool]
    registry: tuple[str, str | None] | None
    is_related: bool


def name_of(row: Row) -> str:
    return "-".join(row[name] for name in (
        "rule", "actor", "consent", "card_given", "pin_given", "registry", "card_sync", "pin_sync",
    ))  # fmt: skip


def created(row: Row) -> tuple[str, str, bool]:
    """Card, PIN and flag that the table names for the moment of creation."""
    card = {"GIVEN": GIVEN_CARD, "REGISTRY": REGISTRY_CARD, "SEQUENCE": SEQUENCE_CARD}
    pin = {"GIVEN": GIVEN_PIN, "REGISTRY": REGISTRY_PIN, "DEFAULT": DEFAULT_PIN}
    return card[row["card_src"]], pin[row["pin_src"]], row["must_change_pin"] == "Y"


def after_the_night(row: Row, *, is_found: bool) -> Outcome:
    """What the table says both sides hold after the next push and pull."""
    card, pin, must_change = created(row)
    if row["consent"] == "0":
        registry = (REGISTRY_CARD, REGISTRY_PIN) if is_found else None
        return Outcome((card, pin, must_change), registry, is_related=False)
    if not is_found:
        sent_pin = pin if row["push_pin"] == "Y" else None
        is_made = row["push_card"] not in {"N"}
        return Outcome(
            (card, pin, must_change), (card, sent_pin) if is_made else None, is_related=is_made
        )
    sends_card = (
        row["push_card"] in {"Y", "only if differs (CONFLICT)"} and row["card_src"] == "GIVEN"
    )
    theirs = (
        card if sends_card else REGISTRY_CARD,
        pin if row["push_pin"] in {"Y", "only if found"} else REGISTRY_PIN,
    )
    here = (
        theirs[0] if row["card_sync"] == "1" else card,
        theirs[1] if row["pin_sync"] == "1" else pin,
        must_change and row["pin_sync"] == "0",
    )
    return Outcome(here, theirs, is_related=True)


def present(world: World, patron_id: int) -> Outcome:
    card, pin = world.cicero.card(patron_id), world.cicero.pin(patron_id)
    assert card
    assert pin
    people = [one for one in world.registry.people if one.national_id == a_national_id(PERSON)]
    registry = (people[0].card, world.registry.pin_of(PERSON)) if people else None
    related = bool(people) and LIBRARY in people[0].relations
    return Outcome((card, pin[0], pin[1]), registry, related)


def config_of(row: Row) -> LibrariesConfig:
    """One library, which synchronises what the row says."""
    switches = {"card_number": row["card_sync"] == "1", "pin": row["pin_sync"] == "1"}
    return a_config(NO_LIMITS, **{f"_{LIBRARY}": a_library_config(synchronise=switches)})


def set_stage(world: World, row: Row, *, is_found: bool) -> None:
    """Configure the library, let the registry know the person or not, and answer or not."""
    world.config = config_of(row)
    if is_found:
        world.registry.add(PERSON, card=REGISTRY_CARD, pin=REGISTRY_PIN)
    if row["registry"] == "unreachable":
        world.registry.away_libraries.add(LIBRARY)


def assert_nights_follow_the_table(
    world: World, patron_id: int, row: Row, *, is_found: bool
) -> None:
    """Look at a creation, push and pull, look again, and find the next night quiet."""
    asked = [call.operation for call in world.registry.calls]
    assert bool(asked) == (row["lookup"] != "N")
    assert set(asked) <= {"find"}
    assert present(world, patron_id).cicero == created(row)
    queued = world.cicero.db.execute("select flow, reason from patron_sync.pending").fetchall()
    assert queued == ([] if row["queue"] == "NONE" else [("push", row["queue"])])

    world.push()
    world.pull()

    assert present(world, patron_id) == after_the_night(row, is_found=is_found)
    calls = world.registry.mentions(a_national_id(PERSON))
    assert bool(calls) == (row["consent"] == "1")
    writes = len(world.registry.writes())
    quiet = world.rounds(1)
    assert [tally.writes for tally in quiet] == [0, 0]
    assert len(world.registry.writes()) == writes


def both_answers(rows: Iterable[Row]) -> Iterator[ParameterSet]:
    """Each row with what the registry turns out to hold; where it was silent that may be both."""
    for row in rows:
        if row["registry"] != "notfound":
            yield pytest.param(row, True, id=f"{name_of(row)}-known")
        if row["registry"] != "found":
            yield pytest.param(row, False, id=f"{name_of(row)}-unknown")
