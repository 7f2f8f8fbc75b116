"""Limits: what goes through, and what waits for a person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_operators.domain.guards import (
    Alarm,
    Announcement,
    FailureLimits,
    GuardKind,
    Limit,
    allowed_changes,
    has_shrunk,
)

TODAY = date(2026, 3, 2)
PINS = GuardKind.PIN_OVERWRITES


@pytest.mark.parametrize(
    ("limit", "population", "allowed"),
    [
        (Limit(1), 0, 20),
        (Limit(1), 2_000, 20),
        (Limit(1), 2_100, 21),
        (Limit(1), 2_199, 21),
        (Limit(5, at_most=500), 9_999, 499),
        (Limit(5, at_most=500), 10_000, 500),
        (Limit(5, at_most=500), 50_000, 500),
        (Limit(5, at_most=10), 50_000, 20),
        (Limit(0, at_least=0), 50_000, 0),
        (Limit(100, at_least=0), 7, 7),
    ],
)
def test_a_limit_allows_a_share_within_its_bounds(
    limit: Limit, population: int, allowed: int
) -> None:
    assert limit.allows(population) == allowed


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.floats(0, 100), st.integers(0, 100))
def test_a_larger_library_never_has_a_smaller_limit(
    one: int, more: int, percent: float, at_least: int
) -> None:
    limit = Limit(percent, at_least)

    assert limit.allows(one) <= limit.allows(one + more)


def test_an_announced_change_raises_the_limit_of_its_kind_library_and_days() -> None:
    announced = (Announcement(PINS, 900, TODAY, frozenset({"2030000"})),)

    def allowed(kind: GuardKind = PINS, library: str = "2030000", day: date = TODAY) -> int:
        return allowed_changes(kind, library, 100, Limit(1), announced, day)

    assert allowed() == 900
    assert allowed(day=TODAY + timedelta(days=1)) == 20
    assert allowed(library="2040000") == 20
    assert allowed(kind=GuardKind.CARD_OVERWRITES) == 20


def test_an_announcement_without_libraries_is_for_all_and_the_largest_counts() -> None:
    announced = (Announcement(PINS, 300, TODAY), Announcement(PINS, 200, TODAY))

    assert allowed_changes(PINS, "2040000", 100, Limit(1), announced, TODAY) == 300


def test_an_announcement_never_lowers_a_limit() -> None:
    announced = (Announcement(PINS, 1, TODAY),)

    assert allowed_changes(PINS, "2040000", 100, Limit(1), announced, TODAY) == 20


@pytest.mark.parametrize(
    ("read", "failing", "alarm"),
    [
        (199, 199, Alarm.NONE),
        (200, 0, Alarm.NONE),
        (200, 1, Alarm.NONE),
        (200, 2, Alarm.WARN),
        (1_000, 49, Alarm.WARN),
        (1_000, 50, Alarm.CRITICAL),
        (1_000, 399, Alarm.CRITICAL),
        (1_000, 400, Alarm.STOP),
        (0, 0, Alarm.NONE),
    ],
)
def test_failing_records_are_judged_by_their_share(read: int, failing: int, alarm: Alarm) -> None:
    assert FailureLimits().judge(read, failing) is alarm


@pytest.mark.parametrize(
    ("before", "now", "is_less"),
    [(1_000, 900, False), (1_000, 899, True), (100, 80, False), (100, 79, True), (0, 0, False),
     (5, 900, False)],
)  # fmt: skip
def test_a_source_has_shrunk_when_more_is_missing_than_allowed(
    before: int, now: int, is_less: bool
) -> None:
    assert has_shrunk(before, now, Limit(10)) is is_less
