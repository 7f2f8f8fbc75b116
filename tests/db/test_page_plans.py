"""The lists of a large run are read by key: the database looks at a page of it, not at all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from registry_operators.paths import SQL_DIR
from tests.db.flow_world import World
from tests.factories import LIBRARY, a_run

MANY = 20_000
READ_AT_MOST = 2_000
# Staged all of them, every second one with a plan; every fourth besides them taken out by a step.
ROWS = (
    "insert into patron_sync.staged_patron (run_id, library, record_no, patron_id, person_key)"
    " select %(run_id)s, %(library)s, i, i, sha256(int8send(i))"
    " from generate_series(1, %(n)s) as i",
    "insert into patron_sync.plan (run_id, library, record_no, field, target, patron_id,"
    " person_key, action, reason, state, is_conflict) select %(run_id)s, %(library)s, i,"
    " field, 'cicero', i, sha256(int8send(i)), case field when 'relation' then 'create' else"
    " 'update' end, 'REGISTRY_CHANGED', case when i %% 6 = 0 then 'failed' when i %% 6 = 2 then"
    " 'dropped' else 'confirmed' end, i %% 1000 = 0"
    " from generate_series(2, %(n)s, 2) as i cross join unnest(array['relation', 'card']) as field",
    "insert into patron_sync.verdict (run_id, library, record_no, step, outcome, reason)"
    " select %(run_id)s, %(library)s, %(n)s + i, 'consent_filter', 'left_out', 'NO_CONSENT'"
    " from generate_series(1, %(n)s, 4) as i",
    "update patron_sync.run_library set stage = 'done' where run_id = %(run_id)s",
    "insert into patron_sync.account (run_id, library, stage, writes, conflicts)"
    " values (%(run_id)s, %(library)s, 'done', 0, 0)",
    "insert into patron_sync.outcome (run_id, library, outcome, records, record_nos) select"
    " %(run_id)s, %(library)s, outcome, %(n)s, array(select generate_series(6, 6000, 6))"
    " from unnest(array['failed', 'left_out']) as outcome",
)


@pytest.fixture
def large(world: World, db) -> UUID:
    run_id = a_run(world.ledger, libraries=(LIBRARY,))
    for statement in ROWS:
        db.execute(statement, {"run_id": run_id, "library": LIBRARY, "n": MANY})
    db.execute("vacuum (analyze) patron_sync.plan, patron_sync.verdict, patron_sync.staged_patron")
    return run_id


def rows_read(world: World, statement: str, **parameters: Any) -> int:
    """Rows that the nodes of the plan gave, after those that they threw away."""
    text = f"explain (analyze, format json) {(SQL_DIR / f'{statement}.sql').read_text()}"
    with world.ledger.transaction():
        world.ledger.rows("pages/plan_search")
        ((((told,),),),) = [world.ledger._connection.execute(text.encode(), parameters).fetchall()]
    return _most(told["Plan"])


def _most(node: dict[str, Any]) -> int:
    thrown_away = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
    own = int((node["Actual Rows"] + thrown_away) * node["Actual Loops"])
    return max([own, *(_most(one) for one in node.get("Plans", []))])


@pytest.mark.parametrize("after_no", [0, MANY // 2])
@pytest.mark.parametrize("outcome", [None, "created", "updated", "unchanged"])
def test_a_page_of_frequent_records_reads_few_rows(world, large, outcome, after_no) -> None:
    scope = {
        "libraries": [LIBRARY], "after_library": LIBRARY, "after_no": after_no, "reason": None,
        "outcome": outcome, "field": None, "most": 51,
    }  # fmt: skip

    assert len(world.ledger.rows("pages/find_records", run_id=large, **scope)) == 51
    assert rows_read(world, "pages/find_records", run_id=large, **scope) <= READ_AT_MOST


@pytest.mark.parametrize("outcome", ["failed", "left_out"])
def test_a_page_of_rare_records_reads_what_the_account_has_noted(world, large, outcome) -> None:
    scope = {
        "libraries": [LIBRARY], "after_library": LIBRARY, "after_no": 3000, "up_to": None,
        "reason": None, "outcomes": [outcome], "states": ["failed"], "most": 51,
    }  # fmt: skip

    assert len(world.ledger.rows("pages/find_noted_records", run_id=large, **scope)) == 51
    assert rows_read(world, "pages/find_noted_records", run_id=large, **scope) <= READ_AT_MOST


def test_what_became_of_a_page_of_records_reads_few_rows(world, large) -> None:
    numbers = list(range(5000, 5051))
    scope = {"run_id": large, "libraries": [LIBRARY] * 51, "record_nos": numbers}

    judged = rows_read(world, "pages/judge_records", **scope, outcome=None, reason=None, field=None)

    assert judged <= READ_AT_MOST
    assert rows_read(world, "pages/list_record_changes", **scope) <= READ_AT_MOST


def test_the_few_conflicts_of_a_large_run_are_found_at_once(world, large) -> None:
    scope = {
        "run_id": large, "libraries": [LIBRARY], "after_library": "", "after_no": 0,
        "after_field": "", "after_target": "", "most": 51,
    }  # fmt: skip

    assert len(world.ledger.rows("pages/list_conflicts", **scope)) == 2 * MANY // 1000
    assert rows_read(world, "pages/list_conflicts", **scope) <= READ_AT_MOST
