"""Each statement of ``include/sql/pages`` that the pages of runs use, run twice on a few rows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from registry_operators.domain.reasons import Reason
from tests.db.flow_world import World
from tests.db.run_bench import HELD, a_mixed_pull
from tests.factories import LIBRARY, OTHER_LIBRARY, a_patron, a_run_id

FIRST = {"flow": None, "state": None, "before_at": None, "before_id": None, "most": 9}
ANY = {"outcome": None, "reason": None, "field": None}


@pytest.fixture
def mixed(world: World) -> UUID:
    return a_mixed_pull(world)


def twice(world: World, statement: str, **parameters):
    rows = world.ledger.rows(statement, **parameters)
    assert world.ledger.rows(statement, **parameters) == rows
    return rows


class TestListRuns:
    def test_list_runs_gives_the_newest_first_with_their_accounts(self, world, mixed) -> None:
        newest, pull, push = twice(world, "pages/list_runs", **FIRST)

        assert [row.run_id for row in (newest, pull, push)] == [mixed, a_run_id(2), a_run_id(1)]
        assert (newest.flow, newest.is_full, newest.state) == ("pull", True, "succeeded")
        assert (newest.libraries, newest.failed_libraries, newest.counted_libraries) == (2, 0, 2)
        assert (newest.read, newest.left_out, newest.unchanged) == (22, 13, 2)
        assert (newest.created, newest.updated, newest.held, newest.failed) == (0, 3, HELD, 1)
        assert (newest.conflicts, newest.is_off) == (1, False)

    def test_list_runs_goes_on_behind_a_run(self, world, mixed, query) -> None:
        ((started_at,),) = query(
            "select started_at from patron_sync.run where run_id = %s", a_run_id(2)
        )

        rows = twice(
            world, "pages/list_runs", **FIRST | {"before_at": started_at, "before_id": a_run_id(2)}
        )

        assert [row.run_id for row in rows] == [a_run_id(1)]

    @pytest.mark.parametrize(
        ("wanted", "count"),
        [({"flow": "push"}, 1), ({"flow": "pull"}, 2), ({"state": "failed"}, 1), ({"most": 2}, 2)],
    )
    def test_list_runs_takes_those_that_are_asked_for(
        self, world, mixed, query, wanted, count
    ) -> None:
        query("update patron_sync.run set state = 'failed' where run_id = %s", a_run_id(1))

        assert len(twice(world, "pages/list_runs", **FIRST | wanted)) == count

    def test_list_runs_tells_what_is_wrong_with_a_library(self, world, mixed, query) -> None:
        query(
            "update patron_sync.run_library set failure_code = 'LEDGER' where run_id = %s"
            " and library = %s", mixed, LIBRARY,
        )  # fmt: skip
        query(
            "update patron_sync.account set mismatches = '[1]' where run_id = %s and library = %s",
            mixed, LIBRARY,
        )  # fmt: skip
        query("delete from patron_sync.account where library = %s", OTHER_LIBRARY)

        row, *_ = twice(world, "pages/list_runs", **FIRST)

        assert (row.failed_libraries, row.is_off, row.counted_libraries) == (1, True, 1)


def test_read_run_tells_of_the_run_and_of_the_configuration_before(world, mixed, query) -> None:
    query("update patron_sync.run set config_digest = 'x' where run_id = %s", a_run_id(2))

    (row,) = twice(world, "pages/read_run", run_id=mixed)

    assert (row.run_id, row.flow, row.is_full, row.is_dry_run) == (mixed, "pull", True, False)
    assert len(row.plan_id) == 64
    assert row.config_before == "x"
    assert row.config_digest != "x"
    assert isinstance(row.finished_at, datetime)
    (first,) = twice(world, "pages/read_run", run_id=a_run_id(1))
    assert first.config_before is None
    assert twice(world, "pages/read_run", run_id=a_run_id(99)) == []


def test_list_noted_tells_up_to_which_record_was_noted(world, mixed, query) -> None:
    query(
        "update patron_sync.outcome set record_nos = record_nos[1:2] where outcome = 'held';"
        " update patron_sync.outcome set record_nos = null where outcome = 'failed'"
    )

    rows = twice(world, "pages/list_noted", run_id=mixed, libraries=[LIBRARY])

    assert [tuple(row) for row in rows] == [
        (LIBRARY, True, "failed", Reason.CARD_IN_USE, 1, 0),
        (LIBRARY, True, "held", Reason.LIMIT_EXCEEDED, HELD, 4),
        (LIBRARY, True, "left_out", Reason.CONSENT_WITHDRAWN, 1, None),
        (LIBRARY, True, "left_out", Reason.UNKNOWN_PERSON, 3, None),
        (LIBRARY, True, "unchanged", "", 1, None),
        (LIBRARY, True, "updated", "", 2, None),
    ]
    every = twice(world, "pages/list_noted", run_id=mixed, libraries=None)
    assert {(row.library, row.has_held) for row in every} == {
        (LIBRARY, True),
        (OTHER_LIBRARY, False),
    }


def test_list_noted_has_a_library_that_nobody_has_counted(world, mixed, query) -> None:
    query("delete from patron_sync.account where library = %s", OTHER_LIBRARY)

    (row,) = twice(world, "pages/list_noted", run_id=mixed, libraries=[OTHER_LIBRARY])

    assert tuple(row) == (OTHER_LIBRARY, False, None, None, None, None)


class TestFindRecords:
    def keys(self, world, run_id, **wanted):
        asked = {
            "libraries": [LIBRARY, OTHER_LIBRARY], "after_library": "", "after_no": 0, "most": 99,
            **ANY, **wanted,
        }  # fmt: skip
        rows = twice(world, "pages/find_records", run_id=run_id, **asked)
        return [(row.library, row.record_no) for row in rows]

    def test_find_records_goes_through_all_of_them_by_key(self, world, mixed) -> None:
        whole = self.keys(world, mixed)

        assert whole == [(LIBRARY, n) for n in range(1, 12)] + [
            (OTHER_LIBRARY, n) for n in range(1, 12)
        ]
        assert self.keys(world, mixed, most=3) == whole[:3]
        behind = {"libraries": [OTHER_LIBRARY], "after_library": OTHER_LIBRARY, "after_no": 9}
        assert self.keys(world, mixed, **behind) == whole[-2:]

    @pytest.mark.parametrize(
        ("wanted", "numbers"),
        [
            ({"outcome": "failed"}, [8]),
            ({"outcome": "held"}, [3, 4, 5]),
            ({"outcome": "left_out"}, [2, 9, 10, 11]),
            ({"outcome": "left_out", "reason": "CONSENT_WITHDRAWN"}, [9]),
            ({"outcome": "unchanged"}, [1]),
            ({"outcome": "created"}, []),
            ({"field": "card"}, [6, 7, 8]),
            ({"field": "card", "reason": "CARD_IN_USE"}, [6, 7, 8]),  # two of them have none
        ],
    )
    def test_find_records_finds_no_more_than_may_be_meant(
        self, world, mixed, wanted, numbers
    ) -> None:
        found = self.keys(world, mixed, libraries=[LIBRARY], **wanted)

        assert found == [(LIBRARY, number) for number in numbers]

    def test_find_records_knows_where_a_run_stopped(self, world, mixed, query) -> None:
        query("update patron_sync.run_library set stage = 'staged' where run_id = %s", mixed)

        assert (LIBRARY, 1) in self.keys(world, mixed, outcome="failed")

    def test_find_records_sees_what_was_put_aside(self, world, mixed, query) -> None:
        query(
            "update patron_sync.staged_patron set card_reason = 'LOCAL_CARD' where record_no = 1"
            " and run_id = %s", mixed,
        )  # fmt: skip

        assert (LIBRARY, 1) in self.keys(world, mixed, outcome="left_out")


def test_find_noted_records_gives_what_the_account_knows(world, mixed) -> None:
    scope = {
        "run_id": mixed, "libraries": [LIBRARY], "after_library": LIBRARY, "after_no": 0,
        "up_to": None, "outcomes": ["left_out"], "reason": None, "states": [], "most": 9,
    }  # fmt: skip

    def numbers(**changes):
        rows = twice(world, "pages/find_noted_records", **scope | changes)
        return [row.record_no for row in rows]

    assert numbers() == [2, 9, 10, 11]
    assert numbers(after_no=9) == [10, 11]
    assert numbers(up_to=10) == [2, 9, 10]
    assert numbers(most=2) == [2, 9]
    assert numbers(reason="CONSENT_WITHDRAWN") == [9]
    assert numbers(outcomes=["failed", "unchanged"]) == [1, 8]
    assert numbers(outcomes=[], states=["held"]) == [3, 4, 5]
    assert numbers(outcomes=[], states=["held"], up_to=4, after_no=3) == [4]
    assert numbers(outcomes=[], states=["confirmed"]) == []


class TestJudgeRecords:
    def judge(self, world, run_id, numbers, **wanted):
        return twice(
            world, "pages/judge_records", run_id=run_id, libraries=[LIBRARY] * len(numbers),
            record_nos=numbers, **ANY | wanted,
        )  # fmt: skip

    def test_judge_records_tells_what_became_of_each(self, world, mixed) -> None:
        rows = self.judge(world, mixed, list(range(1, 12)))

        assert [(row.outcome, row.reason) for row in rows] == [
            ("unchanged", None), ("left_out", "UNKNOWN_PERSON"), ("held", "LIMIT_EXCEEDED"),
            ("held", "LIMIT_EXCEEDED"), ("held", "LIMIT_EXCEEDED"), ("updated", None),
            ("updated", None), ("failed", "CARD_IN_USE"), ("left_out", "CONSENT_WITHDRAWN"),
            ("left_out", "UNKNOWN_PERSON"), ("left_out", "UNKNOWN_PERSON"),
        ]  # fmt: skip
        assert [row.person is None for row in rows] == [n in {2, 10, 11} for n in range(1, 12)]
        assert [row.patron_id is None for row in rows] == [n in {2, 10, 11} for n in range(1, 12)]

    def test_judge_records_leaves_out_what_is_not_meant(self, world, mixed) -> None:
        numbers = list(range(1, 12))

        assert len(self.judge(world, mixed, numbers, outcome="held")) == HELD
        assert len(self.judge(world, mixed, numbers, reason="CONSENT_WITHDRAWN")) == 1
        assert len(self.judge(world, mixed, numbers, field="pin")) == HELD
        assert self.judge(world, mixed, [99]) == []


def test_list_record_changes_gives_the_relation_first(world: World) -> None:
    world.cicero.add(a_patron(30))
    world.push()

    rows = twice(
        world, "pages/list_record_changes", run_id=a_run_id(world.runs), libraries=[LIBRARY],
        record_nos=[1],
    )  # fmt: skip

    assert [(row.field, row.action, row.state, row.is_conflict) for row in rows] == [
        (field, "create", "confirmed", False) for field in ("relation", "pin", "card")
    ]


def test_list_conflicts_goes_on_behind_one(world, mixed, query) -> None:
    query("update patron_sync.plan set is_conflict = true where run_id = %s", mixed)
    scope = {
        "run_id": mixed, "libraries": [LIBRARY, OTHER_LIBRARY], "after_library": "", "after_no": 0,
        "after_field": "", "after_target": "", "most": 99,
    }  # fmt: skip

    whole = twice(world, "pages/list_conflicts", **scope)

    assert [(row.library, row.record_no, row.field) for row in whole] == [
        *((LIBRARY, number, "pin") for number in (3, 4, 5)),
        *((LIBRARY, number, "card") for number in (6, 7, 8)),
        (OTHER_LIBRARY, 10, "card"),
    ]
    after = {
        "after_library": LIBRARY,
        "after_no": 7,
        "after_field": "card",
        "after_target": "cicero",
    }
    assert twice(world, "pages/list_conflicts", **scope | after) == whole[5:]
    assert (
        twice(world, "pages/list_conflicts", **scope | after | {"after_field": "aaa"}) == whole[4:]
    )
    assert len(twice(world, "pages/list_conflicts", **scope | {"most": 2})) == 2


def test_plan_search_ends_with_the_transaction(world, query) -> None:
    with world.ledger.transaction():
        (row,) = twice(world, "pages/plan_search")
        assert tuple(row) == ("force_custom_plan", "off", "off", "off")

    setting = world.ledger._connection.execute("show enable_hashjoin").fetchone()
    assert setting == ("on",)
