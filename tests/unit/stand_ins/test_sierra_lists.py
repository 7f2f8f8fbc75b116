from collections.abc import Iterator
from typing import Any

import pytest

from stand_ins.sierra.process import RunningSierra, serving_sierra
from tests.unit.stand_ins.json_caller import JsonCaller
from tests.unit.stand_ins.sierra_caller import logged_in

PATRONS = 2300


@pytest.fixture(scope="module")
def sierra() -> Iterator[RunningSierra]:
    with serving_sierra(PATRONS) as running:
        yield running


@pytest.fixture
def caller(sierra: RunningSierra) -> JsonCaller:
    return logged_in(sierra)


def ids(answer: Any) -> list[int]:
    return [entry["id"] for entry in answer.json["entries"]]


class TestPages:
    def test_fifty_come_silently_without_a_limit(self, caller: JsonCaller) -> None:
        assert len(ids(caller.get("/patrons/"))) == 50

    def test_never_more_than_two_thousand_come(self, caller: JsonCaller) -> None:
        assert len(ids(caller.get("/patrons/", limit=5000))) == 2000

    def test_the_total_counts_this_answer_only(self, caller: JsonCaller) -> None:
        answer = caller.get("/patrons/", limit=30, offset=60).json

        assert (answer["total"], answer["start"], len(answer["entries"])) == (30, 60, 30)

    def test_the_offset_counts_from_nought(self, caller: JsonCaller) -> None:
        whole = ids(caller.get("/patrons/", limit=20))

        assert ids(caller.get("/patrons/", limit=5, offset=10)) == whole[10:15]

    def test_entries_ascend_by_id_and_ids_have_holes(self, caller: JsonCaller) -> None:
        found = ids(caller.get("/patrons/", limit=100))

        assert found == sorted(found)
        assert found[-1] - found[0] > 99

    def test_keyset_pages_miss_nobody(self, caller: JsonCaller) -> None:
        found: list[int] = []
        lowest = 0
        while True:
            page = ids(caller.get("/patrons/", id=f"[{lowest},]", limit=700))
            found += page
            if len(page) < 700:
                break
            lowest = page[-1] + 1

        assert len(set(found)) == len(found) == PATRONS

    @pytest.mark.parametrize("limit", ["0", "-1", "ten"])
    def test_a_senseless_limit_is_refused(self, caller: JsonCaller, limit) -> None:
        answer = caller.get("/patrons/", limit=limit)

        assert (answer.status, answer.json["code"]) == (400, 108)

    def test_the_path_may_end_without_a_slash(self, caller: JsonCaller) -> None:
        assert caller.get("/patrons", limit=1).text == caller.get("/patrons/", limit=1).text


class TestFilters:
    def test_ids_may_be_listed(self, caller: JsonCaller) -> None:
        assert ids(caller.get("/patrons", id="1000003,1000001,7")) == [1_000_001, 1_000_003]

    def test_a_range_of_ids_holds_both_ends(self, caller: JsonCaller) -> None:
        assert ids(caller.get("/patrons", id="[1000002,1000004]")) == [
            1_000_002,
            1_000_003,
            1_000_004,
        ]

    def test_ids_that_are_no_numbers_are_refused(self, caller: JsonCaller) -> None:
        assert caller.get("/patrons", id="p1000001x").json["code"] == 101

    def test_times_and_ids_are_combined_by_and(self, caller: JsonCaller) -> None:
        entries = caller.get(
            "/patrons/",
            updatedDate="[2026-01-01T00:00:00Z,2026-06-30T00:00:00Z]",
            createdDate="[,2020-01-01T00:00:00Z]",
            id="[1000100,]",
            deleted="false",
        ).json["entries"]

        assert len(entries) > 5
        assert all(entry["id"] >= 1_000_100 for entry in entries)
        assert all("2026-01-01" <= one["updatedDate"] <= "2026-06-30T00:00:00Z" for one in entries)
        assert all(entry["createdDate"] < "2020-01-01T00:00:01Z" for entry in entries)

    def test_times_in_another_zone_are_understood(self, caller: JsonCaller) -> None:
        [entry] = caller.get("/patrons/", id=1_000_005).json["entries"]
        moment = entry["updatedDate"].removesuffix("Z")

        assert ids(caller.get("/patrons/", updatedDate=f"{moment}+00:00")) == [1_000_005]

    def test_a_time_of_day_is_no_deleted_date(self, caller: JsonCaller) -> None:
        answer = caller.get("/patrons/", deletedDate="[2024-01-01T00:00:00Z,]")

        assert (answer.status, answer.json["code"]) == (400, 108)

    def test_deleted_records_are_stubs(self, caller: JsonCaller) -> None:
        entries = caller.get("/patrons/", deleted="true").json["entries"]

        assert len(entries) == PATRONS // 97
        assert all(set(entry) == {"id", "deletedDate", "deleted"} for entry in entries)
        assert all(len(entry["deletedDate"]) == 10 for entry in entries)

    def test_a_deleted_date_finds_only_deleted_records(self, caller: JsonCaller) -> None:
        [first, *_] = caller.get("/patrons/", deleted="true").json["entries"]
        day = first["deletedDate"]

        assert first in caller.get("/patrons/", deletedDate=f"[{day},{day}]").json["entries"]
        assert first in caller.get("/patrons/", deletedDate=day, deleted="true").json["entries"]

    def test_an_updated_date_finds_no_deleted_records(self, caller: JsonCaller) -> None:
        answer = caller.get("/patrons/", updatedDate="[2000-01-01T00:00:00Z,]", limit=2000)

        assert not any(entry["deleted"] for entry in answer.json["entries"])

    def test_deleted_and_living_come_mixed_unless_asked(self, caller: JsonCaller) -> None:
        mixed = caller.get("/patrons/", limit=200).json["entries"]
        living = caller.get("/patrons/", limit=200, deleted="False").json["entries"]

        assert {entry["deleted"] for entry in mixed} == {True, False}
        assert {entry["deleted"] for entry in living} == {False}

    def test_suppressed_records_can_be_left_out(self, caller: JsonCaller) -> None:
        answer = caller.get("/patrons/", suppressed="true", limit=2000)

        assert 0 < len(answer.json["entries"]) < PATRONS // 50
        assert caller.get("/patrons/", suppressed="perhaps").status == 400


class TestNothingFound:
    @pytest.mark.parametrize(
        "query",
        [
            {"updatedDate": "[2090-01-01T00:00:00Z,]", "deleted": "false"},
            {"id": "[9000000,]", "deleted": "false"},
            {"id": "1,2,3"},
            {"offset": "5000"},
        ],
        ids=["no_change", "no_higher_id", "no_such_ids", "beyond_the_end"],
    )
    def test_an_empty_list_is_not_found(self, caller: JsonCaller, query) -> None:
        answer = caller.get("/patrons/", **query)

        assert (answer.status, answer.json["code"]) == (404, 107)
        assert answer.json["name"] == "Record not found"

    def test_no_deletions_are_an_empty_list_without_a_total(self, caller: JsonCaller) -> None:
        answer = caller.get("/patrons/", deleted="true", deletedDate="[2090-01-01,]")

        assert (answer.status, answer.json) == (200, {"start": 0, "entries": []})

    def test_an_id_range_alone_is_an_empty_list(self, caller: JsonCaller) -> None:
        assert caller.get("/patrons/", id="[9000000,]").json["entries"] == []
