"""Which planned changes ``guarded_changes`` counts against a limit, and as which kind."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.db.flow_world import World
from tests.db.sql_bench import a_past_run, put
from tests.factories import LIBRARY, OTHER_LIBRARY, a_patron, a_person_key

# The library's runs: one long ago, one of yesterday, and one of now, of which the plan is.
LONG_AGO, YESTERDAY, SINCE, NOW, LATER, STILL_LATER = (
    f"2026-03-0{day} 06:00+00" for day in (1, 4, 5, 6, 7, 8)
)  # fmt: skip
NIGHT = "2026-03-05 23:00+00"
OLD, NEW = {"given_at": LONG_AGO}, {"given_at": SINCE}
CARD, PIN = {"field": "card"}, {"field": "pin"}
RELATE, CREATE = {"field": "relation"}, {"field": "relation", "action": "create"}
NEW_CARD = CARD | {"action": "create"}
REMOVE, CLEAR = {"field": "relation", "action": "remove"}, CARD | {"action": "clear"}


def plan(world: World, run_id: UUID, patron_id: int, **row: Any) -> None:
    facts: dict[str, Any] = {"library": LIBRARY, "record_no": 1, "action": "update"}
    put(
        world, "patron_sync.plan", run_id=run_id, patron_id=patron_id, reason="R",
        person_key=a_person_key(0), **facts | {"target": "registry"} | row,
    )  # fmt: skip


def a_patron_since(world: World, created_at: str, **consent: Any) -> int:
    patron_id = world.cicero.add(a_patron(consent=False))
    query = "update cicero.patron set created_at = %s where patron_id = %s"
    world.cicero.db.execute(query, [created_at, patron_id])
    put(world, "cicero.consent", patron_id=patron_id, given_by="patron", **consent)
    return patron_id


def kinds(query, run_id: UUID) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = query(
        "select field, kind from patron_sync.guarded_changes(%s) order by 1, 2", run_id
    )
    return found


def runs_of(world: World, flow: str = "push", earlier: Any = (LONG_AGO, YESTERDAY)) -> UUID:
    """Completed runs, others that must not count, and the run of now."""
    for number, when in enumerate(earlier, start=1):
        a_past_run(world, number, when, flow, {})
    other = "pull" if flow == "push" else "push"
    a_past_run(world, 11, SINCE, other, {})
    a_past_run(world, 12, NIGHT, flow, {"library": OTHER_LIBRARY}, {"stage": "loaded"})
    a_past_run(world, 13, LATER, flow, {})
    a_past_run(world, 15, STILL_LATER, flow, {"stage": "opened"})
    a_past_run(world, 14, SINCE, flow)
    planned = {"stage": "planned"}
    return a_past_run(world, 20, NOW, flow, planned, planned | {"library": OTHER_LIBRARY})


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([CARD, PIN], ["card_overwrites", "pin_overwrites"], id="overwrites"),
        pytest.param([CLEAR], ["field_clears"], id="clear"),
        pytest.param([REMOVE], ["relation_removals"], id="removal"),
        pytest.param([RELATE], ["creations"], id="relation"),
        pytest.param([CREATE, NEW_CARD], ["creations", "creations"], id="creation"),
        pytest.param([NEW_CARD], [], id="value_where_there_was_none"),
        pytest.param([CARD | {"state": "dropped"}], [], id="dropped"),
        pytest.param([CARD | {"target": "cicero"}], [], id="what_a_push_writes_into_cicero"),
        pytest.param([CARD, CREATE | {"record_no": 2}], ["card_overwrites", "creations"], id="two"),
    ],
)
def test_a_change_has_a_kind(world: World, query, rows, expected) -> None:
    """A relation of the same number at another library, or in another run, says nothing."""
    patron_id = a_patron_since(world, LONG_AGO, **OLD)
    run_id = runs_of(world)
    for row in rows:
        plan(world, run_id, patron_id, **row)
    plan(world, run_id, patron_id, library=OTHER_LIBRARY, **NEW_CARD)
    plan(world, a_past_run(world, 30, LONG_AGO, "push"), patron_id, **CREATE)

    assert [kind for _, kind in kinds(query, run_id)] == expected


def test_what_a_pull_writes_into_cicero_counts(world: World, query) -> None:
    patron_id = a_patron_since(world, LONG_AGO, **OLD)
    run_id = runs_of(world, "pull")
    plan(world, run_id, patron_id, target="cicero", **PIN)

    assert kinds(query, run_id) == [("pin", "pin_overwrites")]


@pytest.mark.parametrize("relation", [CREATE, RELATE], ids=["create", "relate"])
def test_nothing_is_a_creation_in_the_first_run_of_a_library(world, query, relation) -> None:
    patron_id = a_patron_since(world, LONG_AGO, **NEW)
    run_id = runs_of(world, earlier=())
    for row in (relation, CARD):
        plan(world, run_id, patron_id, **row)

    assert kinds(query, run_id) == [("card", "card_overwrites")]


@pytest.mark.parametrize(
    ("consent", "created_at", "kind"),
    [
        pytest.param(NEW, LONG_AGO, "consent_flips", id="agreed_since"),
        pytest.param({"given_at": YESTERDAY}, LONG_AGO, "consent_flips", id="at_that_moment"),
        pytest.param(OLD, LONG_AGO, "card_overwrites", id="agreed_before"),
        pytest.param(NEW, SINCE, "card_overwrites", id="came_since"),
        pytest.param(NEW, YESTERDAY, "card_overwrites", id="came_at_that_moment"),
        pytest.param(
            NEW | {"consent_type": "KEEP_HISTORICAL_LOAN_DATA"}, LONG_AGO, "card_overwrites",
            id="to_another_use",
        ),
        pytest.param(
            NEW | {"withdrawn_at": NOW, "withdrawn_by": "patron"}, LONG_AGO, "card_overwrites",
            id="withdrew_again",
        ),
    ],
)  # fmt: skip
def test_a_new_consent_of_a_known_patron_is_a_flip(
    world: World, query, consent: dict[str, Any], created_at: str, kind: str
) -> None:
    """Another patron has agreed since."""
    patron_id = a_patron_since(world, created_at, **consent)
    other_id = world.cicero.add(a_patron(1, consent=False))
    query("update cicero.patron set created_at = %s where patron_id = %s", LONG_AGO, other_id)
    put(world, "cicero.consent", patron_id=other_id, given_by="patron", **NEW)
    run_id = runs_of(world)
    plan(world, run_id, patron_id, **CARD)
    plan(world, run_id, patron_id, library=OTHER_LIBRARY, **NEW_CARD)

    assert kinds(query, run_id) == [("card", kind)]


def test_what_belongs_to_a_flip_goes_with_it_alone(world: World, query) -> None:
    """Not a record of the same number at another library, another record or another run."""
    flipped = a_patron_since(world, LONG_AGO, **NEW)
    other_id = world.cicero.add(a_patron(1))
    run_id = runs_of(world)
    for row in (CREATE, NEW_CARD):
        plan(world, run_id, flipped, **row)
    plan(world, run_id, other_id, record_no=2, **PIN)
    plan(world, run_id, other_id, library=OTHER_LIBRARY, **PIN)
    plan(world, a_past_run(world, 30, LONG_AGO, "push"), flipped, record_no=2, **CARD)

    assert kinds(query, run_id) == [
        ("card", "consent_flips"), ("pin", "pin_overwrites"), ("pin", "pin_overwrites"),
        ("relation", "consent_flips"),
    ]  # fmt: skip


def test_a_removal_of_somebody_who_agreed_since_is_a_removal(world: World, query) -> None:
    patron_id = a_patron_since(world, LONG_AGO, **NEW)
    run_id = runs_of(world)
    plan(world, run_id, patron_id, **REMOVE)

    assert kinds(query, run_id) == [("relation", "relation_removals")]


def test_a_new_value_of_somebody_who_agreed_since_counts(world: World, query) -> None:
    patron_id = a_patron_since(world, LONG_AGO, **NEW)
    run_id = runs_of(world)
    plan(world, run_id, patron_id, **NEW_CARD)

    assert kinds(query, run_id) == [("card", "consent_flips")]


def test_held_digest_changes_with_what_waits_in_its_set_alone(world: World, query) -> None:
    def digest() -> str:
        ((found,),) = query("select patron_sync.held_digest(%s)", UUID(int=1))
        return str(found)

    run_id = runs_of(world)
    plan(world, run_id, 1, held_set_id=UUID(int=1), state="held", **CARD)
    first = digest()

    plan(world, run_id, 1, held_set_id=UUID(int=2), state="held", **PIN)
    plan(world, run_id, 1, held_set_id=UUID(int=1), state="confirmed", **RELATE)
    assert digest() == first

    plan(world, run_id, 1, held_set_id=UUID(int=1), state="sent", record_no=2, **CARD)
    assert digest() != first
