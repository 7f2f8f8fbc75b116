"""
A process that is killed at any point, and started again, leaves what an undisturbed one leaves.

Each point is before or after a commit or a call of the registry. It is a real process, killed with
SIGKILL; PostgreSQL and the registry are real and live on. The short form dies after each of them,
at every fourth of the points before, and in the second way at every fourth of all; with
``CRASH_POINTS=all`` every point is played both ways.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.crash_world import ANOTHER_RUN, RUN, Point, Scene, Theatre, a_theatre

IS_LONG = os.environ.get("CRASH_POINTS") == "all"
FLOWS = ("push", "pull", "held removal", "held cards")


@pytest.fixture(scope="module")
def theatre(
    postgres_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Theatre]:
    folder: Path = tmp_path_factory.mktemp("crashes")
    with a_theatre(postgres_url, template_database, folder) as theatre:
        yield theatre


@pytest.fixture(scope="module")
def scenes(theatre: Theatre) -> dict[str, Scene]:
    return theatre.scenes()


@pytest.mark.parametrize("name", FLOWS)
def test_a_death_anywhere_is_healed_by_starting_the_same_run_again(
    theatre: Theatre, scenes: dict[str, Scene], name: str
) -> None:
    points, expected = theatre.undisturbed(scenes[name])

    assert theatre.differences(scenes[name], chosen(points), expected, then=RUN) == {}


@pytest.mark.parametrize("name", ["push", "pull"])
def test_a_death_anywhere_is_healed_by_the_next_run(
    theatre: Theatre, scenes: dict[str, Scene], name: str
) -> None:
    points, expected = theatre.undisturbed(scenes[name])
    some = points if IS_LONG else points[3::4]
    del expected["unread"]  # what the first run wrote itself is read by the other, or not any more

    assert theatre.differences(scenes[name], some, expected, then=ANOTHER_RUN) == {}


def test_the_points_are_around_every_commit_and_every_kind_of_call(
    theatre: Theatre, scenes: dict[str, Scene]
) -> None:
    names = {name for flow in FLOWS for name, _ in theatre.undisturbed(scenes[flow])[0]}

    for call in ("hent", "nyPost", "endre", "slett", "soekEndret"):
        assert {f"before call {call}", f"after call {call}"} <= names
    for step in ("open_run", "_settle", "_load_cards", "_load_pins", "move_watermark", "_close"):
        assert {f"before commit of {step}", f"after commit of {step}"} <= names
    assert {"before writer/take_writer", "after run/close_run"} <= names


def chosen(points: list[Point]) -> list[Point]:
    """All points; in the short form one for each state of the outside, and some before a change."""
    if IS_LONG:
        return points
    before = [point for point in points if point[0].startswith("before")]
    return [point for point in points if point not in before or point in before[::4]]
