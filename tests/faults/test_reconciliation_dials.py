"""A reconciliation against a registry whose answers are short, doubled or mixed up."""

from __future__ import annotations

from typing import Any

import pytest

from stand_ins.people import national_card_number
from tests.faults.fault_world import BOTH, Day

LONG_AGO = "2014-01-01T00:00:00"
FEED = {"operation": "soekEndret", "times": 20}
SHORT: dict[str, dict[str, Any]] = {
    "empty": {"dial": "empty_success", **FEED},
    "cut off in silence": {"dial": "truncated_page", "in_silence": True, **FEED},
    "too low a total": {"dial": "wrong_totals", "hits": -5, **FEED},
    "no access": {"dial": "permission_lost", **FEED},
    "pages twice": {"dial": "duplicated_page", **FEED},
    "pages mixed up": {"dial": "reordered_pages", **FEED},
}


@pytest.fixture
def drifted(day: Day) -> Day:
    """Both sides agree, but for PINs that changed in the registry without a trace."""
    day.night()
    day.night()
    day.world.reconcile(repairs=True)  # two people were buried during the day
    for index in (50, 51, 52):
        day.live.process.admin.patch(
            {}, lnr=national_card_number(index, BOTH), pin="8080", sist_endret=LONG_AGO
        )
    return day


def drift(day: Day, **how: Any) -> int:
    return sum(one.unexplained for one in day.world.reconcile(**how).drift)


@pytest.mark.parametrize("dial", SHORT.values(), ids=SHORT)
def test_a_bad_answer_makes_nobody_vanish_and_the_next_one_heals(drifted: Day, dial) -> None:
    people, writes = drifted.live.people(), drifted.live.process.admin.summary()["tally"]["writes"]
    patrons = drifted.world.state("patrons", "cards", "consents")

    drifted.dials(dial)
    drifted.world.reconcile(repairs=True)
    assert any(drifted.fired())
    drifted.live.process.admin.clear_faults()

    assert drifted.live.people() == people
    assert drifted.live.process.admin.summary()["tally"]["writes"] == writes
    assert drifted.world.state("patrons", "cards", "consents") == patrons

    drifted.world.reconcile(repairs=True)
    assert drift(drifted) == 0
    assert drifted.disagreements() == []


def test_whoever_the_registry_buried_is_found_and_made_again(drifted: Day) -> None:
    admin = drifted.live.process.admin
    before = len(drifted.live.people())
    admin.delete(lnr=national_card_number(53, BOTH))

    found = drift(drifted, repairs=True)

    assert found == 4
    assert len(drifted.live.people()) == before
    assert drift(drifted) == 0
