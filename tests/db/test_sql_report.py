"""Each statement of ``include/sql/report``, run twice on a few rows."""

from __future__ import annotations

import pytest

from registry_operators.domain.reasons import Reason
from tests.db.flow_world import World
from tests.factories import LIBRARY, a_patron, a_run_id


@pytest.fixture
def finished(world: World):
    """A push of one new patron, one with a local card, and one without consent."""
    world.cicero.add(a_patron(0))
    world.cicero.add(a_patron(1, card=None, local_card="L0000001"))
    world.cicero.add(a_patron(2, consent=False))
    world.push(libraries=(LIBRARY,))
    return {"run_id": a_run_id(1)}


def test_count_outcomes_gives_every_record_one(world: World, finished) -> None:
    first = world.ledger.rows("report/count_outcomes", **finished)

    assert [tuple(row) for row in first] == [
        (LIBRARY, "created", None, 1),
        (LIBRARY, "left_out", Reason.LOCAL_CARD, 1),
        (LIBRARY, "left_out", Reason.NO_CONSENT, 1),
    ]
    assert world.ledger.rows("report/count_outcomes", **finished) == first


def test_count_changes_counts_plan_rows_by_kind(world: World, finished) -> None:
    first = world.ledger.rows("report/count_changes", **finished)

    assert [(row.field, row.action, row.state, row.changes) for row in first] == [
        (field, "create", "confirmed", 1) for field in ("card", "pin", "relation")
    ]
    assert world.ledger.rows("report/count_changes", **finished) == first


def test_count_step_counts_what_passed_and_what_did_not(world: World, finished) -> None:
    first = world.ledger.rows("report/count_step", **finished, step="consent_filter")

    assert [tuple(row) for row in first] == [(LIBRARY, 2, 1, Reason.NO_CONSENT)]
    assert world.ledger.rows("report/count_step", **finished, step="consent_filter") == first
    (nothing,) = world.ledger.rows("report/count_step", **finished, step="look_up")
    assert (nothing.out, nothing.reason) == (0, None)


def test_count_local_cards_counts_what_was_put_aside(world: World, finished) -> None:
    first = world.ledger.rows("report/count_local_cards", **finished)

    assert [tuple(row) for row in first] == [(LIBRARY, 1, 1)]
    assert world.ledger.rows("report/count_local_cards", **finished) == first


def test_read_status_tells_how_each_library_last_ended(world: World, finished, query) -> None:
    world.registry.refused_libraries = {LIBRARY}
    world.pull(libraries=(LIBRARY,))
    query("insert into patron_sync.pending values ('pull', %s, 1, 'REFUSED')", LIBRARY)

    first = world.ledger.rows("report/read_status")

    assert [(row.flow, row.last_state, row.waiting) for row in first] == [
        ("pull", "LOGIN_REFUSED", 1), ("push", "done", 0)
    ]  # fmt: skip
    assert [row.completed_at is None for row in first] == [True, False]
    assert world.ledger.rows("report/read_status") == first
