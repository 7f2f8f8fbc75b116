"""Each statement of ``include/sql/alerts``, run twice on a few rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.ledger.database import Ledger
from tests.db.alert_bench import an_ended_run, at
from tests.db.flow_world import World
from tests.db.sql_bench import put
from tests.db.sync_bench import SyncWorld, a_document, a_record
from tests.factories import LIBRARY, OTHER_LIBRARY, a_patron, a_run_id

BOTH = [LIBRARY, OTHER_LIBRARY]


def twice(ledger: Ledger, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a query, which are the same when it is asked again."""
    rows = [tuple(row) for row in ledger.rows(statement, **parameters)]
    assert [tuple(row) for row in ledger.rows(statement, **parameters)] == rows
    return rows


class TestListUnfinished:
    def missing(self, world: World, libraries: list[str] | None = None) -> list[str]:
        rows = twice(world.ledger, "alerts/list_unfinished", flow="pull",
                     libraries=libraries or BOTH, due_at=at(2, 6))  # fmt: skip
        return [library for (library,) in rows]

    def test_list_unfinished_lists_everybody_before_the_first_run(self, world: World) -> None:
        assert self.missing(world) == BOTH

    def test_who_has_ended_since_then_is_not_missing(self, world: World) -> None:
        an_ended_run(world, "pull", at(1, 6), {}, {"library": OTHER_LIBRARY})
        an_ended_run(world, "pull", at(2, 6))

        assert self.missing(world) == [OTHER_LIBRARY]

    @pytest.mark.parametrize(
        "run",
        [{"started_at": at(2, 5)}, {"is_dry_run": True}, {"finished_at": None}, {"flow": "push"}],
        ids=["too early", "dry run", "goes on", "other flow"],
    )
    def test_another_run_does_not_count(self, world: World, run: dict[str, Any]) -> None:
        an_ended_run(world, "pull", at(1, 6))
        an_ended_run(world, **{"flow": "pull", "started_at": at(2, 6)} | run)  # type: ignore[arg-type]

        assert self.missing(world, [LIBRARY]) == [LIBRARY]

    def test_a_library_that_is_new_is_not_missed(self, world: World) -> None:
        an_ended_run(world, "pull", at(1, 6), {}, {"library": OTHER_LIBRARY, "stage": "disabled"})

        assert self.missing(world) == [LIBRARY]


class TestListFailures:
    def failures(self, world: World) -> list[tuple[Any, ...]]:
        return twice(world.ledger, "alerts/list_failures", libraries=BOTH)

    def test_list_failures_names_the_cause_of_each_library(self, world: World) -> None:
        run_id = an_ended_run(
            world, "pull", at(2, 6), {"failure_code": "LOGIN_REFUSED"},
            {"library": OTHER_LIBRARY, "alarm": "critical"}, state="failed",
        )  # fmt: skip
        push = an_ended_run(world, "push", at(2, 1), {}, {"library": OTHER_LIBRARY})
        for library, mismatches in ((LIBRARY, '[{"number": "writes"}]'), (OTHER_LIBRARY, "[]")):
            put(world, "patron_sync.account", run_id=push, library=library, stage="done", writes=0,
                conflicts=0, mismatches=mismatches)  # fmt: skip
        for reason in (Reason.SEQUENCE_EXHAUSTED, Reason.REFUSED):
            put(world, "patron_sync.outcome", run_id=push, library=OTHER_LIBRARY, outcome="failed",
                reason=reason, records=2)  # fmt: skip

        assert run_id
        assert self.failures(world) == [
            ("pull", LIBRARY, "LOGIN_REFUSED"), ("pull", OTHER_LIBRARY, "FAILING_RECORDS"),
            ("push", LIBRARY, "DOES_NOT_ADD_UP"), ("push", OTHER_LIBRARY, "SEQUENCE_EXHAUSTED"),
        ]  # fmt: skip

    def test_only_the_last_run_of_a_library_counts(self, world: World) -> None:
        an_ended_run(world, "pull", at(1, 6), {"failure_code": "UNAVAILABLE"}, state="failed")
        an_ended_run(world, "pull", at(2, 6))
        an_ended_run(world, "pull", at(2, 7), {"failure_code": "REFUSED"}, is_dry_run=True)

        assert self.failures(world) == []

    def test_a_run_that_failed_without_a_library_is_told_itself(self, world: World) -> None:
        an_ended_run(world, "push", at(2, 1), {"stage": "planned"}, state="failed")

        assert self.failures(world) == [("push", "", "RUN_FAILED")]

    def test_while_a_run_goes_on_what_was_known_stands(self, world: World) -> None:
        an_ended_run(world, "pull", at(1, 6))
        an_ended_run(world, "pull", at(2, 6), {"failure_code": None}, state="running",
                     finished_at=None)  # fmt: skip
        put(world, "patron_sync.alert", code="LIBRARY_FAILED", flow="pull", library=LIBRARY,
            level="critical", cause="REFUSED")  # fmt: skip
        put(world, "patron_sync.alert", code="NOT_DONE", flow="pull", level="critical")

        assert self.failures(world) == [("pull", LIBRARY, "REFUSED")]


def a_held_set(world: World, number: int, **changes: Any) -> None:
    run_id = an_ended_run(world, "pull", at(2, 6))
    facts = {"library": LIBRARY, "kind": "creations", "digest": "d", "changes": 30, "allowed": 20,
             "population": 100, "asked_by": "kari"}  # fmt: skip
    put(world, "patron_sync.held_set", held_set_id=a_run_id(number), run_id=run_id,
        expires_at="tomorrow", **facts | changes)  # fmt: skip


def test_list_held_counts_open_changes_by_library_and_kind(world: World) -> None:
    a_held_set(world, 1)
    a_held_set(world, 2, changes=5)
    a_held_set(world, 3, kind="conflicts", changes=1)
    a_held_set(world, 4, state="applied")

    rows = twice(world.ledger, "alerts/list_held")

    assert [row[:3] for row in rows] == [(LIBRARY, "conflicts", 1), (LIBRARY, "creations", 35)]
    assert all(0 <= hours < 48 for *_, hours in rows)


def test_list_quiet_lists_who_has_read_nothing_for_so_many_runs(world: World) -> None:
    for day in (1, 2, 3):
        an_ended_run(world, "pull", at(day, 6), {"read_count": 0},
                     {"library": OTHER_LIBRARY, "read_count": 1 if day == 1 else 0})  # fmt: skip
    an_ended_run(world, "push", at(3, 1), {"read_count": 0})
    an_ended_run(world, "push", at(3, 2), {"read_count": 0, "library": OTHER_LIBRARY,
                                           "is_whole": True})  # fmt: skip

    rows = twice(world.ledger, "alerts/list_quiet", libraries=BOTH, quiet_runs=3)

    assert rows == [("pull", LIBRARY, 3), ("push", OTHER_LIBRARY, 1)]


def test_list_sequences_tells_what_is_left(world: World) -> None:
    put(world, "patron_sync.card_sequence", library=LIBRARY, prefix="N", first_value=1,
        last_value=1000, next_value=902, width=4)  # fmt: skip
    put(world, "patron_sync.card_sequence", library=OTHER_LIBRARY, prefix="N", first_value=2001,
        last_value=2010, next_value=2011, width=4)  # fmt: skip

    rows = twice(world.ledger, "alerts/list_sequences", libraries=BOTH)

    assert rows == [(LIBRARY, 99, 9), (OTHER_LIBRARY, 0, 0)]
    assert twice(world.ledger, "alerts/list_sequences", libraries=[LIBRARY]) == rows[:1]


def pending(world: World, patron_id: int, **changes: Any) -> None:
    library = changes.get("library", LIBRARY)
    world.cicero.add(a_patron(patron_id, library=library))
    facts = {"flow": "push", "library": library, "reason": Reason.REFUSED}
    put(world, "patron_sync.pending", patron_id=patron_id, **facts | changes)


def test_list_refused_numbers_counts_patrons_by_library(world: World) -> None:
    pending(world, 1, reason=Reason.NUMBER_NOT_RESERVED)
    pending(world, 2)
    pending(world, 3, reason=Reason.NUMBER_NOT_RESERVED, library=OTHER_LIBRARY)

    rows = twice(world.ledger, "alerts/list_refused_numbers", libraries=[LIBRARY])

    assert rows == [(LIBRARY, 1)]


def test_list_sync_troubles_lists_the_last_runs_that_failed_or_are_held(
    world: World, query
) -> None:
    syncs = SyncWorld(world.ledger)
    for name in ("failed", "held", "well", "cancelled", "deleted"):
        syncs.ils.records = [a_record(1)]
        syncs.run(text=a_document(name=name))
        if name != "deleted":
            put(world, "data_sync.definition", name=name, text="", saved_by="kari",
                cancelled_at="now" if name == "cancelled" else None)  # fmt: skip
    query("update data_sync.run set state = 'failed', failure_code = 'UNAVAILABLE'"
          " where name <> 'well'")  # fmt: skip
    query("update data_sync.run set state = 'held', failure_code = null where name = 'held'")

    rows = twice(world.ledger, "alerts/list_sync_troubles")

    assert rows == [("failed", "failed", "UNAVAILABLE"), ("held", "held", "")]


def an_alert(code: str = "READ_NOTHING", **changes: Any) -> dict[str, Any]:
    facts = {"flow": "pull", "library": LIBRARY, "item": "", "level": "warning", "cause": ""}
    return {"code": code, **facts, "facts": {"runs": 3}} | changes


def keep(ledger: Ledger, *alerts: dict[str, Any]) -> None:
    ledger.run("alerts/keep_alerts", alerts=json.dumps(alerts))


def test_keep_alerts_writes_what_is_wrong_and_keeps_its_beginning(ledger: Ledger) -> None:
    keep(ledger, an_alert())
    (first,) = ledger.rows("alerts/list_alerts")
    keep(ledger, an_alert(level="critical", facts={"runs": 4}))

    (second,) = ledger.rows("alerts/list_alerts")

    assert (second.level, second.facts, second.since) == ("critical", {"runs": 4}, first.since)


def test_list_alerts_lists_them_in_order(ledger: Ledger) -> None:
    keep(ledger, an_alert(library=OTHER_LIBRARY), an_alert(), an_alert("NOT_DONE", library=""))

    rows = twice(ledger, "alerts/list_alerts")

    assert [row[:3] for row in rows] == [
        ("NOT_DONE", "pull", ""), ("READ_NOTHING", "pull", LIBRARY),
        ("READ_NOTHING", "pull", OTHER_LIBRARY),
    ]  # fmt: skip


def test_end_alerts_removes_what_was_looked_for_and_not_found(ledger: Ledger) -> None:
    stays, goes, unasked = an_alert(), an_alert(flow="push"), an_alert("DAG_FAILED", item="watch")
    keep(ledger, stays, goes, unasked)
    asked = {"codes": ["READ_NOTHING"], "alerts": json.dumps([stays])}

    assert ledger.run("alerts/end_alerts", **asked) == 1
    assert ledger.run("alerts/end_alerts", **asked) == 0

    left = ledger.rows("alerts/list_alerts")
    assert [(row.code, row.flow) for row in left] == [("DAG_FAILED", "pull"),
                                                      ("READ_NOTHING", "pull")]  # fmt: skip


def test_end_alert_removes_one(ledger: Ledger) -> None:
    keep(ledger, an_alert("DAG_FAILED", item="watch"), an_alert("DAG_FAILED", item="housekeeping"))

    assert ledger.run("alerts/end_alert", code="DAG_FAILED", item="watch") == 1
    assert ledger.run("alerts/end_alert", code="DAG_FAILED", item="watch") == 0

    assert [row.item for row in ledger.rows("alerts/list_alerts")] == ["housekeeping"]


def tell(ledger: Ledger, channel: str) -> None:
    ledger.run("alerts/forget_told", channel=channel)
    ledger.run("alerts/store_told", channel=channel)


def untold(ledger: Ledger, channel: str) -> list[tuple[Any, ...]]:
    rows = twice(ledger, "alerts/list_untold", channel=channel)
    return [(row[0], row[1], row[4], row[-1]) for row in rows]


def test_list_untold_lists_what_a_channel_does_not_know(ledger: Ledger) -> None:
    keep(ledger, an_alert(), an_alert("DAG_FAILED", item="watch"))
    tell(ledger, "mail")
    keep(ledger, an_alert(level="critical"), an_alert(flow="push"))
    ledger.run("alerts/end_alert", code="DAG_FAILED", item="watch")

    assert untold(ledger, "mail") == [
        ("READ_NOTHING", "pull", "critical", False), ("READ_NOTHING", "push", "warning", False),
        ("DAG_FAILED", "pull", "warning", True),
    ]  # fmt: skip
    assert untold(ledger, "webhook") == [
        ("READ_NOTHING", "pull", "critical", False), ("READ_NOTHING", "push", "warning", False),
    ]  # fmt: skip


def test_list_untold_leaves_out_what_has_only_other_numbers(ledger: Ledger) -> None:
    keep(ledger, an_alert())
    tell(ledger, "mail")
    keep(ledger, an_alert(facts={"runs": 9}))

    assert untold(ledger, "mail") == []


def test_store_told_writes_what_the_channel_knows_now(ledger: Ledger, query) -> None:
    keep(ledger, an_alert(cause="REFUSED"))

    for _ in range(2):
        tell(ledger, "mail")
        assert query("select channel, code, level, cause, facts from patron_sync.alert_told") == [
            ("mail", "READ_NOTHING", "warning", "REFUSED", {"runs": 3})
        ]


def test_forget_told_leaves_other_channels_alone(ledger: Ledger, query) -> None:
    keep(ledger, an_alert())
    for channel in ("mail", "webhook"):
        tell(ledger, channel)

    assert ledger.run("alerts/forget_told", channel="mail") == 1
    assert ledger.run("alerts/forget_told", channel="mail") == 0

    assert query("select channel from patron_sync.alert_told") == [("webhook",)]


def test_lock_alerts_keeps_another_process_out_until_the_end(ledger: Ledger, query) -> None:
    held = "select count(*) from pg_locks where locktype = 'advisory' and granted"

    with ledger.transaction():
        for _ in range(2):
            ledger.rows("alerts/lock_alerts")
            assert query(held) == [(1,)]

    assert query(held) == [(0,)]


def test_measure_flows_tells_who_waits_and_since_when(world: World, query) -> None:
    pending(world, 1, since="2026-03-01 00:00+00")
    pending(world, 2)
    put(world, "patron_sync.watermark", flow="pull", library=LIBRARY, run_id=a_run_id(),
        registry_time="2026-03-01", moved_at="2026-03-01 00:00+00")  # fmt: skip
    world.cicero.delete(world.cicero.add(a_patron(3, library=OTHER_LIBRARY)))

    rows = world.ledger.rows("alerts/measure_flows")
    again = world.ledger.rows("alerts/measure_flows")

    assert [row[:3] for row in rows] == [row[:3] for row in again] == [
        (LIBRARY, "pull", 0), (LIBRARY, "push", 2), (OTHER_LIBRARY, "push", 1)
    ]  # fmt: skip
    ((age,),) = query("select extract(epoch from now() - '2026-03-01 00:00+00')::bigint")
    quiet, loud, removal = rows
    assert (quiet.waiting_s, loud.completed_s, removal.completed_s) == (0, None, None)
    assert abs(loud.waiting_s - age) < 600
    assert abs(quiet.completed_s - age) < 600
    assert removal.waiting_s < 600


def test_measure_runs_tells_what_the_last_run_did(world: World) -> None:
    for day in (1, 2):
        end = at(2, 6, 1 if day == 1 else 2)
        run_id = an_ended_run(world, "pull", at(day, 6), {}, {"library": OTHER_LIBRARY,
                              "stage": "disabled"}, finished_at=end)  # fmt: skip
        for library in BOTH:
            put(world, "patron_sync.account", run_id=run_id, library=library, stage="done",
                writes=day, conflicts=0)  # fmt: skip
        for outcome, reason in (("held", "CONFLICT"), ("held", "LIMIT_EXCEEDED"), ("failed", "X"),
                                ("unchanged", "")):  # fmt: skip
            put(world, "patron_sync.outcome", run_id=run_id, library=LIBRARY, outcome=outcome,
                reason=reason, records=day)  # fmt: skip
    an_ended_run(world, "pull", at(2, 7), is_dry_run=True)

    assert twice(world.ledger, "alerts/measure_runs") == [(LIBRARY, "pull", 7, 2, 4, 2, 120)]


def test_measure_libraries_tells_what_is_held_and_left(world: World) -> None:
    put(world, "patron_sync.card_sequence", library=LIBRARY, prefix="N", first_value=1,
        last_value=100, next_value=41, width=4)  # fmt: skip
    a_held_set(world, 1)
    a_held_set(world, 2, changes=5)
    a_held_set(world, 3, state="rejected")

    assert twice(world.ledger, "alerts/measure_libraries") == [(LIBRARY, 35, 60)]
