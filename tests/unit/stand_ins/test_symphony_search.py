from collections.abc import Iterator

import pytest

from stand_ins.symphony.process import RunningSymphony, serving_symphony
from tests.unit.stand_ins.json_caller import Answer, JsonCaller
from tests.unit.stand_ins.symphony_caller import logged_in

PATRONS = 1500


@pytest.fixture(scope="module")
def symphony() -> Iterator[RunningSymphony]:
    with serving_symphony(PATRONS) as running:
        yield running


@pytest.fixture
def caller(symphony: RunningSymphony) -> JsonCaller:
    return logged_in(symphony)


def search(caller: JsonCaller, query: str, **more: object) -> Answer:
    return caller.get("/user/patron/search", q=query, **more)


def keys(answer: Answer) -> list[str]:
    return [row["key"] for row in answer.json["result"] if row]


class TestPages:
    def test_ten_rows_come_by_default(self, caller: JsonCaller) -> None:
        answer = search(caller, "LIBRARY:MAIN").json

        assert len(answer["result"]) == answer["rowsPerPage"] == 10
        assert (answer["startRow"], answer["lastRow"]) == (1, 10)
        assert answer["searchQuery"] == "LIBRARY:MAIN"

    def test_rw_is_a_row_and_not_a_page(self, caller: JsonCaller) -> None:
        whole = search(caller, "LIBRARY:MAIN", ct=50).json["result"]

        assert search(caller, "LIBRARY:MAIN", ct=10, rw=11).json["result"] == whole[10:20]

    def test_not_more_than_a_thousand_rows_come(self, caller: JsonCaller) -> None:
        query = "LIBRARY:MAIN,LIBRARY:MUSIC,LIBRARY:LAW,LIBRARY:SCIENCE,LIBRARY:BRANCH"
        answer = search(caller, query, j="OR", ct=5000, includeFields="key").json

        assert len(answer["result"]) == answer["rowsPerPage"] == 1000
        assert answer["totalResults"] == PATRONS

    def test_deleted_patrons_are_null_and_count(self, caller: JsonCaller) -> None:
        libraries = ("MAIN", "MUSIC", "SCIENCE", "LAW", "BRANCH")
        answers = [search(caller, f"LIBRARY:{name}", ct=1000).json for name in libraries]

        rows = [row for answer in answers for row in answer["result"]]
        assert sum(answer["totalResults"] for answer in answers) == len(rows) == PATRONS
        assert rows.count(None) == PATRONS // 97

    def test_rows_beyond_the_end_are_none(self, caller: JsonCaller) -> None:
        answer = search(caller, "LIBRARY:MAIN", rw=5000).json

        assert answer["result"] == []
        assert answer["totalResults"] > 100

    def test_nobody_is_an_empty_result(self, caller: JsonCaller) -> None:
        answer = search(caller, "EMAIL:nobody@example.org")

        assert (answer.status, answer.json["totalResults"], answer.json["result"]) == (200, 0, [])

    @pytest.mark.parametrize("row", ["0", "first"])
    def test_senseless_rows_are_refused(self, caller: JsonCaller, row) -> None:
        assert search(caller, "LIBRARY:MAIN", rw=row).status == 400


class TestIndexes:
    @pytest.mark.parametrize(
        "query",
        [
            "ID:29000000000003",
            "ALT_ID:W00000003",
            "webAuthID:w3",
            "PHONE:+4700000003",
            "PHONE:0000003",
        ],
    )
    def test_one_patron_is_found(self, caller: JsonCaller, query) -> None:
        assert keys(search(caller, query)) == ["1004"]

    def test_an_email_is_found(self, symphony: RunningSymphony, caller: JsonCaller) -> None:
        [email] = symphony.admin.patron(1004)["emails"]

        assert keys(search(caller, f"EMAIL:{email}")) == ["1004"]

    def test_words_of_a_name_are_found(self, symphony: RunningSymphony, caller) -> None:
        patron = symphony.admin.patron(1004)

        found = keys(search(caller, f'NAME:"{patron["last_name"]}, {patron["first_name"]}"'))

        assert "1004" in found

    @pytest.mark.parametrize("form", ["{0}{1}{2}", "{0}-{1}-{2}", "{1}/{2}/{0}"])
    def test_dates_come_in_three_forms(self, symphony: RunningSymphony, caller, form) -> None:
        year, month, day = symphony.admin.patron(1001)["birth_on"].split("-")

        assert "1001" in keys(search(caller, f"BIRTHDATE:{form.format(year, month, day)}"))

    def test_a_street_is_found(self, caller: JsonCaller) -> None:
        assert search(caller, "STREET:bokveien").json["totalResults"] > 10

    def test_terms_are_joined_by_and_or_or(self, caller: JsonCaller) -> None:
        main = search(caller, "LIBRARY:MAIN").json["totalResults"]
        staff = search(caller, "PROFILE:STAFF").json["totalResults"]
        both = search(caller, "LIBRARY:MAIN,PROFILE:STAFF").json["totalResults"]
        either = search(caller, "LIBRARY:MAIN,PROFILE:STAFF", j="OR").json["totalResults"]

        assert 0 < both < min(main, staff)
        assert both + either == main + staff

    @pytest.mark.parametrize("query", ["SHOES:42", "MAIN", ""])
    def test_what_is_no_index_is_refused(self, caller: JsonCaller, query) -> None:
        answer = search(caller, query)

        assert answer.status == 400
        assert answer.json["messageList"]

    def test_a_profile_that_nobody_has_finds_nobody(self, caller: JsonCaller) -> None:
        assert search(caller, "PROFILE:WIZARD").json["totalResults"] == 0


def test_a_second_question_mark_gives_default_fields(caller: JsonCaller) -> None:
    answer = caller.call("GET", "/user/patron/search?q=ALT_ID:W00000003?includeFields=barcode")

    [row] = answer.json["result"]
    assert row["key"] == "1004"
    assert len(row["fields"]) > 20


def test_describe_names_fields_and_indexes(caller: JsonCaller) -> None:
    answer = caller.get("/user/patron/describe").json

    fields = {field["name"]: field for field in answer["fields"]}
    assert fields["profile"] == {
        "name": "profile",
        "type": "resource",
        "uri": "/policy/userProfile",
    }
    assert fields["address1"]["type"] == "list"
    assert {"name": "ID"} in answer["searchIndexList"]
    assert caller.get("/user/patron/address1/describe").json["fields"][0]["name"] == "code"


def test_there_is_no_way_to_ask_for_changes(caller: JsonCaller) -> None:
    names = {index["name"] for index in caller.get("/user/patron/describe").json["searchIndexList"]}

    assert not any("DATE" in name and name != "BIRTHDATE" for name in names)


def test_a_patron_deleted_between_pages_leaves_a_null_row() -> None:
    with serving_symphony(60) as symphony:
        caller = logged_in(symphony)
        before = search(caller, "LIBRARY:MAIN", ct=5).json

        symphony.admin.delete(ids=[int(before["result"][1]["key"])])

        after = search(caller, "LIBRARY:MAIN", ct=5).json
    assert after["result"][1] is None
    assert after["totalResults"] == before["totalResults"]
