from collections.abc import Iterator
from typing import Any

import pytest

from stand_ins.people import pin
from stand_ins.sierra.process import RunningSierra, serving_sierra
from tests.unit.stand_ins.json_caller import JsonCaller
from tests.unit.stand_ins.sierra_caller import logged_in


@pytest.fixture(scope="module")
def sierra() -> Iterator[RunningSierra]:
    with serving_sierra(400) as running:
        yield running


@pytest.fixture
def caller(sierra: RunningSierra) -> JsonCaller:
    return logged_in(sierra)


def whole(caller: JsonCaller) -> list[dict[str, Any]]:
    entries = caller.get("/patrons/", fields=",", limit=400).json["entries"]
    return [entry for entry in entries if not entry["deleted"]]


def tags(entry: dict[str, Any], tag: str) -> list[dict[str, Any]]:
    return [field for field in entry["varFields"] if field["fieldTag"] == tag]


class TestFields:
    def test_records_are_minimal_by_default(self, caller: JsonCaller) -> None:
        [entry] = caller.get("/patrons/", limit=1).json["entries"]

        assert set(entry) == {"id", "updatedDate", "createdDate", "deleted", "suppressed"}

    def test_named_fields_come_with_the_id(self, caller: JsonCaller) -> None:
        [entry] = caller.get("/patrons/", limit=1, fields="names,emails").json["entries"]

        assert list(entry) == ["id", "names", "emails"]

    def test_a_comma_at_the_end_does_no_harm(self, caller: JsonCaller) -> None:
        assert list(caller.get("/patrons/1000001", fields="names,").json) == ["id", "names"]

    def test_a_comma_alone_gives_everything(self, caller: JsonCaller) -> None:
        record = caller.get("/patrons/1000001", fields=",").json

        assert {"varFields", "fixedFields", "phones", "homeLibrary"} < set(record)

    @pytest.mark.parametrize("fields", ["surname", "names,surname", ",names"])
    def test_an_unknown_name_is_refused(self, caller: JsonCaller, fields) -> None:
        answer = caller.get("/patrons/", fields=fields)

        assert (answer.status, answer.json["code"]) == (400, 108)
        assert "is not a valid field" in answer.json["description"]

    def test_everything_of_deleted_records_breaks_the_server(self, caller: JsonCaller) -> None:
        answer = caller.get("/patrons/", fields=",", deleted="true")

        assert (answer.status, answer.json["httpStatus"]) == (500, 500)

    def test_among_all_fields_a_stub_has_no_day(self, caller: JsonCaller) -> None:
        entries = caller.get("/patrons/", fields=",", limit=400).json["entries"]

        stubs = [entry for entry in entries if entry["deleted"]]
        assert stubs
        assert all(set(stub) == {"id", "deleted"} for stub in stubs)


class TestContents:
    def test_times_are_utc(self, caller: JsonCaller) -> None:
        record = whole(caller)[0]

        assert record["updatedDate"].endswith("Z")
        assert record["createdDate"] < record["updatedDate"]

    def test_fixed_fields_are_keyed_by_number(self, caller: JsonCaller) -> None:
        record = whole(caller)[0]

        assert record["fixedFields"]["47"]["value"] == str(record["patronType"])
        assert record["fixedFields"]["47"]["display"]
        assert record["fixedFields"]["81"]["value"] == record["id"]
        assert len(record["fixedFields"]["53"]["value"]) == 5

    def test_names_come_as_subfields_or_flat(self, caller: JsonCaller) -> None:
        names = [tags(record, "n")[0] for record in whole(caller)]

        marc = [name for name in names if "subfields" in name]
        flat = [name for name in names if "content" in name]
        assert len(marc) > len(flat) > 10
        assert any(name["subfields"][0]["content"].endswith(",") for name in marc)
        assert all(", " in name["content"] for name in flat)

    def test_several_emails_stand_in_one_string(self, caller: JsonCaller) -> None:
        records = whole(caller)

        assert any("," in email for record in records for email in record["emails"])
        assert any(record["emails"] == [] for record in records)
        assert all(len(record["emails"]) <= 1 for record in records)

    def test_lines_of_an_address_are_parted_by_dollars(self, caller: JsonCaller) -> None:
        record = whole(caller)[0]

        assert tags(record, "a")[0]["content"] == "$".join(record["addresses"][0]["lines"])

    def test_hashed_pins_lie_in_variable_fields(self, caller: JsonCaller) -> None:
        assert any(tags(record, "=") for record in whole(caller))

    def test_who_has_no_date_has_no_such_field(self, caller: JsonCaller) -> None:
        records = whole(caller)

        assert any("birthDate" not in record for record in records)
        assert any("expirationDate" not in record for record in records)

    def test_metadata_tells_the_labels_of_codes(self, caller: JsonCaller) -> None:
        labels = {one["field"]: one["values"] for one in caller.get("/patrons/metadata").json}

        assert {"code": "10", "desc": "Undergraduate"} in labels["patronType"]
        assert {"code": "main", "desc": "Main Library"} in labels["homeLibraryCode"]


class TestOneRecord:
    def test_a_hole_is_not_found(self, caller: JsonCaller) -> None:
        assert caller.get("/patrons/1000010").json["code"] == 107

    def test_a_number_with_letters_is_no_number(self, caller: JsonCaller) -> None:
        assert caller.get("/patrons/p1000001x").json["code"] == 101

    def test_a_deleted_record_is_a_stub(self, caller: JsonCaller) -> None:
        [stub, *_] = caller.get("/patrons/", deleted="true").json["entries"]

        assert caller.get(f"/patrons/{stub['id']}", fields="varFields,deleted").json == stub


class TestPins:
    def test_the_right_pin_is_validated(self, caller: JsonCaller) -> None:
        right = {"barcode": "29000000000001", "pin": pin(1), "caseSensitivity": False}
        wrong = right | {"pin": "wrong"}

        assert caller.post("/patrons/validate", right).status == 204
        assert caller.post("/patrons/validate", wrong).status == 400

    def test_auth_gives_the_record_number(self, caller: JsonCaller) -> None:
        body = {"authMethod": "native", "patronId": "29000000000001", "patronSecret": pin(1)}

        assert caller.post("/patrons/auth", body).json == 1_000_002
