"""A view is what a search through everybody would find, whatever happened since the last look."""

import pytest

from stand_ins.ils import changing
from stand_ins.ils.clock import Clock
from stand_ins.ils.population import Population
from stand_ins.ils.views import Views


@pytest.fixture
def people() -> Population:
    return Population(300, 1, first_id=1, clock=Clock())


def is_undergraduate(people: Population, index: int) -> bool:
    return people.patron(index).kind == 0


def looked_up(people: Population) -> list[int]:
    found = [index for index in people.living() if is_undergraduate(people, index)]
    return sorted(found, key=lambda index: people.patron(index).last_name)


def test_a_view_follows_every_change(people: Population) -> None:
    views = Views(people)

    def seen() -> list[int]:
        return list(
            views.indexes(
                "undergraduates",
                lambda index: is_undergraduate(people, index),
                lambda index: people.patron(index).last_name,
            )
        )

    assert seen() == looked_up(people)
    for seed in range(1, 6):
        changing.change(people, people.picked(20, seed), ["kind", "last_name"])
        assert seen() == looked_up(people)
        people.delete(people.picked(10, seed))
        people.insert(10)
        assert seen() == looked_up(people)


def test_who_was_not_changed_is_looked_at_once(people: Population) -> None:
    views, looks = Views(people), []

    def fits(index: int) -> bool:
        looks.append(index)
        return True

    views.indexes("all", fits)
    first = len(looks)
    changing.change(people, [5], ["email"])
    views.indexes("all", fits)

    assert first == people.size - people.deleted_count
    assert looks[first:] == [5]


def test_views_used_longest_ago_are_forgotten(
    people: Population, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stand_ins.ils.views.MAX_KEPT", 2 * people.size)
    views, looks = Views(people), []

    def fits(index: int) -> bool:
        looks.append(index)
        return True

    for name in ("a", "b", "a", "c", "a", "b"):
        looks.clear()
        views.indexes(name, fits)
        if name == "a":
            seen_again = bool(looks)

    assert not seen_again, "used again before two others were"
    assert looks, "b had to make room for c"
