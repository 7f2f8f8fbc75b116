"""What is old and not needed goes; what is young or needed stays (X10, X5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from registry_operators.errors import OverdueError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.settings.retention import Retention
from registry_operators.steps.apply_retention import apply_retention
from registry_operators.steps.check_outbox import overdue_entries, raise_if_overdue
from registry_operators.steps.report_run import report_run
from tests.db.flow_world import World
from tests.db.undo_bench import undo
from tests.factories import LIBRARY, a_card_number, a_patron, a_run_id

NOW = datetime.now(UTC)
_COUNT = "select count(*) from {}"
_OF_RUNS = "select 1 from patron_sync.{} where run_id = any(%s)"
_AGE = (
    "update patron_sync.{table} set {column} = {column} - make_interval(days => %s)"
    " where run_id = %s"
)
_NEEDED = ("patrons", "cards", "pins", "consents", "base", "pending", "watermark", "sequence")


def keep(world: World, **days: Any) -> dict[str, int]:
    """Apply the retention in small batches; only what was removed."""
    removed = apply_retention(world.ledger, Retention(**days), NOW, batch_size=2)
    return {table: rows for table, rows in removed.items() if rows}


def count(world: World, table: str) -> int:
    row = world.cicero.db.execute(_COUNT.format(table)).fetchone()
    assert row is not None
    return int(row[0])


def age(world: World, days: int, *runs: int) -> None:
    """Let some runs, and what they wrote, be so many days older."""
    for number in runs:
        for table, column in (("run", "started_at"), ("journal", "written_at")):
            statement = _AGE.format(table=table, column=column)
            world.cicero.db.execute(statement, [days, a_run_id(number)])


@pytest.fixture
def lived(world: World) -> World:
    """Three rounds: runs 1 to 6, with a written value in each of the first four."""
    world.both(a_patron(), relations=(LIBRARY,))
    world.cicero.add(a_patron(1, consent=False))
    world.rounds(1)
    world.registry.change(world.registry.of(0), card=a_card_number(60), pin="2468")
    world.rounds(1)
    world.cicero.set_pin(1, "1357")
    world.rounds(1)
    return world


def test_a_young_ledger_keeps_everything(lived: World) -> None:
    assert keep(lived) == {}


def test_staging_goes_after_a_week_and_the_account_stays_true(lived: World) -> None:
    age(lived, 8, 1, 2)
    staged, before = count(lived, "patron_sync.staged_patron"), report(lived, 1)

    removed = keep(lived)

    assert set(removed) == {"staged_patron"}
    assert count(lived, "patron_sync.staged_patron") == staged - removed["staged_patron"]
    assert report(lived, 1) == before


def report(world: World, number: int) -> Any:
    return report_run(world.ledger, run_id=a_run_id(number))


def test_the_journal_goes_after_two_weeks_and_a_run_can_be_undone_until_then(lived) -> None:
    age(lived, 13, 4)
    assert "journal" not in keep(lived)
    age(lived, 2, 4)

    assert keep(lived)["journal"] == 2
    assert {reason for *_, reason in undo(lived, run_id=a_run_id(4))} == {"OLD_VALUE_UNKNOWN"}


def test_plans_verdicts_and_runs_go_after_a_month(lived: World, query) -> None:
    undo(lived, run_id=a_run_id(4), fields=("card",))
    age(lived, 31, 1, 2, 3, 4)

    removed = keep(lived)

    assert {"plan", "verdict", "undo_change", "run"} <= set(removed)
    gone = [a_run_id(number) for number in (1, 2, 3, 4)]
    for table in ("plan", "verdict", "staged_patron", "journal", "undo_change"):
        assert query(_OF_RUNS.format(table), gone) == []
    assert count(lived, "patron_sync.difference") == 1


def test_the_run_with_which_limits_compare_stays_however_old(lived: World, query) -> None:
    age(lived, 400, 1, 2, 3, 4, 5, 6)

    keep(lived)

    kept = {run_id for (run_id,) in query("select run_id from patron_sync.run")}
    assert kept == {a_run_id(number) for number in (1, 2, 5, 6)}


def test_nothing_that_is_needed_goes_however_old(lived: World, query) -> None:
    query(
        "insert into patron_sync.pending (flow, library, patron_id, reason, since)"
        " values ('push', %s, 1, 'UNAVAILABLE', now() - interval '400 days')",
        LIBRARY,
    )
    age(lived, 400, 1, 2, 3, 4, 5, 6)
    before = lived.state(*_NEEDED)

    keep(lived)

    assert lived.state(*_NEEDED) == before
    assert [tally.writes for tally in lived.rounds()] == [0] * 4


def test_held_changes_keep_plan_and_values(world: World, query) -> None:
    for index in range(30):
        world.both(a_patron(index))
    world.rounds(1)
    for index in range(30):
        world.registry.change(world.registry.of(index), pin="2468")
    world.pull()
    age(world, 400, 3)

    keep(world)

    held = "select count(*) from patron_sync.{} where run_id = %s"
    assert query(held.format("plan"), a_run_id(3)) == [(30,)]
    assert query(held.format("staged_patron"), a_run_id(3)) == [(30,)]


def test_changes_go_when_they_are_old_and_the_push_has_read_them(lived: World, query) -> None:
    query("update cicero.change set changed_at = changed_at - interval '31 days'")
    read = count(lived, "cicero.change")
    lived.cicero.set_pin(1, "8642")
    query("update cicero.change set changed_at = changed_at - interval '31 days'")

    removed = keep(lived)

    assert removed["change"] == read
    assert lived.push()[LIBRARY].writes == 1


def test_settled_deletions_go_and_open_ones_stay(lived: World, query) -> None:
    lived.cicero.delete(1)
    lived.push()
    lived.cicero.delete(2)
    query("update cicero.deleted_patron set deleted_at = deleted_at - interval '31 days',"
          " settled_at = settled_at - interval '31 days'")  # fmt: skip

    assert keep(lived)["deleted_patron"] == 1
    assert [row[0] for row in lived.state("deleted")["deleted"]] == [2]


def test_the_audit_trail_goes_after_a_year_unless_somebody_else_trims(lived: World) -> None:
    events = count(lived, "patron_sync.audit_event")
    later = NOW + timedelta(days=400)

    kept = apply_retention(lived.ledger, Retention(audit_months=None), later)
    removed = apply_retention(lived.ledger, Retention(), later)

    assert kept["audit_event"] == 0
    assert removed["audit_event"] == events
    AuditTrail(lived.ledger).append("configure", actor="kari")
    assert count(lived, "patron_sync.audit_event") == 2


def test_a_second_call_removes_nothing(lived: World) -> None:
    age(lived, 400, 1, 2, 3, 4, 5, 6)
    keep(lived)

    assert keep(lived) == {}


def test_whoever_waits_too_long_turns_the_housekeeping_red(lived: World, query) -> None:
    query("insert into patron_sync.pending (flow, library, patron_id, reason, since)"
          " values ('push', %s, 1, 'UNAVAILABLE', now() - interval '4 days'),"
          " ('pull', %s, 2, 'REFUSED', now() - interval '2 days')", LIBRARY, LIBRARY)  # fmt: skip

    rows = overdue_entries(lived.ledger, 3)

    with pytest.raises(OverdueError, match="2030000, push, UNAVAILABLE: 1 waiting, the oldest for"):
        raise_if_overdue(rows, 3)


def test_whoever_waits_for_a_short_time_raises_no_alarm(lived: World) -> None:
    raise_if_overdue(overdue_entries(lived.ledger, 3), 3)
