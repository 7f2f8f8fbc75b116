"""What Sierra's client makes of records, and how it asks for those who have changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from registry_operators.clients.ils_messages import IlsQuery
from registry_operators.domain.sync.conditions import Condition, Operator
from registry_operators.domain.sync.field_values import DataType, to_value
from registry_operators.settings.catalogues import load_catalogue
from stand_ins.sierra.process import serving_sierra
from tests.unit.clients.ils_stub import Asked, read
from tests.unit.clients.sierra_stub import ALL, NOBODY, a_sierra, ids, those_from, told
from tests.unit.clients.vendor_stub import raw_values

SIERRA = load_catalogue("sierra")


@pytest.fixture(scope="module")
def _served():
    with serving_sierra(400) as sierra:
        yield sierra


@pytest.fixture
def sierra(_served):
    """A Sierra of 396 living patrons without any fault."""
    _served.admin.call("DELETE", "faults")
    return _served


class TestRecords:
    def test_the_hash_of_a_pin_is_dropped(self, sierra) -> None:
        records = read(a_sierra(sierra.api), ALL)

        tags = {one["fieldTag"] for record in records for one in record["varFields"]}
        assert "=" not in tags
        assert {"n", "b", "u", "z"} <= tags

    def test_a_field_without_a_tag_is_dropped_too(self) -> None:
        fields: list[Any] = [
            {"fieldTag": " = ", "content": "x"}, {"content": "y"}, "z",
            {"fieldTag": "u", "content": "W1"},
        ]  # fmt: skip
        with told(lambda call: those_from(call, [{"id": 1, "varFields": fields}])) as url:
            [record] = read(a_sierra(url), ALL)

        assert record["varFields"] == [{"fieldTag": "u", "content": "W1"}]

    def test_keys_called_like_a_secret_are_dropped_and_not_asked_for(self) -> None:
        asked: list[Asked] = []
        row = {"id": 1, "pin": "1234", "patron_pin_hash": "x"}
        with told(lambda call: those_from(call, [row]), asked) as url:
            [record] = read(a_sierra(url), IlsQuery(frozenset({"pin"})))

        assert record == {"id": 1}
        assert asked[0].query["fields"] == "id"

    def test_stubs_of_deleted_patrons_are_passed_over(self) -> None:
        rows: list[dict[str, Any]] = [
            {"id": 1}, {"id": 2, "deleted": True}, {"id": 3, "deletedDate": "2026-01-02"},
            {"id": 4, "deleted": False},
        ]  # fmt: skip
        with told(lambda call: those_from(call, rows)) as url:
            assert ids(read(a_sierra(url), ALL)) == [1, 4]

    def test_padded_codes_and_several_emails_can_be_read(self, sierra) -> None:
        records = read(a_sierra(sierra.api), ALL)

        codes = {code for one in records for code in values(one, "homeLibraryCode")}
        emails = [values(one, "emails") for one in records]
        assert codes == {"main", "mus", "sci", "law", "br"}
        assert any("," in text for texts in emails for text in texts)

    def test_every_field_of_the_catalogue_leads_to_a_value(self, sierra) -> None:
        names = [*SIERRA.fields, "varFields.u", "fixedFields.47", "fixed_labels.53",
                 "phones.t", "addresses.a"]  # fmt: skip
        keys = frozenset(one.top_level_key for name in names if (one := SIERRA.find(name)))
        records = read(a_sierra(sierra.api), IlsQuery(keys))

        empty = {name for name in names if not any(values(one, name) for one in records)}
        assert empty == {"account_messages", "block_until", "auto_block_until"}


class TestChanges:
    def test_changes_are_asked_for_in_utc_with_overlap(self) -> None:
        asked: list[Asked] = []
        zone = timezone(timedelta(hours=2))
        query = IlsQuery(frozenset(), changed_since=datetime(2026, 5, 1, 3, 30, tzinfo=zone))
        with told(lambda _: NOBODY, asked) as url:
            read(a_sierra(url), query)

        assert asked[0].query["updatedDate"] == "[2026-05-01T00:30:00Z,]"
        assert asked[0].query["deleted"] == "false"

    def test_who_changed_comes_and_who_was_deleted_does_not(self) -> None:
        with serving_sierra(300) as sierra:
            changed = sierra.admin.change(count=7, seed=3)
            gone = sierra.admin.delete(count=4, seed=9)
            query = IlsQuery(frozenset(), changed_since=datetime.now(UTC))

            found = set(ids(read(a_sierra(sierra.api), query)))

        assert set(changed) - set(gone) <= found
        assert not set(gone) & found

    def test_a_condition_on_the_same_time_makes_room_for_the_changes(self) -> None:
        asked: list[Asked] = []
        before = Condition("updatedDate", DataType.DATE, Operator.BEFORE, ("2026-04-01",))
        query = IlsQuery(frozenset(), (before,), changed_since=datetime(2026, 5, 1, tzinfo=UTC))
        with told(lambda _: NOBODY, asked) as url:
            read(a_sierra(url), query)

        assert asked[0].query["updatedDate"] == "[2026-04-30T23:00:00Z,]"


class TestFields:
    def test_fixed_and_variable_fields_of_the_installation_are_found(self, sierra) -> None:
        found = {one.name: one for one in a_sierra(sierra.api).extra_fields()}

        assert found["fixedFields.47"].label == "Fixed field 47 (P TYPE)"
        assert {"varFields.u", "varFields.z", "phones.t", "phones.p", "addresses.a"} <= set(found)
        assert not any("=" in name for name in found)

    def test_nothing_is_counted(self, sierra) -> None:
        assert a_sierra(sierra.api).count(ALL) is None


def values(record: dict[str, Any], name: str) -> list[Any]:
    return [to_value(DataType.TEXT, raw) for raw in raw_values(SIERRA, record, name)]
