from collections.abc import Iterator
from typing import Any

import pytest

from stand_ins.symphony.process import RunningSymphony, serving_symphony
from tests.unit.stand_ins.json_caller import JsonCaller
from tests.unit.stand_ins.symphony_caller import logged_in


@pytest.fixture(scope="module")
def symphony() -> Iterator[RunningSymphony]:
    with serving_symphony(400) as running:
        yield running


@pytest.fixture
def caller(symphony: RunningSymphony) -> JsonCaller:
    return logged_in(symphony)


def fields(caller: JsonCaller, include: str, key: int = 1001) -> dict[str, Any]:
    answer = caller.get(f"/user/patron/key/{key}", includeFields=include).json
    return dict(answer["fields"])


class TestKeys:
    def test_a_key_gives_a_resource(self, caller: JsonCaller) -> None:
        answer = caller.get("/user/patron/key/1001").json

        assert (answer["resource"], answer["key"]) == ("/user/patron", "1001")

    @pytest.mark.parametrize("key", ["1010", "9999999", "12x"], ids=["hole", "above", "letters"])
    def test_a_hole_is_not_found(self, caller: JsonCaller, key) -> None:
        answer = caller.get(f"/user/patron/key/{key}")

        assert (answer.status, answer.json["messageList"][0]["code"]) == (404, "recordNotFound")

    def test_a_deleted_patron_is_not_found(self, symphony: RunningSymphony, caller) -> None:
        deleted = next(one for one in symphony.admin.patrons(limit=400) if one["deleted_on"])

        assert caller.get(f"/user/patron/key/{deleted['id']}").status == 404

    def test_a_barcode_finds_the_patron(self, caller: JsonCaller) -> None:
        assert caller.get("/user/patron/barcode/29000000000001").json["key"] == "1002"
        assert caller.get("/user/patron/barcode/1").status == 404


class TestIncludeFields:
    def test_a_star_gives_values_and_links_only(self, caller: JsonCaller) -> None:
        found = fields(caller, "*")

        assert {"barcode", "birthDate", "profile", "category12"} < set(found)
        assert not {"address1", "pin", "blockList", "patronStatusInfo"} & set(found)

    def test_without_it_the_same_comes(self, caller: JsonCaller) -> None:
        assert caller.get("/user/patron/key/1001").json["fields"] == fields(caller, "*")

    def test_only_named_fields_come(self, caller: JsonCaller) -> None:
        assert list(fields(caller, "lastName,barcode")) == ["lastName", "barcode"]

    def test_the_key_alone_gives_no_fields(self, caller: JsonCaller) -> None:
        assert fields(caller, "key") == {}

    def test_a_list_gives_what_its_braces_name(self, caller: JsonCaller) -> None:
        [line, *_] = fields(caller, "address1{data}")["address1"]

        assert set(line["fields"]) == {"data"}

    @pytest.mark.parametrize("include", ["address1", "address1{*}", "address1{code,data}"])
    def test_lines_of_an_address_have_code_and_data(self, caller: JsonCaller, include) -> None:
        [line, *_] = fields(caller, include)["address1"]

        assert line["resource"] == "/user/patron/address1"
        assert line["fields"]["code"] == {"resource": "/policy/patronAddress1", "key": "STREET"}
        assert line["fields"]["data"]

    def test_a_link_is_followed_into_its_policy(self, caller: JsonCaller) -> None:
        profile = fields(caller, "profile{chargeLimit}")["profile"]

        assert profile["fields"] == {"chargeLimit": 50}

    def test_nested_lists_are_read(self, caller: JsonCaller) -> None:
        found = fields(caller, "*,groupSettings{*,group{memberList{*,address1}}},blockList{owed}")

        assert found["groupSettings"] is None
        assert isinstance(found["blockList"], list)

    def test_owed_money_is_a_block(self, symphony: RunningSymphony, caller: JsonCaller) -> None:
        debtor = next(one for one in symphony.admin.patrons(limit=400) if one["owed_cents"])

        [block] = fields(caller, "blockList{owed}", debtor["id"])["blockList"]

        assert set(block["fields"]) == {"owed"}
        assert block["fields"]["owed"]["currencyCode"] == "USD"

    def test_a_pin_is_there_for_who_asks(self, caller: JsonCaller) -> None:
        assert len(fields(caller, "pin")["pin"]) == 4

    @pytest.mark.parametrize("include", ["barkode", "*,shoes{size}", "address1{code", "}", "a b"])
    def test_what_cannot_be_read_is_refused(self, caller: JsonCaller, include) -> None:
        answer = caller.get("/user/patron/key/1001", includeFields=include)

        assert answer.status == 400
        assert answer.json["messageList"]


class TestContents:
    def test_never_is_null_or_far_away(self, caller: JsonCaller) -> None:
        rows = caller.get("/user/patron/search", q="LIBRARY:MAIN", ct=1000).json["result"]

        dates = [row["fields"]["privilegeExpiresDate"] for row in rows if row]
        assert None in dates
        assert "2999-12-31" in dates

    def test_an_empty_line_has_null_for_data(self, caller: JsonCaller) -> None:
        lines = fields(caller, "address1", 1007)["address1"]

        assert {line["fields"]["code"]["key"]: line["fields"]["data"] for line in lines}[
            "EMAIL"
        ] is None

    def test_city_and_state_share_a_line(self, caller: JsonCaller) -> None:
        lines = fields(caller, "address1")["address1"]

        data = {line["fields"]["code"]["key"]: line["fields"]["data"] for line in lines}
        assert data["CITY/STATE"].endswith(", NO")
        assert len(data["ZIP"]) == 4

    def test_status_info_has_a_resource_of_its_own(self, caller: JsonCaller) -> None:
        answer = caller.get("/user/patronStatusInfo/key/1001").json

        assert answer["resource"] == "/user/patronStatusInfo"
        assert answer["fields"]["estimatedFines"] == {"currencyCode": "USD", "amount": "0.00"}

    def test_who_borrows_together_has_group_settings(self, caller: JsonCaller) -> None:
        group = fields(caller, "groupSettings{responsibility}", 1006)["groupSettings"]

        assert group["fields"]["responsibility"]["key"] == "SPONSOR"
        assert "group" not in group["fields"]

    def test_preferred_names_are_rare(self, caller: JsonCaller) -> None:
        assert fields(caller, "usePreferredName", 1008) == {"usePreferredName": True}
        assert fields(caller, "usePreferredName", 1009) == {"usePreferredName": False}

    def test_any_value_can_be_planted(self) -> None:
        with serving_symphony(5) as symphony:
            symphony.admin.patch(1001, fields={"street": "Ny gate 1"}, raw={"barcode": None})
            found = fields(logged_in(symphony), "barcode,address1")

        assert found["barcode"] is None
        assert found["address1"][0]["fields"]["data"] == "Ny gate 1"


class TestPolicies:
    def test_one_policy_has_its_label(self, caller: JsonCaller) -> None:
        answer = caller.get("/policy/library/key/MAIN").json

        assert answer["resource"] == "/policy/library"
        assert answer["fields"]["description"] == "Main Library"

    @pytest.mark.parametrize(
        ("name", "count"),
        [
            ("library", 5),
            ("userProfile", 6),
            ("patronProfile", 6),
            ("patronStanding", 5),
            ("patronAddress1", 5),
            ("patronCategory01", 6),
            ("patronCategory12", 0),
        ],
    )
    def test_all_policies_of_a_name_are_listed(self, caller: JsonCaller, name, count) -> None:
        answer = caller.get(f"/policy/{name}/simpleQuery", key="*", includeFields="*").json

        assert len(answer) == count
        assert all(policy["fields"]["displayName"] == policy["key"] for policy in answer)

    def test_a_policy_that_is_none_is_not_found(self, caller: JsonCaller) -> None:
        assert caller.get("/policy/library/key/MOON").status == 404
        assert caller.get("/policy/weather/simpleQuery").status == 404
