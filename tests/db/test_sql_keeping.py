"""Each statement of ``include/sql/erase`` and ``include/sql/housekeeping``, run twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.db.flow_world import World
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_national_id,
    a_patron,
    a_person_key,
    a_run_id,
)

ASKED: dict[str, Any] = {
    "patron_id": None, "card_number": None, "national_id": None, "person_key": None,
}  # fmt: skip
WHO: dict[str, Any] = {"patron_ids": [1], "person_keys": [a_person_key(0)]}
MANY: dict[str, Any] = {"keep_days": 30, "batch_size": 1000}


def once(world: World, statement: str, expected: int, **parameters: Any) -> None:
    """Run a statement twice; the second call finds nothing."""
    assert world.ledger.run(statement, **parameters) == expected
    assert world.ledger.run(statement, **parameters) == 0


@pytest.fixture
def lived(world: World, query) -> World:
    """One person at two libraries and one without consent, after a round and a pull that wrote."""
    world.both(a_patron())
    world.cicero.add(a_patron(library=OTHER_LIBRARY, card=a_card_number(0)))
    world.cicero.add(a_patron(1, consent=False))
    world.rounds(1)
    world.registry.change(world.registry.of(0), pin="2468")
    world.pull()
    return world


@pytest.fixture
def old(lived: World, query) -> World:
    """The same, 31 days later."""
    for statement in (
        "update patron_sync.run set started_at = started_at - interval '31 days'",
        "update patron_sync.journal set written_at = written_at - interval '31 days'",
        "update cicero.change set changed_at = changed_at - interval '31 days'",
    ):
        query(statement)
    return lived


class TestErase:
    def test_find_patrons_finds_by_id_card_and_key(self, lived: World) -> None:
        for asked, expected in (
            ({"patron_id": 9}, [9]),
            ({"card_number": a_card_number(0)}, [1, 2]),
            ({"person_key": a_person_key(1)}, [3]),
        ):
            for _ in range(2):
                rows = lived.ledger.rows("erase/find_patrons", **(ASKED | asked))
                assert [row.patron_id for row in rows] == expected

    def test_find_patrons_tells_the_national_id_of_who_never_had_a_key(
        self, lived: World, query
    ) -> None:
        here, gone = (lived.cicero.add(a_patron(index)) for index in (7, 8))
        lived.cicero.delete(gone)

        for asked, expected in (
            ({"patron_id": here}, (here, a_national_id(7))),
            ({"patron_id": gone}, (gone, a_national_id(8))),
            ({"national_id": a_national_id(8)}, (gone, a_national_id(8))),
            ({"patron_id": 1}, (1, None)),
        ):
            for _ in range(2):
                rows = lived.ledger.rows("erase/find_patrons", **(ASKED | asked))
                assert [(row.patron_id, row.national_id) for row in rows] == [expected]

    def test_find_keys_knows_who_is_gone(self, lived: World) -> None:
        lived.cicero.delete(1)

        for _ in range(2):
            rows = lived.ledger.rows("erase/find_keys", patron_ids=[1])
            assert [bytes(row.person_key) for row in rows] == [a_person_key(0)]

    def test_find_same_person_looks_at_all_libraries(self, lived: World) -> None:
        for _ in range(2):
            rows = lived.ledger.rows("erase/find_same_person", **WHO)
            assert [tuple(row) for row in rows] == [(1, True, True), (2, True, True)]

    def test_list_held_sets_names_those_of_the_person(self, lived: World, query) -> None:
        query(
            "insert into patron_sync.held_set (held_set_id, run_id, library, kind, digest, changes,"
            " allowed, population, asked_by, expires_at) values (gen_random_uuid(), %s, %s,"
            " 'pin_overwrites', '', 1, 0, 1, 'ola', now())", a_run_id(3), LIBRARY,
        )  # fmt: skip
        query("update patron_sync.plan set state = 'held', held_set_id = one.held_set_id"
              " from patron_sync.held_set as one where plan.run_id = one.run_id")  # fmt: skip

        for _ in range(2):
            assert len(lived.ledger.rows("erase/list_held_sets", **WHO)) == 1
        nobody = {"patron_ids": [9], "person_keys": []}
        assert lived.ledger.rows("erase/list_held_sets", **nobody) == []

    def test_keep_counts_leaves_an_empty_verdict(self, lived: World, query) -> None:
        records = query("select count(*) from patron_sync.staged_patron where person_key = %s",
                        a_person_key(0))[0][0]  # fmt: skip

        once(lived, "erase/keep_counts", records, **WHO)

        kept = query("select distinct person_key, patron_id from patron_sync.verdict"
                     " where reason = 'ERASED'")  # fmt: skip
        assert kept == [(None, None)]

    def test_blank_verdicts_keeps_the_reason(self, lived: World, query) -> None:
        count = query("select count(*) from patron_sync.verdict where patron_id = 3")[0][0]
        who = {"patron_ids": [3], "person_keys": [a_person_key(1)]}

        once(lived, "erase/blank_verdicts", count, **who)

        reasons = query("select distinct reason from patron_sync.verdict where patron_id is null")
        assert ("NO_CONSENT",) in reasons

    def test_retire_numbers_parts_a_number_from_its_patron(self, lived: World, query) -> None:
        query("insert into patron_sync.taken_card_number values (%s, 1, 'N105000007', %s)",
              LIBRARY, a_run_id(1))  # fmt: skip

        once(lived, "erase/retire_numbers", 1, patron_ids=[1])

        assert query("select card_number from patron_sync.retired_card_number") == [("N105000007",)]

    def test_forget_traces_forgets_the_person_and_nobody_else(self, lived: World, query) -> None:
        lived.cicero.consent(3)

        counts = [
            {row.place: row.rows for row in lived.ledger.rows("erase/forget_traces", **WHO)}
            for _ in range(2)
        ]

        assert counts[0]["base"] > 0
        assert counts[0]["journal"] > 0
        assert set(counts[1].values()) == {0}
        assert query("select distinct patron_id from cicero.change order by 1") == [(2,), (3,)]

    def test_count_left_counts_removals_and_runs(self, lived: World) -> None:
        lived.cicero.delete(1)

        for _ in range(2):
            (row,) = lived.ledger.rows("erase/count_left", **WHO)
            assert tuple(row) == (1, 0)


class TestHousekeeping:
    def test_forget_staging_leaves_held_records(self, old: World, query) -> None:
        total = query("select count(*) from patron_sync.staged_patron")[0][0]
        query("update patron_sync.plan set state = 'held' where run_id = %s and library = %s",
              a_run_id(3), LIBRARY)  # fmt: skip

        once(old, "housekeeping/forget_staging", total - 1, **MANY)

    def test_forget_staging_takes_no_more_than_a_batch(self, old: World) -> None:
        for _ in range(2):
            assert old.ledger.run("housekeeping/forget_staging", keep_days=30, batch_size=1) == 1

    def test_forget_journal_forgets_what_is_old(self, old: World, query) -> None:
        total = query("select count(*) from patron_sync.journal")[0][0]

        assert old.ledger.run("housekeeping/forget_journal", keep_days=32, batch_size=9) == 0
        once(old, "housekeeping/forget_journal", total, **MANY)

    def test_forget_plans_leaves_what_is_held_or_under_way(self, old: World, query) -> None:
        total = query("select count(*) from patron_sync.plan")[0][0]
        query("update patron_sync.plan set state = 'held' where run_id = %s and library = %s",
              a_run_id(3), LIBRARY)  # fmt: skip
        query("update patron_sync.plan set state = 'sent' where run_id = %s and library = %s",
              a_run_id(3), OTHER_LIBRARY)  # fmt: skip
        query("update patron_sync.run set state = 'running' where run_id = %s", a_run_id(3))

        once(old, "housekeeping/forget_plans", total - 2, **MANY)

    def test_forget_verdicts_forgets_those_of_old_runs(self, old: World, query) -> None:
        total = query("select count(*) from patron_sync.verdict")[0][0]

        once(old, "housekeeping/forget_verdicts", total, **MANY)

    def test_forget_undo_changes_forgets_those_of_old_runs(self, old: World, query) -> None:
        query(
            "insert into patron_sync.undo_change (run_id, library, record_no, field, target,"
            " undo_id, person_key) select run_id, library, record_no, field, target,"
            " gen_random_uuid(), person_key from patron_sync.plan where run_id = %s", a_run_id(3),
        )  # fmt: skip

        once(old, "housekeeping/forget_undo_changes", 2, **MANY)

    def test_forget_runs_leaves_those_that_later_ones_look_at(self, old: World, query) -> None:
        query("delete from patron_sync.staged_patron")
        query("delete from patron_sync.plan")
        query("delete from patron_sync.verdict")
        old.run("pull")

        once(old, "housekeeping/forget_runs", 1, keep_days=30)

        kept = {run_id for (run_id,) in query("select run_id from patron_sync.run")}
        assert kept == {a_run_id(number) for number in (1, 2, 4)}

    def test_forget_changes_leaves_what_no_push_has_read(self, old: World, query) -> None:
        ((read, left),) = query(
            "select count(*) filter (where xid < cicero_xid), count(*) filter (where xid >="
            " cicero_xid) from cicero.change join patron_sync.watermark using (library)"
            " where flow = 'push'"
        )

        once(old, "housekeeping/forget_changes", read, **MANY)

        assert query("select count(*) from cicero.change") == [(left,)]

    def test_forget_deletions_leaves_open_removals(self, lived: World, query) -> None:
        lived.cicero.delete(1)
        lived.cicero.delete(2)
        query("update cicero.deleted_patron set settled_at = now() - interval '31 days',"
              " national_id = null where patron_id = 1")  # fmt: skip

        once(lived, "housekeeping/forget_deletions", 1, **MANY)


def test_count_overdue_counts_by_library_and_reason(lived: World, query) -> None:
    query("insert into patron_sync.pending (flow, library, patron_id, reason, since) values"
          " ('push', %s, 1, 'REFUSED', now() - interval '5 days'),"
          " ('push', %s, 3, 'REFUSED', now())", LIBRARY, LIBRARY)  # fmt: skip
    lived.cicero.delete(2)
    query("update cicero.deleted_patron set deleted_at = now() - interval '4 days'")

    for _ in range(2):
        rows = lived.ledger.rows("outbox/count_overdue", older_days=3)
        assert [tuple(row) for row in rows] == [
            (LIBRARY, "push", "REFUSED", 1, 5),
            (OTHER_LIBRARY, "push", "PATRON_DELETED", 1, 4),
        ]
