"""Each statement of ``include/sql/reconcile``, run twice on a few rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from registry_operators.steps.compare_sides import compare_sides
from tests.db.flow_world import World
from tests.db.sql_bench import advance, here, run_at
from tests.factories import (
    KEYS,
    LIBRARY,
    OTHER_LIBRARY,
    PADS,
    a_card_number,
    a_patron,
    a_run,
    a_run_id,
    wire,
)

PULL = a_run_id(90)
HERE = {"run_id": PULL, "libraries": [LIBRARY]}
LONG_AGO = "2026-03-01T12:00:00"


@pytest.fixture
def agreed(world: World) -> list[int]:
    """Four patrons on whom both sides agree."""
    ids = [world.both(a_patron(index))[0] for index in range(4)]
    world.rounds()
    for person in world.registry.people:
        person.changed_at = LONG_AGO
    return ids


@pytest.fixture
def pulled(world: World, agreed: list[int]) -> UUID:
    """A pull before its comparison: a card and a PIN differ, one person is gone."""
    world.registry.of(0).card = a_card_number(70)
    world.registry.of(1).pin = wire("2222")
    world.registry.people.remove(world.registry.of(2))
    world.registry.add(80)
    return run_at(world, "pull", "cards_filtered", is_full=True, reconciliation_id=PULL)


def drift(world: World) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in world.ledger.rows("reconcile/list_drift", run_id=PULL)}


def test_count_values_counts_each_field_by_kind(world: World, query, pulled: UUID) -> None:
    for _ in range(2):
        assert world.ledger.run("reconcile/count_values", **HERE, **PADS) == 4
        assert drift(world) == {
            (LIBRARY, "card", "equal", 2), (LIBRARY, "card", "registry_changed", 1),
            (LIBRARY, "pin", "equal", 2), (LIBRARY, "pin", "registry_changed", 1),
        }  # fmt: skip
        query("delete from patron_sync.drift")


def test_count_values_leaves_fields_out_that_are_not_synchronised(world, query, pulled) -> None:
    query("update patron_sync.run_library set syncs_pin = false where run_id = %s", PULL)

    world.ledger.run("reconcile/count_values", **HERE, **PADS)

    assert {field for _, field, _, _ in drift(world)} == {"card"}


def test_count_values_and_persons_leave_other_libraries_alone(world: World, pulled: UUID) -> None:
    others = HERE | {"libraries": [OTHER_LIBRARY]}

    assert world.ledger.run("reconcile/count_values", **others, **PADS) == 0
    assert world.ledger.run("reconcile/count_persons", **others) == 0


def test_count_persons_counts_who_is_where(world: World, query, agreed, pulled: UUID) -> None:
    world.cicero.add(a_patron(40, library=OTHER_LIBRARY))
    no_id = world.cicero.add(a_patron(41, national_id=None, pin=None))

    for _ in range(2):
        assert world.ledger.run("reconcile/count_persons", **HERE) == 4
        assert drift(world) == {
            (LIBRARY, "relation", "on_both_sides", 3), (LIBRARY, "relation", "not_in_registry", 1),
            (LIBRARY, "relation", "UNKNOWN_PERSON", 1), (LIBRARY, "relation", "NO_NATIONAL_ID", 1),
        }  # fmt: skip
        query("delete from patron_sync.drift")

    world.cicero.withdraw(no_id)
    assert world.ledger.run("reconcile/count_persons", **HERE) == 3


def test_list_drift_tells_of_one_run_in_order(world: World, query, pulled: UUID) -> None:
    compare_sides(world.ledger, KEYS, run_id=PULL, libraries=[LIBRARY])
    a_run(world.ledger, "pull", number=91)

    for _ in range(2):
        rows = world.ledger.rows("reconcile/list_drift", run_id=PULL)
        assert [row.field for row in rows] == sorted(row.field for row in rows)
        assert sum(row.records for row in rows if row.field == "card") == 3
        assert world.ledger.rows("reconcile/list_drift", run_id=a_run_id(91)) == []


def test_compare_sides_keeps_what_it_found_at_first(world: World, query, pulled: UUID) -> None:
    first = compare_sides(world.ledger, KEYS, run_id=PULL, libraries=[LIBRARY])
    before = drift(world)
    query("delete from cicero.pin")

    again = compare_sides(world.ledger, KEYS, run_id=PULL, libraries=[LIBRARY])

    assert (len(first), again) == (3, [])
    assert drift(world) == before


def test_compare_sides_leaves_a_run_by_itself_alone(world: World, agreed: list[int]) -> None:
    run_id = run_at(world, "pull", "cards_filtered", is_full=True)

    assert compare_sides(world.ledger, KEYS, run_id=run_id, libraries=[LIBRARY]) == []
    assert drift(world) == set()


def test_count_absent_counts_who_should_be_there(world: World, pulled: UUID) -> None:
    compare_sides(world.ledger, KEYS, run_id=PULL, libraries=[LIBRARY])
    assert world.ledger.rows("guard/count_absent", run_id=PULL) == []
    advance(world.ledger, PULL, "planned")

    for _ in range(2):
        (row,) = world.ledger.rows("guard/count_absent", run_id=PULL)
        assert tuple(row) == (LIBRARY, 4, 1)


class TestStageDiffering:
    @pytest.fixture
    def push(self, world: World, pulled: UUID) -> UUID:
        """The push after the pull was judged."""
        compare_sides(world.ledger, KEYS, run_id=PULL, libraries=[LIBRARY])
        advance(world.ledger, PULL, "guarded")
        return run_at(world, "push", "opened", number=92, is_full=True, reconciliation_id=PULL)

    def staged(self, world: World, query, push: UUID) -> list[int]:
        """The patrons that are staged, twice the same."""
        found = []
        for _ in range(2):
            query("delete from patron_sync.staged_patron where run_id = %s", push)
            world.ledger.run("reconcile/stage_differing", **here(push), **PADS)
            found.append([patron_id for (patron_id,) in query(
                "select patron_id from patron_sync.staged_patron where run_id = %s"
                " order by record_no", push,
            )])  # fmt: skip
        assert found[0] == found[1]
        return found[0]

    def test_stage_differing_takes_who_is_gone_and_not_what_the_pull_carries(
        self, world, query, agreed, push
    ):
        assert self.staged(world, query, push) == [agreed[2]]

    def test_takes_whose_value_is_news_here(self, world, query, agreed, push) -> None:
        world.cicero.set_pin(agreed[3], "8642")
        world.cicero.change_card(agreed[0], a_card_number(71))

        assert self.staged(world, query, push) == [agreed[0], agreed[2], agreed[3]]

    def test_takes_whose_value_the_registry_has_lost(self, world, query, agreed, push) -> None:
        query("update patron_sync.staged_patron set pin_fingerprint = null"
              " where run_id = %s and patron_id = %s", PULL, agreed[3])  # fmt: skip

        assert self.staged(world, query, push) == [agreed[2], agreed[3]]

    def test_leaves_what_cannot_be_read_or_may_not_leave(self, world, query, agreed, push) -> None:
        query("update patron_sync.staged_patron set pin_fingerprint = null,"
              " pin_reason = 'PIN_UNREADABLE' where run_id = %s", PULL)  # fmt: skip
        world.cicero.add(a_patron(41, card=None, local_card="L1", pin=None))
        world.cicero.set_pin(agreed[3], "8642", must_change=True)

        assert self.staged(world, query, push) == [agreed[2]]

    def test_leaves_who_has_not_consented_or_was_taken_out(self, world, query, agreed, push):
        world.cicero.withdraw(agreed[2])
        query("insert into patron_sync.verdict (run_id, library, record_no, step, outcome, reason,"
              " patron_id) values (%s, %s, 99, 's', 'failed', 'R', %s)",
              PULL, LIBRARY, world.cicero.add(a_patron(42)))  # fmt: skip

        assert self.staged(world, query, push) == []

    def test_takes_who_has_no_card_at_all(self, world, query, agreed, push) -> None:
        newcomer = world.cicero.add(a_patron(43, card=None, pin=None))

        assert self.staged(world, query, push) == [agreed[2], newcomer]

    def test_the_registry_is_asked_for_all_of_them(self, world, query, agreed, push) -> None:
        self.staged(world, query, push)
        advance(world.ledger, push, "cards_filtered")

        rows = world.ledger.rows("push/list_look_ups", **here(push), **PADS, after_no=0,
                                 batch_size=9)  # fmt: skip
        assert len(rows) == 1
