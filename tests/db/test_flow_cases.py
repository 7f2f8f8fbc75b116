"""Every case of the demo's patrons, after push, pull, push and pull, at one library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import psycopg
import pytest

from registry_operators.ledger.database import Ledger
from registry_operators.paths import CONFIG_DIR
from registry_operators.settings.libraries import load_libraries
from stand_ins.cicero import Case, seed_cicero
from stand_ins.people import DEMO_LIBRARIES, national_card_number, person, pin
from stand_ins.registry.pins import PinCipher
from stand_ins.registry.seeding import Population, seeded_records
from tests.db.flow_world import World
from tests.factories import DEFAULT_PIN, KEYS, LIBRARY, Cicero
from tests.unit.steps.fake_registry import FakeRegistry, Person

PEOPLE = 40 * len(DEMO_LIBRARIES)
POPULATION = Population(PEOPLE, 1, DEMO_LIBRARIES)


class End(NamedTuple):
    """Where a case ends: cards and PIN in Cicero, card, PIN and relation in the registry."""

    cards: set[str]
    pin: tuple[str, bool] | None
    registry: tuple[str, str | None] | None
    is_related: bool


@pytest.fixture(scope="module")
def world(fresh_database) -> Iterator[World]:
    with (
        fresh_database() as url,
        Ledger.connect(url) as ledger,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        seed_cicero(connection, KEYS, patrons=PEOPLE, known_to_registry=PEOPLE)
        config = load_libraries(CONFIG_DIR / "libraries.yaml")
        world = World(ledger, Cicero(connection), a_full_registry(), config)
        world.rounds()
        yield world


def a_full_registry() -> FakeRegistry:
    registry = FakeRegistry()
    cipher = PinCipher(bytes.fromhex("00112233445566778899aabbccddeeff"))
    for record, relations in seeded_records(POPULATION, cipher):
        card, national_id, wire, at, by = (
            record[name] for name in ("lnr", "fnr_hash", "pin", "sist_endret", "sist_endret_av")
        )
        registry.people.append(Person(card, national_id, wire, at, by, set(relations)))
    return registry


def index_of(case: Case) -> int:
    """Which person a case is at the first library."""
    number = case * len(DEMO_LIBRARIES)
    if case in {Case.NEW_WITHOUT_CARD, Case.NEW_WITHOUT_PIN, Case.NEW_WITH_LOCAL_CARD}:
        return PEOPLE + number
    return number + 1 if case is Case.NEW_AT_LIBRARY else number


def expected(case: Case) -> End:
    index, patron_id = index_of(case), case * len(DEMO_LIBRARIES) + 1
    own, own_pin, local = national_card_number(index), pin(index), f"L{patron_id:07d}"
    chosen = f"N{104_000_000 + patron_id:09d}"
    as_before = End({own}, (own_pin, False), (own, own_pin), True)
    ends = {
        Case.CONSENT_WITHDRAWN: as_before._replace(registry=(own, None)),
        Case.LOCAL_CARD: as_before._replace(cards={own, local}),
        Case.BOTH_CARDS: as_before._replace(cards={own, local}),
        Case.NEW_WITHOUT_CARD: End({"N105000000"}, (own_pin, False), ("N105000000", own_pin), True),
        Case.NEW_WITHOUT_PIN: End({chosen}, (DEFAULT_PIN, True), (chosen, None), True),
        Case.OTHER_CARD: End({chosen}, (own_pin, False), (chosen, own_pin), True),
        Case.OTHER_PIN: as_before._replace(
            pin=(next_pin(own_pin), False), registry=(own, next_pin(own_pin))
        ),
        Case.DELETED: End(set(), None, (own, own_pin), False),
        Case.DELETED_WITHOUT_CONSENT: End(set(), None, (own, own_pin), True),
        Case.NO_NATIONAL_ID: End({local}, None, (own, own_pin), True),
        Case.WRONG_NATIONAL_ID: End({own}, None, (own, own_pin), True),
        Case.NEW_WITH_LOCAL_CARD: End({local}, (own_pin, False), None, False),
    }
    return ends.get(case, as_before)


def next_pin(digits: str) -> str:
    return f"{(int(digits) + 1) % 10_000:04d}"


@pytest.mark.parametrize("case", list(Case), ids=lambda case: case.name.lower())
def test_a_case_ends_as_the_specification_says(world: World, case: Case) -> None:
    patron_id = case * len(DEMO_LIBRARIES) + 1
    held = {number for number, (_, status, _) in world.cicero.cards(patron_id).items()
            if status == "active"}  # fmt: skip
    known = next((one for one in world.registry.people
                  if one.national_id == person(index_of(case)).national_id), None)  # fmt: skip

    found = world.cicero.pin(patron_id)

    assert End(
        held,
        found and found[:2],
        None if known is None else (known.card, world.registry.pin_of(index_of(case))),
        known is not None and LIBRARY in known.relations,
    ) == expected(case)


def test_further_rounds_write_nothing_anywhere(world: World) -> None:
    before = world.registry.snapshot(), world.state("cards", "pins", "base", "sequence")
    calls = len(world.registry.writes())

    tallies = [world.run(flow) for flow in ("push", "pull", "push")]

    assert [one.writes for run in tallies for one in run.values()] == [0] * 15
    assert len(world.registry.writes()) == calls
    assert (world.registry.snapshot(), world.state("cards", "pins", "base", "sequence")) == before


def test_the_disabled_library_is_neither_asked_nor_written(world: World) -> None:
    assert not [call for call in world.registry.calls if call.library == "2060000"]


def test_every_audit_line_is_written_in_the_fixed_form(world: World) -> None:
    world.push()

    assert world.audit
    for line in world.audit:
        words = line.split(" ")
        assert words[0] == "AUDIT"
        assert all(word.count("=") == 1 for word in words[1:]), line


def test_no_audit_line_names_a_person(world: World) -> None:
    world.push(is_full=True)
    lines = list(world.audit)
    world.pull(is_full=True)

    text = "\n".join(lines + world.audit)

    for one in world.registry.people:
        assert one.national_id == "" or one.national_id not in text
        assert one.card == "" or one.card not in text
