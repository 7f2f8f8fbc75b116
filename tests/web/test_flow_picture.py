"""A run as a picture: each part as thick as its number, and all of them together the whole."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from registry_operators.web.flow_picture import Part, draw
from registry_operators.web.run_facts import Account


def ends(path):
    """Upper and lower edge of a band at its left and at its right end."""
    numbers = [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", path)]
    left, right = numbers[1], numbers[7]
    return (left, numbers[-1]), (right, numbers[8])


def thickness(band):
    (top_left, bottom_left), (top_right, bottom_right) = ends(band.path)
    assert bottom_left - top_left == pytest.approx(bottom_right - top_right, abs=0.2)
    return bottom_left - top_left


PARTS = [
    Part("left_out", 100, "NO_CONSENT"), Part("left_out", 300, "UNKNOWN_PERSON"),
    Part("unchanged", 500), Part("created", 40), Part("updated", 50), Part("held", 6),
    Part("failed", 4),
]  # fmt: skip


class TestBands:
    def test_are_as_thick_as_their_numbers(self) -> None:
        bands = draw(1000, PARTS).bands

        shares = {band.part.records: thickness(band) for band in bands}
        assert shares[500] / shares[100] == pytest.approx(5, rel=0.02)
        assert shares[300] / shares[100] == pytest.approx(3, rel=0.02)

    def test_follow_each_other_without_a_gap_at_the_left(self) -> None:
        picture = draw(1000, PARTS)

        edges = [ends(band.path)[0] for band in picture.bands]
        for (_, lower), (upper, _) in pairwise(edges):
            assert lower == pytest.approx(upper, abs=0.15)
        assert edges[0][0] == pytest.approx(picture.source_y, abs=0.15)
        assert edges[-1][1] == pytest.approx(picture.source_y + picture.source_height, abs=0.3)

    def test_do_not_touch_at_the_right_and_leave_room_for_their_labels(self) -> None:
        picture = draw(1000, PARTS)

        labels = [band.label_y for band in picture.bands]
        assert all(below - above >= 30 for above, below in pairwise(labels))
        edges = [ends(band.path)[1] for band in picture.bands]
        assert all(upper > lower for (_, lower), (upper, _) in pairwise(edges))
        assert edges[0][0] >= 0
        assert edges[-1][1] <= picture.height + 0.1

    def test_of_a_single_record_among_a_million_can_be_seen(self) -> None:
        bands = draw(1_000_000, [Part("unchanged", 999_999), Part("failed", 1)]).bands

        assert thickness(bands[1]) == pytest.approx(2, abs=0.1)

    def test_of_nothing_are_not_drawn(self) -> None:
        assert draw(0, [Part("unchanged", 0)]).bands == ()
        assert [band.part.kind for band in draw(5, [Part("held", 0), Part("failed", 5)]).bands] == [
            "failed"
        ]

    def test_of_more_than_was_read_stay_in_the_frame(self) -> None:
        picture = draw(10, [Part("unchanged", 10), Part("updated", 10)])

        assert picture.source_height == pytest.approx(240, abs=1)


def an_account(**changes):
    given: dict[str, Any] = {
        "lines": (), "read": 0, "left_out": {}, "unchanged": 0, "created": 0, "updated": 0,
        "held": 0, "failures": {}, "writes": 0, "conflicts": 0, "uncounted": 0, "off": (),
    }  # fmt: skip
    return Account(**given | changes)


class TestAccount:
    def test_has_the_most_frequent_reasons_first(self) -> None:
        account = an_account(read=9, left_out={"A": 1, "C": 3, "B": 3}, failures={"D": 2})

        told = [(part.kind, part.records, part.reason) for part in account.parts if part.reason]
        assert told == [
            ("left_out", 3, "B"), ("left_out", 3, "C"), ("left_out", 1, "A"), ("failed", 2, "D")
        ]  # fmt: skip
        assert account.accounted == account.read == 9

    def test_draws_rare_reasons_together(self) -> None:
        reasons = {f"REASON_{number:02}": 100 - number for number in range(12)}

        bands = an_account(read=sum(reasons.values()), left_out=reasons).picture.bands

        assert [band.part.reason for band in bands] == [
            *(f"REASON_{number:02}" for number in range(8)), "OTHERS"
        ]  # fmt: skip
        assert sum(band.part.records for band in bands) == sum(reasons.values())

    def test_draws_what_has_no_outcome(self) -> None:
        bands = an_account(read=10, unchanged=7).picture.bands

        assert [(band.part.kind, band.part.records) for band in bands] == [
            ("unchanged", 7), ("missing", 3)
        ]  # fmt: skip
