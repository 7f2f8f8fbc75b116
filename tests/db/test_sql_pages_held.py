"""Each statement of ``include/sql/pages`` that held changes use, run twice on a few rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.db.flow_world import World
from tests.db.run_bench import HELD, a_mixed_pull
from tests.db.test_sql_pages_runs import twice
from tests.factories import LIBRARY

ALL: dict[str, Any] = {
    "held_set_id": None, "run_id": None, "is_open": None, "before_at": None, "before_id": None,
    "most": 9,
}  # fmt: skip


@pytest.fixture
def set_id(world: World, query) -> UUID:
    a_mixed_pull(world)
    ((held_set_id,),) = query("select held_set_id from patron_sync.held_set")
    return UUID(str(held_set_id))


def test_list_held_sets_gives_what_is_asked_for(world: World, set_id, query) -> None:
    (held,) = twice(world, "pages/list_held_sets", **ALL)

    assert (held.held_set_id, held.flow, held.library) == (set_id, "pull", LIBRARY)
    assert (held.kind, held.changes, held.allowed) == ("pin_overwrites", HELD, HELD - 1)
    assert (held.state, held.is_expired, held.decided_by) == ("open", False, None)
    for other in (
        {"held_set_id": uuid4()}, {"run_id": uuid4()}, {"is_open": False},
        {"before_at": held.held_at, "before_id": held.held_set_id},
    ):  # fmt: skip
        assert twice(world, "pages/list_held_sets", **ALL | other) == []
    for same in ({"held_set_id": set_id}, {"run_id": held.run_id}, {"is_open": True}):
        assert len(twice(world, "pages/list_held_sets", **ALL | same)) == 1
    query("update patron_sync.held_set set state = 'applied', expires_at = held_at")
    (decided,) = twice(world, "pages/list_held_sets", **ALL | {"is_open": False})
    assert decided.is_expired


def test_list_held_changes_goes_on_behind_one(world: World, set_id) -> None:
    scope = {
        "held_set_id": set_id, "after_no": 0, "after_field": "", "after_target": "", "most": 9,
    }  # fmt: skip

    whole = twice(world, "pages/list_held_changes", **scope)

    assert [(row.library, row.record_no, row.field, row.state) for row in whole] == [
        (LIBRARY, number, "pin", "held") for number in (3, 4, 5)
    ]
    assert all(len(row.person) == 10 for row in whole)
    after = {"after_no": 3, "after_field": "pin", "after_target": "cicero"}
    assert twice(world, "pages/list_held_changes", **scope | after) == whole[1:]
    assert twice(world, "pages/list_held_changes", **scope | {"most": 1}) == whole[:1]
    assert twice(world, "pages/list_held_changes", **scope | {"held_set_id": uuid4()}) == []


def test_list_held_syncs_gives_runs_that_nobody_has_decided_on(world: World, query) -> None:
    for name, state, decision in (
        ("waits", "held", None), ("decided", "held", "approved"), ("done", "succeeded", None),
    ):  # fmt: skip
        query(
            "insert into data_sync.run (run_id, name, version, digest, source, ils, type,"
            " profile_type, empty_fields, incorrect_values, errors, match_on, required, is_dry_run,"
            " state, decision, account)"
            " values (%s, %s, 2, 'd', 'koha', 'koha', 'create', 'student', 'skip', 'skip',"
            " 'continue', '{}', '{}', false, %s, %s, '{\"held\": 7}')",
            uuid4(), name, state, decision,
        )  # fmt: skip

    (row,) = twice(world, "pages/list_held_syncs", expire_days=7)

    assert (row.name, row.version, row.records, row.is_expired) == ("waits", 2, 7, False)
    assert (row.expires_at - row.started_at).days == 7
    (late,) = twice(world, "pages/list_held_syncs", expire_days=0)
    assert late.is_expired
