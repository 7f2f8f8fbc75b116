from collections.abc import Iterator
from typing import Any

import pytest

from stand_ins.sierra.process import RunningSierra, serving_sierra
from tests.unit.stand_ins.json_caller import Answer, JsonCaller
from tests.unit.stand_ins.sierra_caller import logged_in


@pytest.fixture(scope="module")
def sierra() -> Iterator[RunningSierra]:
    with serving_sierra(300) as running:
        yield running


@pytest.fixture
def caller(sierra: RunningSierra) -> JsonCaller:
    return logged_in(sierra)


def find(caller: JsonCaller, tag: str, content: str, **more: str) -> Answer:
    return caller.get("/patrons/find", varFieldTag=tag, varFieldContent=content, **more)


def query(number: int, op: str, *operands: str) -> dict[str, Any]:
    target = {"record": {"type": "patron"}, "id": number}
    return {"target": target, "expr": {"op": op, "operands": list(operands)}}


class TestFind:
    def test_a_barcode_finds_one_record(self, caller: JsonCaller) -> None:
        answer = find(caller, "b", "29000000000003", fields="barcodes")

        assert answer.json == {"id": 1_000_004, "barcodes": ["29000000000003"]}

    def test_an_alternative_id_is_found_in_any_case(self, caller: JsonCaller) -> None:
        assert find(caller, "u", "w00000003").json["id"] == 1_000_004

    def test_one_of_two_emails_is_found(self, caller: JsonCaller) -> None:
        assert find(caller, "z", "second.4@example.org").json["id"] == 1_000_005

    def test_a_shared_email_is_a_conflict(self, caller: JsonCaller) -> None:
        [shared] = caller.get("/patrons/1000006", fields="emails").json["emails"]

        answer = find(caller, "z", shared)

        assert (answer.status, answer.json["code"]) == (409, 133)

    def test_nobody_is_not_found(self, caller: JsonCaller) -> None:
        answer = find(caller, "z", "nobody@example.org")

        assert (answer.status, answer.json["code"]) == (404, 107)

    def test_tag_and_content_are_required(self, caller: JsonCaller) -> None:
        assert caller.get("/patrons/find", varFieldTag="b").json["code"] == 105

    def test_an_email_that_changed_is_found_by_the_new_one(self) -> None:
        with serving_sierra(50) as sierra:
            sierra.admin.patch(1_000_002, fields={"emails": ["new@example.org"]})

            assert find(logged_in(sierra), "z", "new@example.org").json["id"] == 1_000_002


class TestQuery:
    def test_a_patron_type_gives_links(self, caller: JsonCaller) -> None:
        answer = caller.post("/patrons/query?offset=0&limit=2000", query(47, "equals", "10")).json

        number = answer["entries"][0]["link"].rsplit("/", 1)[-1]
        assert answer["entries"][0]["link"].endswith(f"/iii/sierra-api/v6/patrons/{number}")
        assert caller.get(f"/patrons/{number}", fields="patronType").json["patronType"] == 10
        assert answer["total"] == len(answer["entries"])

    def test_links_come_in_pages(self, caller: JsonCaller) -> None:
        first = caller.post("/patrons/query?offset=0&limit=5", query(47, "equals", "10")).json
        second = caller.post("/patrons/query?offset=5&limit=5", query(47, "equals", "10")).json

        assert len(first["entries"]) == len(second["entries"]) == 5
        assert first["entries"][-1] != second["entries"][0]

    def test_queries_are_joined_by_words(self, caller: JsonCaller) -> None:
        both = {"queries": [query(47, "between", "10", "11"), "and", query(81, "less_than",
                                                                         "1000100")]}  # fmt: skip
        entries = caller.post("/patrons/query?limit=2000", both).json["entries"]

        assert 0 < len(entries) < 90

    def test_a_variable_field_can_be_asked_for(self, caller: JsonCaller) -> None:
        target = {"record": {"type": "patron"}, "field": {"tag": "z"}}
        body = {"target": target, "expr": {"op": "has", "operands": ["second.4@"]}}

        [entry] = caller.post("/patrons/query", body).json["entries"]

        assert entry["link"].endswith("/1000005")

    def test_nothing_found_is_an_empty_list(self, caller: JsonCaller) -> None:
        assert caller.post("/patrons/query", query(47, "equals", "99")).json["entries"] == []

    @pytest.mark.parametrize(
        ("body", "code"),
        [(b"{", 130), (b"[]", 115), (b"{}", 115), (b'{"target": {"id": 47}}', 115)],
        ids=["no_json", "no_object", "empty", "no_expression"],
    )
    def test_a_query_that_makes_no_sense_is_refused(self, caller: JsonCaller, body, code) -> None:
        answer = caller.call("POST", "/patrons/query", body)

        assert (answer.status, answer.json["code"]) == (400, code)
