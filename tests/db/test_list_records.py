"""The records behind the numbers of a run: all of them, each once, whichever way they are found."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.steps.apply_held_changes import apply_held_changes
from registry_operators.steps.decide_held_changes import approve_held, list_held, reject_held
from registry_operators.steps.find_records import FIELDS, OUTCOMES, Place, RecordFilter
from registry_operators.steps.list_records import Record, list_conflicts, list_records
from registry_operators.steps.report_run import report_run
from tests.db.flow_world import World
from tests.db.run_bench import HELD, a_mixed_pull
from tests.db.sql_bench import run_at
from tests.factories import LIBRARY, OTHER_LIBRARY, SECRETS, a_patron, a_run_id

LIBRARIES = [LIBRARY, OTHER_LIBRARY]
WHOLE = "update patron_sync.outcome set record_nos = null"
FIRST_ONLY = "update patron_sync.outcome set record_nos = record_nos[1:1]"


def every(world: World, run_id: UUID, *, most: int = 100, **wanted: Any) -> list[Record]:
    """Turn the pages of a list to its end."""
    found: list[Record] = []
    place: Place | None = Place()
    while place is not None:
        page = list_records(
            world.ledger, run_id, LIBRARIES, RecordFilter(**wanted), place, most=most
        )
        assert len(page.records) <= most
        assert page.following != place
        found += page.records
        place = page.following
    return found


def counted(world: World, run_id: UUID) -> Counter[tuple[str, str, str | None]]:
    """What the account counts today, by library, outcome and reason."""
    rows = world.ledger.rows("report/count_outcomes", run_id=run_id, library=None, record_no=None)
    return Counter({(row.library, row.outcome, row.reason): row.records for row in rows})


def listed(records: list[Record]) -> Counter[tuple[str, str, str | None]]:
    keys = [(one.library, one.record_no) for one in records]
    assert keys == sorted(set(keys))
    return Counter((one.library, one.outcome, one.reason) for one in records)


def a_push(world: World) -> UUID:
    """Created, updated, left out for three reasons, unchanged, and nobody else."""
    for index in range(3):
        world.both(a_patron(index))
    world.rounds(1)
    world.cicero.set_pin(1, "2468")
    world.cicero.add(a_patron(30))
    world.cicero.add(a_patron(31, consent=False))
    world.cicero.add(a_patron(32, card=None, local_card="L0000001", pin=None))
    world.cicero.add(a_patron(33, library=OTHER_LIBRARY))
    world.push(is_full=True)
    return a_run_id(world.runs)


def a_dry_run(world: World) -> UUID:
    a_mixed_pull(world, is_dry_run=True)
    return a_run_id(world.runs)


def a_run_half_way(world: World) -> UUID:
    for index in range(4):
        world.both(a_patron(index))
    return run_at(world, "pull", "cards_filtered", libraries=(LIBRARY, OTHER_LIBRARY))


def a_run_that_was_decided(world: World) -> UUID:
    run_id = a_mixed_pull(world)
    (held,) = list_held(world.ledger)
    approve_held(
        world.ledger, held.held_set_id, digest=held.digest, decided_by="kari", reason="right",
        four_eyes=True,
    )  # fmt: skip
    apply_held_changes(world.ledger, world.registry.connect, SECRETS, held_set_id=held.held_set_id)
    return run_id


def a_run_that_was_rejected(world: World) -> UUID:
    run_id = a_mixed_pull(world)
    (held,) = list_held(world.ledger)
    reject_held(world.ledger, held.held_set_id, decided_by="kari", reason="wrong")
    return run_id


RUNS = [
    a_mixed_pull, a_push, a_dry_run, a_run_half_way, a_run_that_was_decided,
    a_run_that_was_rejected,
]  # fmt: skip


@pytest.mark.parametrize("make", RUNS)
@pytest.mark.parametrize("notes", [None, WHOLE, FIRST_ONLY], ids=["noted", "looked at", "both"])
class TestEveryNumber:
    def test_is_behind_its_records(self, world: World, query, make, notes) -> None:
        run_id = make(world)
        if notes:
            query(notes)

        numbers = counted(world, run_id)

        assert numbers
        assert listed(every(world, run_id)) == numbers
        for outcome in OUTCOMES:
            some = Counter({key: n for key, n in numbers.items() if key[1] == outcome})
            assert listed(every(world, run_id, outcome=outcome)) == some
        for reason in {key[2] for key in numbers} - {None}:
            some = Counter({key: n for key, n in numbers.items() if key[2] == reason})
            assert listed(every(world, run_id, reason=reason)) == some

    def test_is_whole_however_small_a_page_is(self, world: World, query, make, notes) -> None:
        run_id = make(world)
        if notes:
            query(notes)

        for outcome in (None, *OUTCOMES):
            wanted = every(world, run_id, outcome=outcome)
            assert every(world, run_id, outcome=outcome, most=1) == wanted


class TestRecords:
    def test_tell_their_changes_and_nobody(self, world: World) -> None:
        run_id = a_mixed_pull(world)

        (held, *_) = every(world, run_id, outcome="held")

        assert [(one.field, one.state, one.reason) for one in held.changes] == [
            ("pin", "held", Reason.LIMIT_EXCEEDED)
        ]
        assert held.card == "N·······01"
        assert held.person is not None
        assert len(held.person) == 10

    def test_are_found_by_a_value_that_was_to_be_changed(self, world: World) -> None:
        run_id = a_mixed_pull(world)

        found = {field: len(every(world, run_id, field=field)) for field in FIELDS}

        assert found == {"relation": 0, "card": 4, "pin": HELD}
        assert len(every(world, run_id, field="card", outcome="failed")) == 1
        assert every(world, run_id, field="pin", outcome="failed") == []

    def test_of_other_libraries_are_not_listed(self, world: World) -> None:
        run_id = a_mixed_pull(world)

        page = list_records(
            world.ledger, run_id, [OTHER_LIBRARY], RecordFilter(outcome="updated"), most=9
        )

        assert [one.library for one in page.records] == [OTHER_LIBRARY]

    def test_that_were_removed_for_their_age_are_not_made_up(self, world: World, query) -> None:
        run_id = a_mixed_pull(world)
        query("delete from patron_sync.plan")
        query("delete from patron_sync.verdict")
        query("delete from patron_sync.staged_patron")

        assert {outcome: every(world, run_id, outcome=outcome) for outcome in OUTCOMES} == {
            outcome: [] for outcome in OUTCOMES
        }

    def test_a_search_ends_before_it_takes_long_and_goes_on(self, world: World, query) -> None:
        for index in range(40):
            world.cicero.add(a_patron(index))
        world.push()
        run_id = a_run_id(world.runs)
        query(WHOLE)
        # One that was created, behind many that only begin like it.
        query("update patron_sync.plan set state = 'failed' where field = 'pin' and patron_id < 40")
        created = RecordFilter(outcome="created")

        page = list_records(world.ledger, run_id, LIBRARIES, created, most=1)

        assert (page.records, page.following is None) == ((), False)
        assert len(every(world, run_id, outcome="created", most=1)) == 1


class TestConflicts:
    def test_tell_when_each_side_changed_the_value(self, world: World) -> None:
        run_id = a_mixed_pull(world)

        (conflict,) = list_conflicts(world.ledger, run_id, LIBRARIES, most=9)

        assert (conflict.library, conflict.field, conflict.state) == (LIBRARY, "card", "confirmed")
        assert conflict.registry_changed_at < conflict.cicero_changed_at
        assert list_conflicts(world.ledger, run_id, LIBRARIES, conflict, most=9) == []
        assert list_conflicts(world.ledger, run_id, [OTHER_LIBRARY], most=9) == []

    def test_are_listed_page_by_page(self, world: World, query) -> None:
        run_id = a_mixed_pull(world)
        query("update patron_sync.plan set is_conflict = true where run_id = %s", run_id)
        whole = list_conflicts(world.ledger, run_id, LIBRARIES, most=100)

        found: list[Any] = []
        while page := list_conflicts(
            world.ledger, run_id, LIBRARIES, found[-1] if found else None, most=2
        ):
            found += page

        assert found == whole
        assert len(whole) == HELD + 4


def test_an_account_notes_the_first_records_of_each_number(world: World, query) -> None:
    run_id = a_mixed_pull(world)

    rows = query("select records, record_nos from patron_sync.outcome where run_id = %s", run_id)

    assert all(len(numbers) == records for records, numbers in rows)
    report_run(world.ledger, run_id=run_id)
    assert query("select records, record_nos from patron_sync.outcome where run_id = %s",
                 run_id) == rows  # fmt: skip
