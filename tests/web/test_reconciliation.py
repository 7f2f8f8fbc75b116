"""What the pages tell of a reconciliation."""

from __future__ import annotations

import pytest

from registry_operators.steps.reconcile import reconciliation_run
from tests.db.run_bench import a_mixed_pull
from tests.factories import a_patron, a_run_id, wire
from tests.web.test_runs import rows_of


@pytest.fixture
def reconciled(world):
    for index in range(3):
        world.both(a_patron(index))
    world.rounds()
    for person in world.registry.people:
        person.changed_at = "2026-03-01T12:00:00"
    world.registry.of(0).pin = wire("2222")
    world.registry.add(80)
    world.reconcile(number=60)
    return a_run_id(60)


def test_its_pull_tells_how_both_sides_compared(viewer, reconciled):
    rows = rows_of(viewer.get(f"runs/{reconciled}"), "How both sides compared")

    found = [row[1:] for row in rows if row[0] == "Fjordby bibliotek"]
    (pin,) = (row for row in found if row[1].startswith("only the registry changed"))
    assert (pin[0], pin[1].endswith("differs"), pin[2]) == ("PIN", True, "1")
    assert ["PIN", "the same on both sides", "2"] in found
    assert ["Relation", "on both sides", "3"] in found
    assert any("UNKNOWN_PERSON" in row[1] for row in found)


def test_its_push_leads_to_it(viewer, reconciled):
    push = viewer.get(f"runs/{reconciliation_run(reconciled, 'push')}")

    assert f'runs/{reconciled}"' in push.text
    assert "How both sides compared" not in push.text


def test_the_overview_counts_what_it_found(viewer, reconciled):
    rows = rows_of(viewer.get(""), "Since everybody was last compared")

    told = {row[-5] if len(row) > 5 else row[0]: row[-3:] for row in rows[:2]}
    assert told["From the registry"][0] == "1"
    assert told["To the registry"][0] == "0"


def test_other_runs_tell_nothing_of_it(viewer, world):
    mixed = a_mixed_pull(world)
    answer = viewer.get(f"runs/{mixed}")

    assert "How both sides compared" not in answer.text
    assert "reconciliation" not in answer.text
