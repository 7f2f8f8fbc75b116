"""Each statement of ``include/sql/pages`` that the overview uses, run twice on a few rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.db.flow_world import World
from tests.factories import LIBRARY, OTHER_LIBRARY, a_card_number, a_config, a_patron, a_run_id

ZONE = "Europe/Oslo"
STRICT = {"limits": {"pin_overwrites": {"percent": 0, "at_least": 0}}}


@pytest.fixture
def nights(query):
    """Let the runs of the world, in order, have been started at these times."""

    def set_times(*moments: str) -> None:
        for number, moment in enumerate(moments, 1):
            query(
                "update patron_sync.run set started_at = %s where run_id = %s",
                datetime.fromisoformat(moment), a_run_id(number),
            )  # fmt: skip

    return set_times


def list_nights(world: World, since: str = "2026-03-01T00:00+01:00"):
    return world.ledger.rows(
        "pages/list_nights", since=datetime.fromisoformat(since), libraries=[LIBRARY], zone=ZONE
    )


class TestListNights:
    def test_list_nights_gives_the_last_run_of_each_local_day(self, world, nights) -> None:
        world.both(a_patron())
        for _ in range(3):
            world.push()
        # The second and third are of one day in Oslo, and the first of the day before.
        nights("2026-03-01T22:59+00:00", "2026-03-01T23:01+00:00", "2026-03-02T05:00+00:00")

        first = list_nights(world)

        assert [(f"{row.night}", row.run_id) for row in first] == [
            ("2026-03-01", a_run_id(1)), ("2026-03-02", a_run_id(3)),
        ]  # fmt: skip
        assert list_nights(world) == first

    def test_list_nights_counts_what_became_of_the_records(self, world) -> None:
        world.config = a_config(STRICT)
        world.both(a_patron())
        _, person = world.both(a_patron(1))
        world.rounds(1)
        world.registry.change(person, pin="2468")
        world.pull()

        *_, last = list_nights(world)

        assert (last.flow, last.read, last.changed, last.held, last.failed) == ("push", 2, 2, 0, 0)
        held = [row for row in list_nights(world) if row.flow == "pull"][-1]
        assert (held.read, held.changed, held.held, held.is_off) == (1, 0, 1, False)

    def test_list_nights_tells_an_account_that_does_not_add_up(self, world, query) -> None:
        world.push(libraries=(LIBRARY,))
        noted = '[{"number": "writes", "expected": 1, "found": 0}]'
        query("update patron_sync.account set mismatches = %s::jsonb", noted)

        (row,) = list_nights(world)

        assert row.is_off

    def test_list_nights_tells_that_numbers_ran_out(self, world, query) -> None:
        world.cicero.add(a_patron(0, card=None))
        world.push(libraries=(LIBRARY,))
        query("update patron_sync.outcome set outcome = 'failed', reason = 'SEQUENCE_EXHAUSTED'")

        (row,) = list_nights(world)

        assert (row.is_exhausted, row.failed) == (True, 1)

    def test_list_nights_has_no_account_of_a_library_that_is_not_counted_yet(
        self, world, query
    ) -> None:
        world.push(libraries=(LIBRARY,))
        query("delete from patron_sync.account")

        (row,) = list_nights(world)

        assert (row.changed, row.held, row.failed) == (None, None, None)
        assert (row.is_off, row.is_exhausted) == (False, False)

    def test_list_nights_leaves_out_dry_runs_other_libraries_and_older_runs(
        self, world, nights
    ) -> None:
        world.push(libraries=(LIBRARY,))
        world.push(libraries=(LIBRARY,), is_dry_run=True)
        world.push(libraries=(OTHER_LIBRARY,))
        world.push(libraries=(LIBRARY,))
        nights(*(["2026-03-02T01:00+01:00"] * 3), "2026-02-28T23:59+01:00")

        assert [row.run_id for row in list_nights(world)] == [a_run_id(1)]


class TestMeasureDrift:
    def drift(self, world):
        rows = world.ledger.rows("pages/measure_drift", libraries=[LIBRARY])
        return {row.flow: row for row in rows}

    def test_measure_drift_says_never_before_the_first_run(self, world) -> None:
        found = self.drift(world)

        assert list(found) == ["push", "pull"]
        assert [tuple(row)[2:] for row in found.values()] == [(None, None, None, 0, 0, 0)] * 2
        assert self.drift(world) == found

    def test_measure_drift_counts_what_was_written_since_all_was_compared(self, world) -> None:
        ids = [world.both(a_patron(index))[0] for index in range(3)]
        world.rounds(1)
        world.push(is_full=True)
        for index, patron_id in enumerate(ids[:2]):
            world.cicero.change_card(patron_id, a_card_number(60 + index))
            world.push()

        push = self.drift(world)["push"]

        assert (push.full_run_id, push.full_changes) == (a_run_id(3), 0)
        assert (push.later_runs, push.later_changes) == (2, 2)
        assert push.completed_at > push.full_at

    def test_measure_drift_tells_what_the_comparison_found(self, world) -> None:
        world.both(a_patron())
        world.push()

        push = self.drift(world)["push"]

        assert (push.full_run_id, push.full_changes) == (a_run_id(1), 1)

    def test_measure_drift_takes_no_failed_run_for_a_comparison(self, world) -> None:
        world.registry.refused_libraries = {LIBRARY}
        world.pull()

        pull = self.drift(world)["pull"]

        assert (pull.completed_at, pull.full_at) == (None, None)


class TestCountHeld:
    def test_count_held_counts_open_sets_and_their_changes(self, world, query) -> None:
        world.config = a_config(STRICT)
        people = [world.both(a_patron(index))[1] for index in range(3)]
        world.rounds(1)
        for index, person in enumerate(people):
            world.registry.change(person, pin=f"246{index}")
        world.pull(libraries=(LIBRARY,))

        (first,) = world.ledger.rows("pages/count_held")

        assert (first.sets, first.changes, first.syncs) == (1, 3, 0)
        assert first.expires_at > datetime.now(UTC) + timedelta(days=6)
        assert world.ledger.rows("pages/count_held") == [first]

    @pytest.mark.parametrize("change", [
        "update patron_sync.held_set set state = 'rejected'",
        "update patron_sync.held_set set expires_at = now()",
    ])  # fmt: skip
    def test_count_held_leaves_out_what_nobody_can_decide_any_more(
        self, world, query, change
    ) -> None:
        world.config = a_config(STRICT)
        _, person = world.both(a_patron())
        world.rounds(1)
        world.registry.change(person, pin="2468")
        world.pull(libraries=(LIBRARY,))
        query(change)

        (counted,) = world.ledger.rows("pages/count_held")

        assert (counted.sets, counted.expires_at) == (0, None)

    def test_count_held_counts_data_syncs(self, world, query) -> None:
        (nothing,) = world.ledger.rows("pages/count_held")
        for number, decision in enumerate([None, "approved"]):
            query(
                "insert into data_sync.run (run_id, name, version, digest, source, ils, type,"
                " profile_type, empty_fields, incorrect_values, errors, match_on, required,"
                " is_dry_run, state, decision) values (%s, 'readers', 1, '', 'koha_main', 'koha',"
                " 'create', 'patron', 'skip', 'skip', 'continue', '{}', '{}', false, 'held', %s)",
                a_run_id(number), decision,
            )  # fmt: skip

        (counted,) = world.ledger.rows("pages/count_held")

        assert (nothing.syncs, counted.syncs) == (0, 1)
