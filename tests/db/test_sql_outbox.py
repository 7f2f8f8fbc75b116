"""Each statement of ``include/sql/outbox`` and ``writer``, run twice on a few rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.ledger.database import Ledger
from tests.db.flow_world import World
from tests.factories import LIBRARY, OTHER_LIBRARY, a_patron, a_person_key, a_run_id

EVERYBODY = {"library": None, "reason": None, "patron_id": None}
EVERYTHING = {"library": None, "reason": None}
RUN, LATER_RUN = a_run_id(1), a_run_id(2)
CHOICES = ("library", "reason", "patron_id"), [
    (None, None, None), (LIBRARY, None, None), (None, Reason.CARD_IN_USE, None), (None, None, 2),
    (OTHER_LIBRARY, Reason.REFUSED, None), (LIBRARY, Reason.REFUSED, 1),
]  # fmt: skip


@pytest.fixture
def other(database_url: str) -> Iterator[Ledger]:
    """A second process, as the database sees it."""
    with Ledger.connect(database_url) as ledger:
        yield ledger


@pytest.fixture
def waiting(world: World, query) -> dict[int, tuple[str, str]]:
    """Three patrons who wait for a person; patron id to library and reason."""
    who: dict[int, tuple[str, str]] = {
        1: (LIBRARY, Reason.REFUSED), 2: (LIBRARY, Reason.CARD_IN_USE),
        3: (OTHER_LIBRARY, Reason.REFUSED),
    }  # fmt: skip
    for patron_id, (library, reason) in who.items():
        assert world.cicero.add(a_patron(patron_id, library=library)) == patron_id
        query(
            "insert into patron_sync.pending (flow, library, patron_id, reason, waits)"
            " values ('push', %s, %s, %s, true)", library, patron_id, reason,
        )  # fmt: skip
    return who


@pytest.fixture
def deleted(world: World, query) -> int:
    """The id of a deletion of which the registry has not been told."""
    patron_id, _ = world.both(a_patron(7))
    world.push()
    world.cicero.delete(patron_id)
    ((deletion_id,),) = query("select deletion_id from cicero.deleted_patron")
    return deletion_id  # type: ignore[no-any-return]


def chosen(waiting: dict[int, tuple[str, str]], *choice: Any) -> set[int]:
    """Who is meant, said in another way than the statements do."""
    return {
        patron_id
        for patron_id, (library, reason) in waiting.items()
        if {library, reason, patron_id} >= set(choice) - {None}
    }


@pytest.mark.parametrize(*CHOICES)
def test_retry_patrons_lets_the_chosen_be_tried_again(
    world: World, query, waiting, library, reason, patron_id
) -> None:
    meant = chosen(waiting, library, reason, patron_id)
    choice = {"library": library, "reason": reason, "patron_id": patron_id}

    assert world.ledger.run("outbox/retry_patrons", **choice) == len(meant) > 0
    assert world.ledger.run("outbox/retry_patrons", **choice) == 0

    tried = query("select patron_id from patron_sync.pending where not waits")
    assert {patron_id for (patron_id,) in tried} == meant


@pytest.mark.parametrize(*CHOICES)
def test_drop_patrons_forgets_the_chosen_only(
    world: World, query, waiting, library, reason, patron_id
) -> None:
    meant = chosen(waiting, library, reason, patron_id)
    choice = {"library": library, "reason": reason, "patron_id": patron_id}

    assert world.ledger.run("outbox/drop_patrons", **choice) == len(meant) > 0
    assert world.ledger.run("outbox/drop_patrons", **choice) == 0

    left = query("select patron_id from patron_sync.pending")
    assert {patron_id for (patron_id,) in left} == waiting.keys() - meant


def test_drop_removal_settles_one_deletion_and_forgets_the_person(world, query, deleted) -> None:
    patron_id, _ = world.both(a_patron(8))
    world.push(libraries=(OTHER_LIBRARY,))
    world.cicero.delete(patron_id)

    assert world.ledger.run("outbox/drop_removal", deletion_id=deleted) == 1
    assert world.ledger.run("outbox/drop_removal", deletion_id=deleted) == 0

    kept = query("select national_id is null, settled_at is not null from cicero.deleted_patron"
                 " order by deletion_id")  # fmt: skip
    assert kept == [(True, True), (False, False)]


def test_list_entries_lists_patrons_and_removals_oldest_first(world, query, waiting) -> None:
    query("update patron_sync.pending set since = now() - make_interval(days => patron_id::int)")
    world.cicero.delete(world.cicero.add(a_patron(8, consent=False)))
    world.cicero.delete(world.cicero.add(a_patron(7)))

    for _ in range(2):
        rows = world.ledger.rows("outbox/list_entries", **EVERYTHING)
        assert [(row.kind, row.age_days, row.waits) for row in rows] == [
            ("patron", 3, True), ("patron", 2, True), ("patron", 1, True), ("removal", 0, False)
        ]  # fmt: skip
        assert [row.entry_id for row in rows[:3]] == [3, 2, 1]
        assert (rows[3].flow, rows[3].reason) == ("push", Reason.PATRON_DELETED)


def test_list_entries_narrows_by_library_and_reason(world: World, waiting) -> None:
    world.cicero.delete(world.cicero.add(a_patron(7, library=OTHER_LIBRARY)))

    def ids(**choice: str) -> list[int]:
        rows = world.ledger.rows("outbox/list_entries", **EVERYTHING | choice)
        return sorted(row.entry_id for row in rows if row.kind == "patron")

    for _ in range(2):
        assert ids(library=LIBRARY) == [1, 2]
        assert ids(reason=Reason.REFUSED) == [1, 3]
        assert ids(library=OTHER_LIBRARY, reason=Reason.CARD_IN_USE) == []
        removals = world.ledger.rows("outbox/list_entries", **EVERYTHING | {"library": LIBRARY})
        assert {row.kind for row in removals} == {"patron"}


def test_list_entries_counts_the_tries_of_a_removal(world: World, query, deleted: int) -> None:
    for number in (8, 9):
        query(
            "insert into patron_sync.plan (run_id, library, record_no, field, target, patron_id,"
            " person_key, action, reason, state)"
            " values (%s, %s, 1, 'relation', 'registry', 1, %s, 'remove', 'PATRON_DELETED', %s)",
            UUID(int=number), LIBRARY, a_person_key(7), {8: "failed", 9: "held"}[number],
        )  # fmt: skip

    for _ in range(2):
        (row,) = world.ledger.rows("outbox/list_entries", **EVERYTHING)
        assert (row.entry_id, row.attempts, row.waits) == (deleted, 1, True)
        assert row.person == a_person_key(7).hex()[:10]


def test_count_overdue_counts_what_is_older_than_that(world: World, query, waiting) -> None:
    query("update patron_sync.pending set since = now() - make_interval(days => 10)"
          " where library = %s", LIBRARY)  # fmt: skip
    world.cicero.delete(world.cicero.add(a_patron(7)))
    world.cicero.delete(world.cicero.add(a_patron(8, consent=False)))
    query("update cicero.deleted_patron set deleted_at = now() - make_interval(days => 8)")

    for _ in range(2):
        rows = world.ledger.rows("outbox/count_overdue", older_days=7)
        assert [tuple(row) for row in rows] == [
            (LIBRARY, "push", Reason.CARD_IN_USE, 1, 10),
            (LIBRARY, "push", Reason.PATRON_DELETED, 1, 8),
            (LIBRARY, "push", Reason.REFUSED, 1, 10),
        ]
        assert len(world.ledger.rows("outbox/count_overdue", older_days=9)) == 2


def take(ledger: Ledger, run_id: UUID = RUN, library: str = LIBRARY) -> Any:
    (row,) = ledger.rows("writer/take_writer", run_id=run_id, library=library)
    return row.token


def leave(ledger: Ledger, run_id: UUID = RUN, library: str = LIBRARY) -> Any:
    (row,) = ledger.rows("writer/leave_writer", run_id=run_id, library=library)
    return row


def test_take_writer_keeps_the_token_of_a_run_and_raises_it_for_another(ledger, other) -> None:
    first, again = take(ledger), take(ledger)
    beside, meanwhile = take(other, library=OTHER_LIBRARY), take(other, LATER_RUN)
    for _ in range(2):
        leave(ledger)
    leave(other, library=OTHER_LIBRARY)

    assert (first, again, beside, meanwhile) == (first, first, first, None)
    assert take(other, LATER_RUN) == first + 1


def test_leave_writer_lets_go_of_one_library_of_one_run(ledger: Ledger, other: Ledger) -> None:
    take(ledger)
    take(ledger, library=OTHER_LIBRARY)

    assert leave(ledger) == (True, True)
    assert take(other, LATER_RUN) is None
    assert take(other) is not None
    leave(other)
    leave(ledger, library=OTHER_LIBRARY)
    assert leave(ledger) == (False, False)

    assert take(other, LATER_RUN) is not None


def test_check_writer_knows_the_run_and_its_token(ledger: Ledger, other: Ledger) -> None:
    token = take(ledger)

    for _ in range(2):
        assert ledger.rows("writer/check_writer", run_id=RUN, token=token) == [(token,)]
        assert ledger.rows("writer/check_writer", run_id=RUN, token=token + 1) == []
        assert ledger.rows("writer/check_writer", run_id=LATER_RUN, token=token) == []


def test_check_sending_knows_writer_and_consent_of_this_moment(world: World) -> None:
    patron_id, without = world.cicero.add(a_patron()), world.cicero.add(a_patron(1, consent=False))
    record = {"run_id": RUN, "token": take(world.ledger), "is_removal": False}

    def told(**changes: Any) -> tuple[Any, ...]:
        (row,) = world.ledger.rows(
            "push/check_sending", **record | {"patron_id": patron_id} | changes
        )
        return tuple(row)

    for _ in range(2):
        assert told() == (True, True)
        assert told(token=99) == told(run_id=LATER_RUN) == (False, True)
        assert told(patron_id=without) == (True, False)
        assert told(patron_id=404, is_removal=True) == (True, True)
    world.cicero.withdraw(patron_id)
    assert told() == (True, False)
