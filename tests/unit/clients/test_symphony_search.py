"""All patrons of a Symphony by its search, while they come, go and move."""

from __future__ import annotations

from itertools import islice

import pytest

from registry_operators.clients.ils_messages import IlsPage, IlsQuery
from registry_operators.domain.sync.conditions import Condition, Operator
from registry_operators.domain.sync.field_values import DataType
from registry_operators.errors import ConfigurationError, MalformedAnswerError, UnavailableError
from stand_ins.symphony.process import Site, serving_symphony
from tests.unit.clients.ils_stub import Asked, read
from tests.unit.clients.symphony_stub import (
    ALL,
    NOTHING,
    SEARCH,
    a_symphony,
    keys,
    page_of,
    row,
    told,
)
from tests.unit.clients.vendor_stub import living, turn


@pytest.fixture(scope="module")
def _served():
    with serving_symphony(400) as symphony:
        yield symphony


@pytest.fixture
def symphony(_served):
    """A Symphony of 396 living patrons, and 4 deleted ones, without any fault."""
    _served.admin.call("DELETE", "faults")
    return _served


class TestSearch:
    def test_everybody_comes_once_and_deleted_rows_are_passed_over(self, symphony) -> None:
        assert keys(read(a_symphony(symphony.api, **SEARCH), ALL)) == living(symphony)

    def test_reading_goes_on_behind_a_cursor(self, symphony) -> None:
        client = a_symphony(symphony.api, **SEARCH)
        some = list(islice(client.pages(ALL), 9))

        rest = read(client, ALL, some[-1].cursor)

        assert keys([one for page in some for one in page.records] + rest) == living(symphony)

    def test_searches_that_found_nobody_are_asked_again_by_who_goes_on(self, symphony) -> None:
        client = a_symphony(symphony.api, **SEARCH)
        turn(symphony, "empty_success", operation="search", after=2)
        some: list[IlsPage] = []
        with pytest.raises(MalformedAnswerError, match="nobody was found"):
            some.extend(client.pages(ALL))
        symphony.admin.call("DELETE", "faults")

        rest = read(client, ALL, some[-1].cursor)

        assert keys([one for page in some for one in page.records] + rest) == living(symphony)

    def test_rows_are_numbered_from_one_and_overlap(self) -> None:
        asked: list[Asked] = []
        with told(page_of([row(key) for key in range(100, 150)]), asked) as url:
            assert len(read(a_symphony(url, **SEARCH), NOTHING)) == 50

        searches = [call.query for call in asked if call.path.endswith("/search")]
        assert [(one["rw"], one["ct"]) for one in searches] == [
            ("1", "20"), ("16", "20"), ("31", "20"), ("1", "1"),
        ]  # fmt: skip
        assert {one["j"] for one in searches} == {"AND"}

    def test_a_server_that_gives_fewer_rows_than_asked_loses_nobody(self) -> None:
        everybody = [row(key) for key in range(100, 150)]

        def rows(call: Asked):
            return page_of(everybody)(call._replace(query=call.query | {"ct": "10"}))

        with told(rows) as url:
            assert len(read(a_symphony(url, **SEARCH), NOTHING)) == 50

    def test_a_patron_in_two_searches_comes_once(self) -> None:
        everybody = [row(5), row(6), None, row(5)]
        with told(page_of(everybody)) as url:
            assert keys(read(a_symphony(url, **SEARCH), NOTHING)) == [5, 6]

    def test_codes_with_blanks_are_quoted(self) -> None:
        asked: list[Asked] = []
        with told(page_of([row(1)]), asked, ("WEST, SIDE", "EAST_1")) as url:
            read(a_symphony(url, **SEARCH), NOTHING)

        found = {call.query.get("q") for call in asked}
        assert {"LIBRARY:EAST_1", 'LIBRARY:"WEST, SIDE"'} <= found

    def test_patrons_who_move_are_looked_at_a_second_time(self) -> None:
        with serving_symphony(400) as symphony:
            before = set(living(symphony))
            symphony.admin.call("DELETE", "faults")
            turn(symphony, "drifting_pages", operation="search", after=3, inserted=30, deleted=5,
                 times=1)  # fmt: skip

            found = keys(read(a_symphony(symphony.api, **SEARCH), ALL))

            assert len(found) == len(set(found))
            assert set(living(symphony)) & before <= set(found)

    def test_rows_that_shift_while_they_are_read_lose_nobody(self) -> None:
        everybody = [row(key) for key in range(100, 150)]
        count = [0]

        def rows(call: Asked):
            count[0] += 1
            if count[0] == 2:
                del everybody[3]  # moved to another library, so that all behind come up
            return page_of(everybody)(call)

        with told(rows) as url:
            found = keys(read(a_symphony(url, **SEARCH), NOTHING))

        assert found == list(range(100, 150))

    def test_patrons_who_never_stand_still_are_not_taken_for_everybody(self, symphony) -> None:
        everybody = [row(key) for key in range(100, 150)]

        def rows(call: Asked):
            everybody.insert(0, everybody.pop())
            return page_of(everybody)(call)

        with told(rows) as url, pytest.raises(UnavailableError, match="faster"):
            read(a_symphony(url, **SEARCH), NOTHING)

    @pytest.mark.parametrize(
        ("dial", "keys_"),
        [
            ("duplicated_page", {"after": 3}),
            ("empty_success", {"after": 3, "times": 1}),
            ("empty_success", {"times": 1}),
            ("shortened_page", {"rows": 4, "times": 3}),
            ("wrong_totals", {"by": 7, "times": 2}),
            ("wrong_totals", {"by": -7, "times": 2}),
            ("truncated_body", {"in_silence": True, "after": 2, "times": 2}),
            ("html_503", {"after": 1, "times": 2}),
            ("reset_after_answer", {"after": 4, "times": 1}),
            ("too_many_requests", {"after": 1, "times": 1}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_fault_that_passes_loses_nobody(self, symphony, dial, keys_) -> None:
        turn(symphony, dial, operation="search", **keys_)

        assert keys(read(a_symphony(symphony.api, **SEARCH), ALL)) == living(symphony)

    @pytest.mark.parametrize(
        ("dial", "keys_"),
        [
            ("empty_success", {}),
            ("empty_success", {"after": 3}),
            ("empty_success", {"after": 9}),
            ("shortened_page", {"rows": 1}),
            ("wrong_totals", {"by": 7}),
            ("wrong_totals", {"by": -7}),
        ],
    )
    def test_a_reading_that_cannot_be_whole_does_not_end_quietly(
        self, symphony, dial, keys_
    ) -> None:
        turn(symphony, dial, operation="search", **keys_)

        with pytest.raises(MalformedAnswerError):
            read(a_symphony(symphony.api, **SEARCH), ALL)

    def test_a_site_with_one_index_cannot_prove_who_everybody_is(self) -> None:
        with (
            serving_symphony(30, site=Site(indexes=("ID", "LIBRARY"))) as symphony,
            pytest.raises(ConfigurationError, match="strategy to keys"),
        ):
            read(a_symphony(symphony.api, **SEARCH), ALL)

    def test_libraries_that_no_policy_names_are_missed_at_the_end(self) -> None:
        def rows(call: Asked):
            is_profile = call.query["q"].startswith("PROFILE")
            return page_of([row(key) for key in range(100, 190 if is_profile else 150)])(call)

        with told(rows) as url, pytest.raises(MalformedAnswerError, match=r"50 patrons .* 90"):
            read(a_symphony(url, **SEARCH), NOTHING)

    def test_only_libraries_that_are_wanted_are_searched_for(self) -> None:
        asked: list[Asked] = []
        wanted = Condition("library", DataType.TEXT, Operator.EQUALS, ("main",), ("Main",))
        other = Condition("library", DataType.TEXT, Operator.EQUALS, ("law",), ("LAW",))
        with told(page_of([row(1)]), asked) as url:
            client = a_symphony(url, **SEARCH)
            assert len(read(client, IlsQuery(frozenset(), (wanted,)))) == 1
            [nobody] = client.pages(IlsQuery(frozenset(), (other,)))
            assert read(client, IlsQuery(frozenset(), (other,)), nobody.cursor) == []

        assert [call.query["q"] for call in asked if "q" in call.query] == ["LIBRARY:MAIN"]
