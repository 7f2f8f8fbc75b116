"""Sierra's client before the stand-in, and before a stub where that cannot misbehave enough."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest

from registry_operators.clients.ils_messages import IlsQuery
from registry_operators.errors import (
    LoginRefusedError,
    MalformedAnswerError,
    RefusedError,
    UnavailableError,
)
from stand_ins.sierra.process import serving_sierra
from tests.unit.clients.ils_stub import Asked, read, saying
from tests.unit.clients.sierra_stub import ALL, NOBODY, a_sierra, first_of, ids, those_from, told
from tests.unit.clients.vendor_stub import Answer, calls, living, turn

SIZE = 50


@pytest.fixture(scope="module")
def _served():
    with serving_sierra(400) as sierra:
        yield sierra


@pytest.fixture
def sierra(_served):
    """A Sierra of 396 living patrons without any fault."""
    _served.admin.call("DELETE", "faults")
    return _served


class TestLogin:
    def test_the_key_goes_as_basic_and_the_grant_as_form(self) -> None:
        asked: list[Asked] = []

        def answer(call: Asked):
            asked.append(call)
            return (200, {"access_token": "t"}, {}) if "token" in call.path else NOBODY

        with saying(answer) as url:
            a_sierra(url).check()

        assert asked[0].headers["authorization"] == "Basic ZGVtby1rZXk6ZGVtby1zZWNyZXQ="
        assert asked[0].headers["content-type"] == "application/x-www-form-urlencoded"
        assert asked[0].body == "grant_type=client_credentials"
        assert asked[1].headers["authorization"] == "Bearer t"

    def test_a_token_is_renewed_before_it_ends(self, sierra) -> None:
        now = [0.0]
        client = a_sierra(sierra.api, clock=lambda: now[0])
        before = calls(sierra).get("token", 0)
        for now[0] in (0.0, 3500.0, 3545.0):
            client.check()

        assert calls(sierra)["token"] == before + 2

    def test_a_token_refused_while_reading_is_fetched_anew(self, sierra) -> None:
        turn(sierra, "session_expired", operation="list", after=3)

        assert ids(read(a_sierra(sierra.api, page_size=SIZE), ALL)) == living(sierra)

    def test_a_token_that_stays_refused_is_fetched_anew_once(self, sierra) -> None:
        before = calls(sierra).get("token", 0)
        turn(sierra, "permission_lost", status=401, operation="list")

        with pytest.raises(LoginRefusedError, match="code 120"):
            a_sierra(sierra.api).check()
        assert calls(sierra)["token"] == before + 2

    def test_a_wrong_secret_is_told_without_it(self, sierra) -> None:
        with pytest.raises(LoginRefusedError, match=r"HTTP 401, code 123") as caught:
            a_sierra(sierra.api, secret="wrong-one").check()

        assert "wrong-one" not in str(caught.value)

    def test_a_key_without_the_role_is_told_what_it_needs(self, sierra) -> None:
        turn(sierra, "permission_lost", status=403, operation="list")

        with pytest.raises(LoginRefusedError, match="Patrons Read"):
            a_sierra(sierra.api).check()


class TestPaging:
    def test_everybody_comes_once_and_in_order(self, sierra) -> None:
        assert ids(read(a_sierra(sierra.api, page_size=SIZE), ALL)) == living(sierra)

    def test_limit_fields_and_window_are_always_sent(self) -> None:
        asked: list[Asked] = []
        rows = [{"id": number} for number in range(1, 120)]
        with told(lambda call: those_from(call, rows)[:100], asked) as url:
            read(a_sierra(url), ALL)

        assert asked[0].query == {
            "id": "[1,]", "limit": "2000", "deleted": "false",
            "fields": "emails,homeLibraryCode,id,names,varFields",
        }  # fmt: skip
        assert {call.query["limit"] for call in asked} == {"2000"}
        assert [first_of(call) for call in asked] == [1, 101, 120, 100]

    def test_a_server_that_gives_50_whatever_is_asked_loses_nobody(self) -> None:
        rows = [{"id": number} for number in range(1, 133)]
        with told(lambda call: those_from(call, rows)[:50]) as url:
            assert len(read(a_sierra(url), ALL)) == 132

    def test_the_total_is_not_believed(self, sierra) -> None:
        turn(sierra, "wrong_totals", by=-40)

        assert ids(read(a_sierra(sierra.api, page_size=SIZE), ALL)) == living(sierra)

    def test_no_names_of_fields_still_name_one(self) -> None:
        asked: list[Asked] = []
        with told(lambda call: those_from(call, [{"id": 5}]), asked) as url:
            read(a_sierra(url), IlsQuery(frozenset()))

        assert asked[0].query["fields"] == "id"

    def test_ids_as_text_are_ids_too(self) -> None:
        rows = [{"id": "9"}, {"id": "10"}]
        with told(lambda call: those_from(call, rows)) as url:
            assert ids(read(a_sierra(url), ALL)) == ["9", "10"]

    def test_reading_goes_on_behind_a_cursor(self, sierra) -> None:
        client = a_sierra(sierra.api, page_size=SIZE)
        some = list(islice(client.pages(ALL), 2))

        rest = ids(read(client, ALL, some[1].cursor))

        assert ids(some[0].records + some[1].records) + rest == living(sierra)

    def test_reading_ends_behind_the_last_cursor(self, sierra) -> None:
        client = a_sierra(sierra.api)
        *_, last = client.pages(ALL)

        assert read(client, ALL, last.cursor) == []

    def test_patrons_who_come_and_go_shift_nobody(self) -> None:
        with serving_sierra(400) as sierra:
            before = set(living(sierra))
            turn(sierra, "drifting_pages", inserted=3, deleted=2, times=30)

            found = ids(read(a_sierra(sierra.api, page_size=SIZE), ALL))

            assert len(found) == len(set(found))
            assert set(living(sierra)) & before <= set(found)

    @pytest.mark.parametrize(
        ("dial", "keys"),
        [
            ("duplicated_page", {"after": 3}),
            ("empty_success", {"after": 3, "times": 1}),
            ("empty_success", {"times": 1}),
            ("shortened_page", {"rows": 4, "times": 7}),
            ("truncated_body", {"in_silence": True, "after": 2, "times": 2}),
            ("truncated_body", {"after": 2, "times": 2}),
            ("html_503", {"after": 1, "times": 2}),
            ("reset_before_answer", {"after": 4, "times": 1}),
            ("server_error", {"status": 500, "after": 4, "times": 1}),
            ("server_error", {"status": 404, "after": 4, "times": 1}),
            ("too_many_requests", {"after": 1, "times": 1}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_fault_that_passes_loses_nobody(self, sierra, dial, keys) -> None:
        turn(sierra, dial, operation="list", **keys)

        assert ids(read(a_sierra(sierra.api, page_size=SIZE), ALL)) == living(sierra)

    @pytest.mark.parametrize(
        ("dial", "keys"),
        [
            ("empty_success", {"after": 3}),
            ("empty_success", {}),
            ("server_error", {"status": 404, "after": 3}),
            ("server_error", {"status": 404}),
        ],
    )
    def test_a_reading_that_cannot_be_whole_does_not_end_quietly(self, sierra, dial, keys) -> None:
        turn(sierra, dial, operation="list", **keys)

        with pytest.raises(MalformedAnswerError):
            read(a_sierra(sierra.api, page_size=SIZE), ALL)


class TestErrors:
    def test_nobody_changed_is_an_empty_list_and_no_error(self) -> None:
        with told(lambda _: NOBODY) as url:
            query = IlsQuery(frozenset(), changed_since=datetime(2026, 5, 1, tzinfo=UTC))
            assert read(a_sierra(url), query) == []

    def test_a_404_of_another_kind_is_no_empty_list(self) -> None:
        page: Answer = (404, "<html>no such page, code 107</html>", {})
        with told(lambda _: page) as url, pytest.raises(RefusedError, match="host and path"):
            read(a_sierra(url), ALL)

    def test_an_unknown_field_is_refused_without_its_text(self, sierra) -> None:
        with pytest.raises(RefusedError, match=r"HTTP 400, code 108") as caught:
            read(a_sierra(sierra.api), IlsQuery(frozenset({"noSuchField"})))

        assert "noSuchField" not in str(caught.value)

    def test_several_records_where_one_was_meant_are_no_list(self) -> None:
        told_so: Answer = (409, {"code": 133, "httpStatus": 409}, {})
        with told(lambda _: told_so) as url, pytest.raises(RefusedError, match="code 133"):
            read(a_sierra(url), ALL)

    def test_a_server_that_stays_broken_is_unavailable(self, sierra) -> None:
        turn(sierra, "server_error", status=503, operation="list")
        pauses: list[float] = []

        with pytest.raises(UnavailableError) as caught:
            read(a_sierra(sierra.api, pause=pauses.append), ALL)

        assert str(caught.value) == "sierra: patrons: HTTP 503"
        assert all(
            least <= one <= 1.25 * least for least, one in zip((1, 4, 16), pauses, strict=True)
        )

    def test_a_page_for_people_is_no_answer(self) -> None:
        with (
            told(lambda _: (200, "<html>maintenance</html>", {})) as url,
            pytest.raises(MalformedAnswerError, match="HTML"),
        ):
            a_sierra(url).check()
