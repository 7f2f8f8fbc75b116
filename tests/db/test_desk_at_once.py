"""Several people at the desk at the same moment, each with a thread and a connection (N3.2)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from registry_operators.desk.cards import change_card, give_card
from registry_operators.desk.create_patron import create_patron
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.ledger.database import Ledger
from tests.db.desk_bench import LIBRARIAN, SELF_SERVICE, DeskBench, a_request, desk_at
from tests.factories import a_card_number, a_patron

FIRST, SECOND = "N105000000", "N105000001"
LOCKS_THAT_WAIT = "select count(*) from pg_locks where not granted and locktype = 'advisory'"


def at_once(desk: DeskBench, deeds: list[Callable[..., Any]]) -> list[Any]:
    """Let each deed begin when all are ready; what they return, or the refusal."""
    start = Barrier(len(deeds))

    def begin(deed: Callable[..., Any]) -> Any:
        start.wait(30)
        try:
            return deed(here)
        except DeskError as refused:
            return refused.refusal

    with desk_at(desk.world, desk.url) as here, ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(begin, deeds))


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
def test_of_two_who_create_the_same_person_one_does(desk: DeskBench, query, is_known) -> None:
    for index in range(10):
        if is_known:
            desk.world.registry.add(index)

        def create(here, caller=LIBRARIAN, index=index):
            return create_patron(here, caller, a_request(index))

        ends = at_once(desk, [create, lambda here: create(here, SELF_SERVICE)])

        assert [end for end in ends if isinstance(end, Refusal)] == [Refusal.PATRON_EXISTS]
        assert query("select count(*) from cicero.patron") == [(index + 1,)]
    for table in ("card", "pin", "consent", "patron_detail"):
        assert query(f"select count(*) from cicero.{table}") == [(10,)]  # noqa: S608


def test_of_two_who_give_the_same_card_one_does(desk: DeskBench, query) -> None:
    for index in range(0, 10, 2):
        number = a_card_number(60 + index)

        def create(who: int, number=number) -> Callable[..., Any]:
            request = a_request(who, card_number=number, pin="4719")
            return lambda here: create_patron(here, LIBRARIAN, request)

        ends = at_once(desk, [create(index), create(index + 1)])

        assert [end for end in ends if isinstance(end, Refusal)] == [Refusal.CARD_IN_USE]
    assert query("select count(*), count(distinct card_number) from cicero.card") == [(5, 5)]


def test_twenty_persons_take_twenty_numbers(desk: DeskBench, query) -> None:
    def create(index: int) -> Callable[..., Any]:
        return lambda here: create_patron(here, LIBRARIAN, a_request(index))

    made = at_once(desk, [create(index) for index in range(20)])

    numbers = {one.card_number for one in made}
    assert numbers == {f"N1050000{number:02d}" for number in range(20)}
    assert query("select next_value from patron_sync.card_sequence") == [(105000020,)]


def test_a_number_that_is_being_given_out_by_hand_is_not_drawn(desk: DeskBench, query) -> None:
    other = desk.world.cicero.add(a_patron(1, card=None))
    ref = desk.create(2, card_number=a_card_number(2), pin="4719").patron._replace(patron_id=other)
    with (
        Ledger.connect(desk.url) as ledger,
        ThreadPoolExecutor(1) as pool,
        desk_at(desk.world, desk.url) as here,
    ):
        with ledger.transaction():
            give_card(ledger, desk.world.config, ref, FIRST, "librarian")
            drawn: Future[Any] = pool.submit(create_patron, here, LIBRARIAN, a_request(0))
            while query(LOCKS_THAT_WAIT) == [(0,)]:
                assert not drawn.done(), "it did not wait"
        made = drawn.result(30)

    assert made.card_number == SECOND


def test_of_two_who_give_one_patron_cards_the_last_one_counts(desk: DeskBench, query) -> None:
    patron = desk.create(0, card_number=a_card_number(0), pin="4719").patron

    def change(index: int) -> Callable[..., Any]:
        return lambda here: change_card(here, LIBRARIAN, patron, a_card_number(index))

    assert at_once(desk, [change(index) for index in (61, 62)]) == ["national", "national"]

    assert query("select status, count(*) from cicero.card group by status order by status") == [
        ("active", 1), ("replaced", 2),
    ]  # fmt: skip
