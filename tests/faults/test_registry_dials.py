"""The dials that change the registry itself, in the middle of a run."""

from __future__ import annotations

from typing import Any

import pytest

from registry_operators.domain.reasons import Reason
from stand_ins.people import national_card_number
from tests.factories import LIBRARY, OTHER_LIBRARY
from tests.faults.fault_world import BOTH, Day, a_day

HOUR_S = 3600


@pytest.mark.parametrize(
    "where",
    [{"after": 3}, {"operation": "endre", "after": 2}, {"operation": "soekEndret", "after": 2}],
    ids=["look-up", "load", "between pages"],
)
def test_a_rotated_password_fails_one_library_until_it_is_entered(
    day: Day, undisturbed: dict[str, Any], where: dict[str, Any]
) -> None:
    push, pull = day.disturbed({"dial": "rotated_credentials", "library": LIBRARY} | where)
    day.live.passwords[LIBRARY] = "rotated"
    day.night()

    assert day.outcome() == undisturbed
    is_late = where.get("operation") == "soekEndret"
    assert push[LIBRARY].failure_code == (None if is_late else "LOGIN_REFUSED")
    assert pull[LIBRARY].failure_code == "LOGIN_REFUSED"
    assert "check user name and password" in (pull[LIBRARY].failure_detail or "")
    assert {tally[OTHER_LIBRARY].failure_code for tally in (push, pull)} == {None}


@pytest.mark.parametrize("skew_s", [2 * HOUR_S, -2 * HOUR_S], ids=["ahead", "behind"])
def test_a_registry_whose_clock_is_wrong_is_read_without_a_gap(
    day: Day, undisturbed: dict[str, Any], skew_s: int
) -> None:
    """The clock jumps between two pages and stays wrong."""
    day.world.push()
    wrong_s = day.live.offset_s(hours=5) + skew_s
    day.dials({"dial": "clock_skew", "operation": "soekEndret", "after": 2, "seconds": wrong_s})
    day.world.pull()
    assert day.fired() == [1]
    day.live.skew_s += skew_s
    day.live.process.admin.clear_faults()

    day.night()

    assert day.outcome() == undisturbed


def test_a_clock_that_was_ahead_for_one_night_hides_nothing_of_the_next_day(day: Day) -> None:
    day.live.skew_s = 48 * HOUR_S
    day.night()
    day.live.skew_s = 0
    day.live.pass_time(hours=1)
    day.live.process.admin.patch({}, lnr=national_card_number(50, BOTH), pin="8080")

    day.night()

    assert day.disagreements() == []


def test_ten_thousand_changes_of_one_second_all_come(fresh_database) -> None:
    with a_day(fresh_database, people=10_100, page_size=1000) as day:
        day.night()
        day.live.pass_time(hours=5)
        writes = day.live.process.admin.summary()["tally"]["writes"]

        day.dials(
            {"dial": "same_second", "operation": "soekEndret", "fields": ["pin"]},
            {"dial": "drifting_pages", "library": LIBRARY, "count": 100, "times": 4, "after": 1},
        )
        pull = day.world.pull()
        assert day.fired() == [1, 4]
        day.live.process.admin.clear_faults()
        again = day.world.pull()

        assert [pull[one].failure_code for one in BOTH] == [None, None]
        assert pull[LIBRARY].read >= 10_000
        assert sum(tally.writes for tally in pull.values()) > 50
        assert sum(tally.writes for tally in again.values()) == 0
        assert day.disagreements() == []
        assert day.live.process.admin.summary()["tally"]["writes"] == writes


def test_a_burst_of_tombstones_deletes_nobody_and_hides_nobody(day: Day) -> None:
    before = day.world.state("patrons")

    _, pull = day.disturbed(
        {"dial": "tombstone_burst", "operation": "soekEndret", "library": LIBRARY,
         "after": 2, "count": 60},
    )  # fmt: skip
    day.night()

    assert [pull[one].failure_code for one in BOTH] == [None, None]
    assert pull[LIBRARY].left_out[Reason.TOMBSTONE] >= 30
    assert day.world.state("patrons") == before
    assert day.disagreements() == []
