"""The account of a run: each number that is put wrong is named, and nothing else turns it red."""

from __future__ import annotations

import pytest

from registry_operators.domain.tally import LibraryTally
from registry_operators.errors import RunFailedError
from registry_operators.steps.close_run import close_run
from registry_operators.steps.read_status import read_status
from registry_operators.steps.report_run import (
    raise_if_failed,
    read_tallies,
    report_run,
    stored_account,
)
from tests.db.flow_world import World
from tests.db.sql_bench import run_at
from tests.factories import LIBRARY, OTHER_LIBRARY, a_patron, a_run_id

RUN = {"run_id": a_run_id(1)}


@pytest.fixture
def pushed(world: World) -> World:
    """A push of three: two created, one without consent."""
    world.cicero.add(a_patron(0))
    world.cicero.add(a_patron(1))
    world.cicero.add(a_patron(2, consent=False))
    world.push(libraries=(LIBRARY,))
    return world


def recount(world: World, query) -> LibraryTally:
    """Take the account as if it had not been taken yet."""
    query("delete from patron_sync.account")
    (tally,) = report_run(world.ledger, **RUN)
    return tally


@pytest.mark.parametrize(
    ("corruption", "told"),
    [
        (
            "delete from patron_sync.verdict",
            "read 3, accounted 2: 1 record has no outcome",
        ),
        (
            "update patron_sync.run_library set read_count = 1",
            "read 1, accounted 3: 2 records too many have an outcome",
        ),
        (
            "insert into patron_sync.verdict (run_id, library, record_no, step, outcome, reason)"
            " select run_id, library, record_no, 'x', 'left_out', 'REFUSED'"
            " from patron_sync.staged_patron limit 1",
            "1 record is both taken out by a step and still staged",
        ),
        (
            "update patron_sync.plan set record_no = record_no + 90 where record_no ="
            " (select min(record_no) from patron_sync.plan)",
            "1 record is planned but neither staged nor taken out",
        ),
        (
            "update patron_sync.plan set state = 'sent' where field = 'pin'",
            "2 changes are planned or sent, and without an end",
        ),
        (
            "update patron_sync.plan set state = 'held' where field = 'pin'",
            "2 changes are held, and in no set that somebody decides on",
        ),
    ],
    ids=["lost", "too many", "in two places", "planned only", "no end", "nobody decides"],
)
def test_a_number_that_is_off_is_named(pushed: World, query, corruption, told) -> None:
    query(corruption)

    tally = recount(pushed, query)

    assert not tally.adds_up
    assert told in [mismatch.text for mismatch in tally.mismatches]
    with pytest.raises(RunFailedError, match=f"library {LIBRARY} does not add up: .*"):
        raise_if_failed([tally])


def test_writes_that_were_not_reported_are_named(pushed: World, query) -> None:
    query("update patron_sync.account set writes = 4")

    rows = pushed.ledger.rows("report/check_account", **RUN, libraries=[LIBRARY])

    assert [(row.number, row.expected, row.found) for row in rows] == [("writes", 6, 4)]


def test_what_is_off_stays_stored_and_makes_the_run_fail(pushed: World, query) -> None:
    query("delete from patron_sync.verdict")
    tally = recount(pushed, query)

    state = close_run(pushed.ledger, **RUN)

    assert state == "failed"
    stored = stored_account(pushed.ledger, **RUN)
    assert stored is not None
    assert stored[0].mismatches == tally.mismatches


def test_the_stored_account_is_the_one_that_was_counted(pushed: World, query) -> None:
    counted = recount(pushed, query)

    assert stored_account(pushed.ledger, **RUN) == [counted]


def test_rows_that_were_removed_later_do_not_turn_a_run_red(pushed: World, query) -> None:
    (before,) = report_run(pushed.ledger, **RUN)
    query("delete from patron_sync.staged_patron")
    query("delete from patron_sync.verdict")

    assert report_run(pushed.ledger, **RUN) == [before]
    assert close_run(pushed.ledger, **RUN) == "succeeded"


def test_a_run_that_went_on_is_counted_anew(world: World) -> None:
    world.cicero.add(a_patron(0))
    world.registry.away_libraries = {LIBRARY}
    broken = world.push(libraries=(LIBRARY,))[LIBRARY]
    world.registry.away_libraries = set()

    healed = world.run("push", number=1, libraries=(LIBRARY,))[LIBRARY]

    assert (broken.failed, healed.created) == (1, 1)
    assert stored_account(world.ledger, **RUN) == [healed]


def test_a_run_that_is_not_at_its_end_has_no_account_to_rely_on(world: World) -> None:
    world.cicero.add(a_patron(0))
    run_id = run_at(world, "push", "planned")
    report_run(world.ledger, run_id=run_id)

    assert stored_account(world.ledger, run_id=run_id) is None


def test_status_says_whether_the_last_run_added_up(pushed: World, query) -> None:
    before = read_status(pushed.ledger, pushed.config)[0]
    query("delete from patron_sync.verdict")
    recount(pushed, query)

    after = read_status(pushed.ledger, pushed.config)[0]

    assert (before["adds_up"], before["off"]) == (True, [])
    assert (after["adds_up"], after["off"]) == (
        False, ["read 3, accounted 2: 1 record has no outcome"]
    )  # fmt: skip


def test_a_library_that_stopped_is_accounted_for_when_the_run_has_ended(
    world: World, query
) -> None:
    world.registry.refused_libraries = {LIBRARY}
    world.pull()
    run = {"run_id": a_run_id(1)}

    tallies = read_tallies(world.ledger, **run)

    assert {code: tally.failure_code for code, tally in tallies.items()} == {
        LIBRARY: "LOGIN_REFUSED", OTHER_LIBRARY: None
    }  # fmt: skip
    query("update patron_sync.run set state = 'running'")
    assert set(read_tallies(world.ledger, **run)) == {OTHER_LIBRARY}
    query("update patron_sync.run set state = 'failed'")
    query("update patron_sync.run_library set stage = 'staged' where library = %s", LIBRARY)
    assert set(read_tallies(world.ledger, **run)) == {OTHER_LIBRARY}
