"""Paging through a list that shifts while it is read: records may come twice, none is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from registry_operators.clients.registry_feed import ChangeFeed
from registry_operators.clients.registry_messages import PageHead, RegistryPatron
from registry_operators.clients.registry_page import Page
from registry_operators.errors import MalformedAnswerError, RefusedError

NOW = datetime(2026, 3, 2, 6)  # noqa: DTZ001  the registry's times have no zone


def a_record(number: int, version: int = 0) -> RegistryPatron:
    return RegistryPatron(f"N{number:09d}", f"{number:011d}", "", str(version), "")


@dataclass(slots=True)
class ShiftingServer:
    """A feed in order of change; before each answer some records change and go to the end."""

    records: list[RegistryPatron]
    moves: list[list[int]] = field(default_factory=list)
    most: int = 1000
    calls: int = 0

    def fetch(self, start: int, size: int) -> Page:
        self.calls += 1
        if self.calls > 1 and self.moves:
            for place in self.moves.pop(0):
                self._change(place)
        page = self.records[start - 1 : start - 1 + min(size, self.most)]
        end = start - 1 + len(page)
        following = end + 1 if end < len(self.records) else 0
        message = "OK" if page else "soekEndret: ingen treff"
        return page, PageHead(bool(page), message, len(self.records), len(page), following, NOW)

    def _change(self, place: int) -> None:
        if place >= len(self.records):
            number = 10_000 + len(self.records)
            self.records.append(a_record(number))
            return
        moved = self.records.pop(place)
        self.records.append(moved._replace(changed_at=f"{moved.changed_at}+"))


def read(server: ShiftingServer, page_size: int) -> list[RegistryPatron]:
    return list(ChangeFeed(server.fetch, page_size))


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 19, 20, 21])
def test_pages_of_a_resting_feed_join_to_the_whole(page_size: int) -> None:
    records = [a_record(number) for number in range(20)]

    assert read(ShiftingServer(list(records)), page_size) == records


def test_a_server_that_gives_less_than_asked_for_is_read_to_its_end() -> None:
    records = [a_record(number) for number in range(20)]

    assert read(ShiftingServer(list(records), most=4), 10) == records


@settings(max_examples=300)
@given(
    count=st.integers(0, 25),
    page_size=st.integers(1, 7),
    moves=st.lists(st.lists(st.integers(0, 30), max_size=6), max_size=15),
)
@example(count=4, page_size=2, moves=[[0]])
@example(count=6, page_size=2, moves=[[1], [1]])
@example(count=9, page_size=3, moves=[[0, 0, 0, 0, 0, 0]])
def test_no_record_is_lost_however_the_feed_moves(
    count: int, page_size: int, moves: list[list[int]]
) -> None:
    server = ShiftingServer([a_record(number) for number in range(count)], moves)

    came = {record.card_number for record in read(server, page_size)}

    assert came >= {f"N{number:09d}" for number in range(count)}


def test_tombstones_that_look_alike_hide_nobody() -> None:
    tombstone = RegistryPatron("", "", "", "2023-10-23", "0000000")
    records = [a_record(0), tombstone, a_record(1), tombstone, a_record(2)]
    server = ShiftingServer(list(records), moves=[[0, 0]])

    came = {record.card_number for record in read(server, 2)}

    assert came >= {record.card_number for record in records if record.card_number}


def test_a_feed_that_never_rests_is_given_up() -> None:
    server = ShiftingServer([a_record(n) for n in range(200)], [[0]] * 10_000)

    with pytest.raises(MalformedAnswerError, match="moved 21 times"):
        read(server, 2)


def test_a_server_that_repeats_the_same_page_for_ever_is_given_up() -> None:
    page = [a_record(0), a_record(1)]
    head = PageHead(True, "OK", 100, 2, 3, NOW)

    with pytest.raises(MalformedAnswerError):
        list(ChangeFeed(lambda _start, _size: (page, head), 2))


@pytest.mark.parametrize("following", [1, 5])
def test_an_empty_page_that_says_that_more_follow_is_refused(following: int) -> None:
    head = PageHead(True, "OK", 9, 0, following, NOW)

    with pytest.raises(MalformedAnswerError, match="no record"):
        list(ChangeFeed(lambda _start, _size: ([], head), 2))


def test_fewer_records_than_claimed_are_refused() -> None:
    head = PageHead(True, "OK", 3, 2, 0, NOW)

    with pytest.raises(MalformedAnswerError, match="claims 3 records and 2 came"):
        list(ChangeFeed(lambda _start, _size: ([a_record(0), a_record(1)], head), 2))


def test_a_feed_without_the_registrys_time_is_refused() -> None:
    head = PageHead(True, "OK", 1, 1, 0, None)

    with pytest.raises(MalformedAnswerError, match="server time"):
        list(ChangeFeed(lambda _start, _size: ([a_record(0)], head), 2))


def test_a_refusal_is_no_empty_feed() -> None:
    head = PageHead(False, "soekEndret: Ulovlig argument", 0, 0, 0, NOW)

    with pytest.raises(RefusedError):
        list(ChangeFeed(lambda _start, _size: ([], head), 2))
