"""Koha's client before the stand-in, and before a stub where that cannot misbehave enough."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from registry_operators.clients.ils_messages import IlsQuery
from registry_operators.domain.sync.conditions import Condition, Operator
from registry_operators.domain.sync.field_values import DataType
from registry_operators.errors import (
    MalformedAnswerError,
    RefusedError,
    UnavailableError,
)
from stand_ins.koha.process import serving_koha
from tests.unit.clients.ils_stub import FULL, Asked, a_koha, losing, read, saying

SIZE = 50
SECRET = Condition("email", DataType.EMAIL, Operator.EQUALS, ("geheim@example.org",))


@pytest.fixture(scope="module")
def _served():
    with serving_koha(400) as koha:
        yield koha


@pytest.fixture
def koha(_served):
    """A Koha of 396 living patrons without any fault."""
    _served.admin.call("DELETE", "faults")
    return _served


@pytest.fixture
def fault(koha):
    def turn(dial: str, **keys: object) -> None:
        koha.admin.call("PUT", "faults", {"dials": [{"dial": dial, **keys}]})

    return turn


def ids(records) -> list[int]:
    return [record["patron_id"] for record in records]


def living(koha) -> list[int]:
    found, after = [], 0
    while some := koha.admin.patrons(after=after, limit=1000):
        found += [one["id"] for one in some if one["deleted_on"] is None]
        after = some[-1]["id"]
    return found


class TestPaging:
    def test_everybody_comes_once_and_in_order(self, koha) -> None:
        assert ids(read(a_koha(koha.api, page_size=SIZE))) == living(koha)

    def test_a_server_without_order_of_its_own_is_told_one(self) -> None:
        with serving_koha(200, is_unordered=True) as koha:
            assert ids(read(a_koha(koha.api, page_size=30))) == living(koha)

    def test_reading_goes_on_behind_a_cursor(self, koha) -> None:
        client = a_koha(koha.api, page_size=SIZE)
        pages = client.pages(FULL)
        some = [next(pages), next(pages)]

        rest = ids(read(client, after=some[1].cursor))

        assert ids(some[0].records + some[1].records) + rest == living(koha)

    def test_reading_ends_behind_the_last_cursor(self, koha) -> None:
        client = a_koha(koha.api, page_size=SIZE)
        *_, last = client.pages(FULL)

        assert read(client, after=last.cursor) == []

    def test_an_empty_answer_to_somebody_who_goes_on_is_no_end(self, koha) -> None:
        client = a_koha(koha.api, page_size=SIZE)
        some = next(iter(client.pages(FULL)))
        koha.admin.call("PUT", "faults", {"dials": [{"dial": "empty_success", "times": 2}]})

        assert ids(some.records + read(client, after=some.cursor)) == living(koha)
        koha.admin.call("PUT", "faults", {"dials": [{"dial": "empty_success"}]})
        with pytest.raises(MalformedAnswerError, match="were left"):
            read(client, after=some.cursor)

    def test_patrons_who_come_and_go_shift_nobody(self) -> None:
        with serving_koha(400) as koha:
            before = set(living(koha))
            dial = {"dial": "drifting_pages", "inserted": 3, "deleted": 2}
            koha.admin.call("PUT", "faults", {"dials": [dial]})

            found = ids(read(a_koha(koha.api, page_size=SIZE)))

            assert len(found) == len(set(found))
            assert set(living(koha)) & before <= set(found)

    @pytest.mark.parametrize(
        ("dial", "keys"),
        [
            ("duplicated_page", {"after": 3, "times": 1}),
            ("empty_success", {"after": 3, "times": 1}),
            ("empty_success", {"times": 1}),
            ("shortened_page", {"rows": 4, "times": 4}),
            ("truncated_body", {"in_silence": True, "after": 2, "times": 2}),
            ("truncated_body", {"after": 2, "times": 2}),
            ("html_503", {"after": 1, "times": 2}),
            ("reset_before_answer", {"after": 4, "times": 1}),
            ("server_error", {"status": 502, "after": 4, "times": 1}),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_fault_that_passes_loses_nobody(self, koha, fault, dial, keys) -> None:
        fault(dial, operation="patrons", **keys)

        assert ids(read(a_koha(koha.api, page_size=SIZE))) == living(koha)

    @pytest.mark.parametrize(
        ("dial", "keys"),
        [
            ("empty_success", {"after": 3}),
            ("empty_success", {}),
            ("shortened_page", {"rows": 1000}),
            ("wrong_totals", {"by": 60}),
        ],
    )
    def test_a_reading_that_cannot_be_whole_does_not_end_quietly(
        self, koha, fault, dial, keys
    ) -> None:
        fault(dial, operation="patrons", **keys)

        with pytest.raises(MalformedAnswerError):
            read(a_koha(koha.api, page_size=SIZE))

    def test_rows_lost_in_the_middle_of_pages_are_missed_at_the_end(self) -> None:
        promised = pytest.raises(MalformedAnswerError, match="396 patrons")
        with serving_koha(400) as koha, losing(koha.api, every=3) as url, promised:
            read(a_koha(url, page_size=SIZE, basic=True))

    def test_a_few_who_are_told_of_and_do_not_come_are_missed(self) -> None:
        dials = {"dials": [{"dial": "shortened_page", "rows": 50}]}
        with serving_koha(15) as koha:
            koha.admin.call("PUT", "faults", dials)

            with pytest.raises(MalformedAnswerError, match="15 patrons"):
                read(a_koha(koha.api))

    def test_without_totals_only_an_empty_page_told_twice_is_the_end(self) -> None:
        with serving_koha(200) as koha, losing(koha.api, totals=False) as url:
            assert len(read(a_koha(url, page_size=30, basic=True))) == 198

    def test_nobody_at_all_is_asked_for_twice(self) -> None:
        asked: list[Asked] = []
        with saying(_nobody(asked)) as url:
            assert read(a_koha(url, basic=True)) == []

        assert len(asked) == 2


class TestRedaction:
    @pytest.mark.parametrize("share", [0.3, 0.95, 1.0])
    def test_patrons_without_id_come_once_and_stop_nothing(self, share) -> None:
        with serving_koha(300, redacted_share=share) as koha:
            records = read(a_koha(koha.api, page_size=10))

        known = [one for one in ids(records) if one is not None]
        assert len(records) == 297
        assert known == sorted(set(known))
        assert all(one["library_id"] for one in records)

    def test_a_short_page_of_patrons_without_id_is_asked_for_again(self) -> None:
        with serving_koha(60, redacted_share=1.0) as koha:
            dial = {"dial": "shortened_page", "rows": 4, "times": 3}
            koha.admin.call("PUT", "faults", {"dials": [dial]})

            assert len(read(a_koha(koha.api, page_size=10))) == 60

    def test_reading_goes_on_between_patrons_without_id(self) -> None:
        with serving_koha(300, redacted_share=1.0) as koha:
            client = a_koha(koha.api, page_size=10)
            pages = client.pages(FULL)
            cursors = [next(pages).cursor for _ in range(3)]

            assert cursors[2] == "0:30:297"
            assert len(read(client, after=cursors[2])) == 267


class TestSecrets:
    def test_secrets_that_come_are_dropped(self, koha) -> None:
        koha.admin.patch(1, raw={"overdrive_auth_token": "geheim", "login_attempts": 3})

        records = read(a_koha(koha.api))

        assert not {"overdrive_auth_token", "login_attempts"} & set().union(*records)

    def test_keys_and_attributes_called_like_a_secret_are_dropped(self) -> None:
        attributes = [{"type": kind, "value": "1"} for kind in ("PIN", "GRADYEAR", "web_password")]
        row = {"patron_id": 7, "hashed_pin": "x", "user_password": "y",
               "extended_attributes": attributes}  # fmt: skip
        with saying(_once([row])) as url:
            [record] = read(a_koha(url, basic=True), IlsQuery(frozenset({"extended_attributes"})))

        assert record == {"patron_id": 7, "extended_attributes": [attributes[1]]}

    def test_no_message_holds_value_token_or_query(self, koha, fault) -> None:
        fault("server_error", operation="patrons")
        pauses: list[float] = []
        query = IlsQuery(frozenset(), (SECRET,))

        with pytest.raises(UnavailableError) as caught:
            read(a_koha(koha.api, basic=True, pause=pauses.append), query)

        assert str(caught.value) == "koha: patrons: HTTP 500"
        assert caught.value.__cause__ is None
        assert pauses == sorted(pauses)
        assert 21 <= sum(pauses) <= 27

    def test_an_unknown_parameter_is_refused_without_its_name(self) -> None:
        body = [{"path": "/query/geheim", "message": "Malformed query string"}]
        with saying(lambda _: (400, body, {})) as url, pytest.raises(RefusedError) as caught:
            a_koha(url, basic=True).check()

        assert "geheim" not in str(caught.value)


class TestWhatIsAsked:
    def test_page_order_and_match_are_said(self) -> None:
        asked: list[Asked] = []
        with saying(_nobody(asked)) as url:
            read(a_koha(url, basic=True), IlsQuery(frozenset({"surname"})))

        assert asked[0].query == {
            "q": '{"me.patron_id":{">":0}}', "_order_by": "+me.patron_id", "_per_page": "1000",
            "_page": "1",
        }  # fmt: skip
        assert "x-koha-embed" not in asked[0].headers

    def test_embeds_are_asked_for_when_needed(self, koha) -> None:
        query = IlsQuery(frozenset({"extended_attributes", "account_balance", "_strings"}))

        record = read(a_koha(koha.api), query)[0]

        assert {"extended_attributes", "account_balance", "_strings"} <= record.keys()
        assert "library" not in record

    def test_no_value_of_a_filter_stands_in_a_url(self) -> None:
        asked: list[Asked] = []
        group = Condition("category_id", DataType.TEXT, Operator.EQUALS, ("ugrd",), ("UGRD",))
        with saying(_nobody(asked)) as url:
            read(a_koha(url, basic=True), IlsQuery(frozenset(), (group, SECRET)))

        assert "UGRD" not in str(asked[0].query)
        assert asked[0].headers["x-koha-query"] == '{"me.category_id":{"=":"UGRD"}}'

    @pytest.mark.parametrize(
        ("zone", "local"),
        [("Europe/Oslo", "2026-10-25 01:10:00"), ("", "2026-10-24 11:10:00")],
        ids=["known zone, night of the long hour", "unknown zone"],
    )
    def test_changes_are_asked_for_in_local_time_with_overlap(self, zone, local) -> None:
        asked: list[Asked] = []
        since = datetime(2026, 10, 25, 0, 40, tzinfo=UTC)  # 02:40 in Oslo, for the first time
        with saying(_nobody(asked)) as url:
            read(a_koha(url, basic=True, zone=zone), IlsQuery(frozenset(), changed_since=since))

        assert f'"me.updated_on":{{">=":"{local}"}}' in asked[0].query["q"]

    def test_who_changed_comes(self) -> None:
        with serving_koha(300) as koha:
            changed = koha.admin.change(count=7, seed=3)
            query = IlsQuery(frozenset(), changed_since=datetime.now(UTC))

            assert set(changed) <= set(ids(read(a_koha(koha.api), query)))
            assert a_koha(koha.api).count(query) == len(read(a_koha(koha.api), query))


class TestFields:
    def test_columns_and_attributes_of_the_installation_are_found(self) -> None:
        with serving_koha(60, extra_fields=True) as koha:
            found = {one.name: one for one in a_koha(koha.api).extra_fields()}

        assert set(found) == {
            "self_renewal_available", "lost_reason", "x_local_code", "extended_attributes.UNIVID",
            "extended_attributes.GRADYEAR", "extended_attributes.INTEREST",
        }  # fmt: skip
        assert found["self_renewal_available"].data_type is DataType.YES_NO

    def test_count_is_the_total(self, koha) -> None:
        assert a_koha(koha.api).count(FULL) == len(living(koha))


def _nobody(asked):
    def answer(call):
        asked.append(call)
        return 200, [], {"X-Total-Count": "0", "X-Base-Total-Count": "0"}

    return answer


def _once(rows):
    def answer(call):
        left = rows if '">":0}' in call.query["q"] else []
        return 200, left, {"X-Total-Count": str(len(left))}

    return answer
