"""Alma's client before the stand-in, and before a stub where that cannot misbehave enough."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from registry_operators.clients.alma_answers import AlmaBatch
from registry_operators.clients.alma_pages import LIMIT, AlmaReading
from registry_operators.clients.ils_messages import IlsQuery
from registry_operators.domain.sync.conditions import Condition, Operator
from registry_operators.domain.sync.field_values import DataType
from registry_operators.errors import MalformedAnswerError
from stand_ins.alma.process import serving_alma
from tests.unit.clients.ils_stub import an_alma, names, read, saying

FULL = IlsQuery(frozenset({"contact_info"}))
GROUP = Condition("user_group", DataType.TEXT, Operator.EQUALS, ("ugrd",), ("UGRD",))


@pytest.fixture(scope="module")
def _served():
    with serving_alma(400, per_second=0) as alma:
        yield alma


@pytest.fixture
def alma(_served):
    """An Alma of 396 users without any fault."""
    _served.admin.call("DELETE", "faults")
    return _served


@pytest.fixture
def fault(alma):
    def turn(dial: str, **keys: object) -> None:
        alma.admin.call("PUT", "faults", {"dials": [{"dial": dial, **keys}]})

    return turn


def is_complete(records, count: int = 396) -> bool:
    found = names(records)
    return len(found) == len(set(found)) == count and found == sorted(found)


class TestPaging:
    @pytest.mark.parametrize("threads", [1, 8])
    def test_everybody_comes_once_and_in_order(self, alma, threads) -> None:
        assert is_complete(read(an_alma(alma.api, threads=threads), FULL))

    @pytest.mark.parametrize("stop", [1, 2, 4])
    def test_reading_goes_on_behind_a_cursor(self, alma, stop) -> None:
        client = an_alma(alma.api)
        pages = client.pages(FULL)
        some = [next(pages) for _ in range(stop)]

        before = [one for page in some for one in page.records]

        assert is_complete(before + read(client, FULL, some[-1].cursor))

    def test_a_cursor_finds_its_place_again_when_users_moved(self) -> None:
        with serving_alma(600, per_second=0) as alma:
            client = an_alma(alma.api)
            pages = client.pages(FULL)
            some = [next(pages) for _ in range(3)]
            before, cursor = [one for page in some for one in page.records], some[-1].cursor
            early = [one["id"] for one in alma.admin.patrons(after=20, limit=120)]
            alma.admin.delete(ids=early)

            found = names(before + read(client, FULL, cursor))

            assert len(found) == len(set(found))
            assert set(_all(alma)) <= set(found)

    def test_another_page_than_was_asked_for_is_asked_for_again(self) -> None:
        everybody = [{"primary_id": f"u{number:03d}"} for number in range(500)]
        places: list[int] = []

        def fetch(place: int, _: int) -> AlmaBatch:
            first = 270 if (place, places.count(180)) == (180, 0) else place
            places.append(place)
            return AlmaBatch(everybody[first : first + LIMIT], len(everybody))

        pages = AlmaReading(fetch, b"key", threads=1).pages()

        assert [one for page in pages for one in page.records] == everybody
        assert places.count(180) == 2

    def test_users_who_are_counted_and_never_shown_part_no_pages(self) -> None:
        everybody = [{"primary_id": f"u{number:03d}"} for number in range(500)]

        def fetch(place: int, _: int) -> AlmaBatch:
            shown = [one for one in everybody[place : place + LIMIT] if one not in hidden]
            return AlmaBatch(shown, len(everybody))

        hidden = everybody[88:102]
        pages = AlmaReading(fetch, b"key", threads=1).pages()

        assert [one for page in pages for one in page.records] == everybody[:88] + everybody[102:]

    @pytest.mark.parametrize("dial", ["empty_success", "shortened_page"])
    def test_nobody_is_no_end_for_somebody_who_goes_on(self, alma, fault, dial) -> None:
        client, keys = (
            an_alma(alma.api, threads=1),
            {"rows": 100} if dial != "empty_success" else {},
        )
        first, second, *_ = client.pages(FULL)
        fault(dial, **keys)

        with pytest.raises(MalformedAnswerError):
            read(client, FULL, second.cursor)

        alma.admin.call("DELETE", "faults")
        assert is_complete(first.records + second.records + read(client, FULL, second.cursor))

    def test_a_cursor_holds_no_id(self, alma) -> None:
        page = next(an_alma(alma.api).pages(FULL))

        assert not any(record["primary_id"] in page.cursor for record in page.records)

    @pytest.mark.parametrize("deleted", [2, 9, 40])
    def test_users_who_go_while_pages_are_read_hide_nobody(self, deleted) -> None:
        with serving_alma(1500, per_second=0) as alma:
            dial = {"dial": "drifting_pages", "inserted": 0, "deleted": deleted}
            alma.admin.call("PUT", "faults", {"dials": [dial]})

            found = names(read(an_alma(alma.api, threads=1), FULL))

            alma.admin.call("DELETE", "faults")
            assert len(found) == len(set(found))
            assert set(_all(alma)) <= set(found)

    def test_users_who_come_push_nobody_behind_the_end(self) -> None:
        with serving_alma(500, per_second=0) as alma:
            before = set(_all(alma))
            dial = {"dial": "drifting_pages", "inserted": 4, "deleted": 0}
            alma.admin.call("PUT", "faults", {"dials": [dial]})

            found = names(read(an_alma(alma.api, threads=2), FULL))

            assert len(found) == len(set(found))
            assert before <= set(found)

    @pytest.mark.parametrize(
        ("dial", "keys"),
        [
            ("duplicated_page", {"after": 2, "times": 1}),
            ("empty_success", {"after": 2, "times": 1}),
            ("empty_success", {"times": 1}),
            ("shortened_page", {"rows": 7, "times": 5}),
            ("truncated_body", {"in_silence": True, "after": 2, "times": 2}),
            ("html_503", {"after": 1, "times": 2}),
            ("too_many_requests", {"retry_after": "", "after": 1, "times": 2}),
            ("reset_after_answer", {"after": 3, "times": 1}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_fault_that_passes_loses_nobody(self, alma, fault, dial, keys) -> None:
        fault(dial, operation="users", **keys)

        assert is_complete(read(an_alma(alma.api, threads=1), FULL))

    @pytest.mark.parametrize(
        ("dial", "keys"),
        [("empty_success", {"after": 2}), ("shortened_page", {"rows": 100}),
         ("wrong_totals", {"by": 300})],
    )  # fmt: skip
    def test_a_reading_that_cannot_be_whole_does_not_end_quietly(
        self, alma, fault, dial, keys
    ) -> None:
        fault(dial, operation="users", **keys)

        with pytest.raises(MalformedAnswerError):
            read(an_alma(alma.api), FULL)

    def test_a_total_a_little_larger_than_what_is_shown_is_borne(self) -> None:
        with serving_alma(300, per_second=0, extra_total=9) as alma:
            assert is_complete(read(an_alma(alma.api), FULL), 297)

    @pytest.mark.parametrize("user", ["null", "absent", "list"])
    def test_nobody_is_nobody_in_each_of_its_forms(self, user) -> None:
        with serving_alma(0, per_second=0, empty_user=user) as alma:
            assert read(an_alma(alma.api), FULL) == []

    def test_names_of_one_user_in_two_cases_are_one_user(self) -> None:
        users: list[dict[str, object]] = [
            {"primary_id": name, "contact_info": {}} for name in ("Anne", "ANNE", "berit")
        ]
        body = {"user": users, "total_record_count": 3}
        with saying(lambda _: (200, body, {})) as url:
            assert names(read(an_alma(url), FULL)) == ["Anne", "berit"]


class TestWhatIsAsked:
    def test_the_key_goes_in_a_header_and_pages_are_ordered(self) -> None:
        call = _asked(FULL)

        assert call.headers["authorization"] == "apikey demo-alma-key"
        assert call.headers["accept"] == "application/json"
        assert call.query == {
            "limit": "100", "offset": "0", "order_by": "primary_id", "expand": "full",
        }  # fmt: skip

    def test_a_search_and_a_day_of_change_exclude_each_other(self) -> None:
        since = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
        query = IlsQuery(frozenset({"email"}), (GROUP,), changed_since=since)

        call = _asked(query, searchable={"user_group"})

        assert call.query["modify_date_from"] == "2026-02-28"
        assert "q" not in call.query

    def test_a_search_is_only_made_where_it_is_known_to_find_codes(self) -> None:
        query = IlsQuery(frozenset(), (GROUP,))

        assert "q" not in _asked(query).query
        assert _asked(query, searchable={"user_group"}).query["q"] == "user_group~UGRD"

    def test_who_changed_comes(self) -> None:
        with serving_alma(300, per_second=0) as alma:
            changed = alma.admin.change(count=7, seed=3, fields=["phone"])
            ids = {alma.admin.patron(one)["unique_id"].lower() for one in changed}
            query = IlsQuery(frozenset(), changed_since=datetime.now(UTC))

            found = names(read(an_alma(alma.api), query))

        assert {name.split("@")[0].split("/")[0] for name in found} >= ids
        assert len(found) < 297


class TestFields:
    def test_secrets_that_come_are_dropped(self, alma) -> None:
        pin = {"value": "4711", "id_type": {"value": "PIN", "desc": "PIN"}}
        alma.admin.patch(1, raw={"pin_number": "4711", "password": "x", "user_identifier": [pin]})

        first = next(one for one in read(an_alma(alma.api), FULL)
                     if one["primary_id"].startswith("w00000000"))  # fmt: skip

        assert "4711" not in str(first)
        assert not {"password", "pin_number"} & first.keys()

    def test_types_of_the_installation_are_found(self, alma) -> None:
        found = {one.name: one for one in an_alma(alma.api).extra_fields()}

        assert {"user_identifier.UNIV_ID", "user_statistic.MAJOR"} <= found.keys()
        assert all("." in name for name in found)

    def test_count_is_the_total(self, alma) -> None:
        assert an_alma(alma.api).count(FULL) == 396
        query = IlsQuery(frozenset(), (GROUP,))
        searching = an_alma(alma.api, searchable=frozenset({"user_group"}))

        assert searching.count(query) == len(read(searching, query)) < 396


def _asked(query, **options):
    calls = []

    def answer(call):
        calls.append(call)
        return 200, {"user": None, "total_record_count": 0}, {}

    with saying(answer) as url:
        read(an_alma(url, **options), query)
    return calls[0]


def _all(alma) -> list[str]:
    return names(read(an_alma(alma.api), IlsQuery(frozenset({"first_name"}))))
