import pytest

from stand_ins.ils.clock import Clock
from stand_ins.ils.patrons import Patron, barcode_of, index_in, unique_id_of
from stand_ins.ils.population import Population
from stand_ins.ils.rows import Rows
from stand_ins.people import person


@pytest.fixture
def people() -> Population:
    return Population(500, 1, first_id=1001, clock=Clock())


def test_patrons_are_the_invented_people(people: Population) -> None:
    patron, someone = people.patron(7), person(7, 1)

    assert (patron.first_name, patron.last_name) == (someone.first_name, someone.surname)
    assert patron.birth_on == someone.birth_on


def test_ids_lead_back_to_indexes_and_holes_to_nobody(people: Population) -> None:
    numbers = [people.id_of(index) for index in range(500)]

    assert [people.index_of(number) for number in numbers] == list(range(500))
    holes = set(range(1001, numbers[-1])) - set(numbers)
    assert len(holes) == 55
    assert {people.index_of(hole) for hole in holes} == {None}
    assert people.index_of(1000) is people.index_of(numbers[-1] + 1) is None


def test_the_first_index_from_an_id_skips_holes(people: Population) -> None:
    assert [people.index_from(number) for number in (0, 1009, 1010, 1011)] == [0, 8, 9, 9]


@pytest.mark.parametrize(
    "text", [barcode_of(123), unique_id_of(123), "a.b.123@example.org", "w123"]
)
def test_an_index_is_found_in_what_was_made_of_it(text) -> None:
    assert index_in(text) == 123


def test_what_holds_no_index_finds_none() -> None:
    assert index_in("nobody@example.org") is None


@pytest.mark.parametrize("count", [0, 3, 400, 10_000])
def test_picked_patrons_are_alive_and_distinct(people: Population, count) -> None:
    picked = people.picked(count, seed=5)

    assert len(picked) == len(set(picked)) == min(count, 495)
    assert not any(people.deleted[index] for index in picked)


def test_rows_are_rendered_once_until_they_change(people: Population) -> None:
    rendered: list[int] = []

    def render(patron: Patron) -> bytes:
        rendered.append(patron.nth)
        return patron.last_name.encode()

    rows = Rows(people)
    first = rows.of([3, 1, 2], "name", render)
    assert rows.of([3, 1, 2], "name", render) == first
    assert rendered == [3, 1, 2]

    people.set(1, {"last_name": "Ny"})
    assert rows.of([1, 2], "name", render) == [b"Ny", first[2]]
    assert rendered == [3, 1, 2, 1]


def test_only_the_last_shapes_of_rows_are_kept(people: Population) -> None:
    rendered: list[int] = []

    def render(patron: Patron) -> bytes:
        rendered.append(patron.nth)
        return b"x"

    rows = Rows(people)
    for shape in "abcdea":
        rows.of([0], shape, render)

    assert len(rendered) == 6
