"""Filters, planners and guards see their own run, library, person and field, and nothing else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.db.flow_world import World
from tests.db.sql_bench import run_at
from tests.factories import LIBRARY, OTHER_LIBRARY, PADS, a_patron, a_person_key

BOTH = (LIBRARY, OTHER_LIBRARY)
WITH_PADS = {"plan_cards", "plan_relations", "plan_assigned_values"}
STATEMENTS = [
    ("pull", "staged", "pull/filter_consent", ()),
    ("pull", "consent_filtered", "pull/filter_local_cards", ()),
    ("pull", "cards_filtered", "pull/list_missing_values", ()),
    ("pull", "assigned", "run/plan_assigned_values", ()),
    ("pull", "assigned", "pull/plan_cards", ()),
    ("pull", "assigned", "pull/plan_pins", ()),
    ("push", "staged", "push/filter_consent", ()),
    ("push", "consent_filtered", "push/filter_local_cards", ()),
    ("push", "looked_up", "push/list_missing_values", ()),
    ("push", "assigned", "run/plan_assigned_values", ()),
    ("push", "assigned", "push/plan_relations", ()),
    ("push", "assigned", "push/plan_cards", ("push/plan_relations",)),
    ("push", "assigned", "push/plan_pins", ("push/plan_relations",)),
    ("push", "assigned", "push/plan_removals", ()),
    ("pull", "assigned", "run/judge_conflicts", ("pull/plan_pins", "pull/plan_cards")),
    ("push", "assigned", "run/judge_conflicts", ("push/plan_pins", "push/plan_cards")),
]  # fmt: skip
# Rows of the ledger without what differs from run to run; the two flags say whose they are.
LEFT = (
    "select 'staged', run_id = %s and library = %s, patron_id, card_number, card_reason,"
    " pin_fingerprint, record_no::text from patron_sync.staged_patron",
    "select 'plan', run_id = %s and library = %s, patron_id, field, action,"
    " value_fingerprint, concat_ws(' ', record_no, target, reason, is_conflict, state,"
    " outcome_reason) from patron_sync.plan",
    "select 'verdict', run_id = %s and library = %s, patron_id, reason, outcome,"
    " person_key, record_no::text from patron_sync.verdict",
)  # fmt: skip


@pytest.fixture
def town(world: World, query) -> World:
    """Patrons of every sort at both libraries, as many at each, and none in the same order."""
    for library, order in ((LIBRARY, 1), (OTHER_LIBRARY, -1)):
        sorts: list[dict[str, Any]] = [
            {}, {"consent": False}, {"card": None, "pin": None}, {"national_id": None, "pin": None},
            {"card": None, "local_card": f"L{library}"}, {"must_change": True, "pin": "0000"}, {},
        ]  # fmt: skip
        for index, sort in list(enumerate(sorts))[::order]:
            world.cicero.add(a_patron(index, library=library, **sort))
    for index, values in enumerate(
        [("N100000050", "2468"), ("", None), ("", None), ("X1", "1111")]
    ):
        world.registry.add(index, card=values[0], pin=values[1], relations=BOTH)
    world.registry.add(6, card="X2", relations=BOTH)
    for library in BOTH:
        world.cicero.delete(world.cicero.add(a_patron(8, library=library)))
    query("update cicero.deleted_patron set person_key = %s", a_person_key(8))
    return world


def run(world: World, run_id: UUID, statement: str) -> list[Any]:
    """The rows that a statement gives; those that it wrote are looked up afterwards."""
    pads = PADS if statement.rpartition("/")[2] in WITH_PADS else {}
    if "list_" in statement:
        return [tuple(row) for row in world.ledger.rows(statement, run_id=run_id)]
    return [world.ledger.run(statement, run_id=run_id, **pads)]


def rows(query, run_id: UUID, *, own: bool) -> list[Any]:
    found = [row for part in LEFT for row in query(part, run_id, LIBRARY)]
    return sorted((row for row in found if row[1] is own), key=repr)


def add_decoys(query, field: str) -> None:
    """Bases and differences of two more libraries, of two strangers and of the other fields."""
    decoy = (
        "select distinct decoy.library, decoy.person_key, field, %s::bytea, staged.run_id"
        " from patron_sync.staged_patron as staged"
        " cross join unnest(array['relation', 'card', 'pin']) as field"
        " cross join lateral (values ('8000000', staged.person_key, true),"
        " ('9000000', staged.person_key, true), (staged.library, '\\x00', true),"
        " (staged.library, '\\x01', true), (staged.library, staged.person_key, field <> %s))"
        " as decoy (library, person_key, is_one)"
        " where decoy.is_one and decoy.person_key is not null on conflict do nothing"
    )
    query("insert into patron_sync.base (library, person_key, field, fingerprint, run_id)"
          f" {decoy}", b"decoy", field)  # fmt: skip
    query("insert into patron_sync.difference (library, person_key, field, undo_id)"
          " select library, person_key, field, run_id from patron_sync.base"
          " where field <> 'relation' and (library > '8' or length(person_key) = 1)")  # fmt: skip


@pytest.mark.parametrize(("flow", "stage", "statement", "before"), STATEMENTS)
def test_a_statement_keeps_to_its_run_library_person_and_field(
    town: World, query, flow: str, stage: str, statement: str, before: tuple[str, ...]
) -> None:
    def prepare(run_id: UUID) -> UUID:
        for one in before:
            run(town, run_id, one)
        return run_id

    alone = prepare(run_at(town, flow, stage, number=1))
    expected = run(town, alone, statement)
    after = rows(query, alone, own=True)
    run_at(town, flow, stage, number=2, libraries=BOTH)
    run_id = prepare(run_at(town, flow, stage, number=3, libraries=BOTH))
    query("update patron_sync.run_library set stage = 'opened' where run_id = %s and library = %s",
          run_id, OTHER_LIBRARY)  # fmt: skip
    add_decoys(query, statement.rpartition("_")[2].rstrip("s"))
    others = rows(query, run_id, own=False)

    assert expected not in ([], [0])
    assert run(town, run_id, statement) == expected
    assert rows(query, run_id, own=True) == after
    assert rows(query, run_id, own=False) == others
