"""One user: by which ids, how much of it, and what its fields are like."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from lxml import etree

from stand_ins.alma.process import serving_alma
from stand_ins.alma.users import FIELDS
from tests.unit.stand_ins.alma_caller import Caller

CODES = ("record_type", "user_title", "job_category", "gender", "user_group", "campus_code",
         "cataloger_level", "preferred_language", "account_type", "status")  # fmt: skip
DATES = ("birth_date", "expiry_date", "purge_date", "status_date", "last_patron_activity_date")
MAY_BE_ABSENT = {
    "birth_date", "expiry_date", "purge_date", "last_patron_activity_date", "created_by",
    "created_date", "last_modified_by", "last_modified_date", "source_link_id",
    "source_institution_code", "linking_id",
}  # fmt: skip


@pytest.fixture(scope="module")
def alma() -> Iterator[Caller]:
    with serving_alma(300, per_second=0) as running:
        yield Caller(running)


@pytest.fixture(scope="module")
def users(alma: Caller) -> list[dict[str, Any]]:
    return alma.everybody(expand="full")


def test_a_user_has_all_fields_in_their_forms(users) -> None:
    for user in users:
        assert set(user) <= FIELDS
        assert FIELDS - set(user) <= MAY_BE_ABSENT
        for name in CODES:
            assert set(user[name]) == {"value", "desc"}, name
        for name in DATES:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dZ", user.get(name, "2030-01-16Z"))
        assert user["password"] == ""
        assert (user["requests"], user["loans"], user["fees"]) == (None, None, None)


def test_identifiers_addresses_and_emails_are_like_those_of_a_library(users) -> None:
    kinds = {one["id_type"]["value"] for user in users for one in user["user_identifier"]}
    contacts = [user["contact_info"] for user in users]
    addresses = [one for contact in contacts for one in contact["address"]]
    emails = [one for contact in contacts for one in contact["email"]]

    assert kinds == {"BARCODE", "UNIV_ID", "02"}
    assert {one["preferred"] for one in addresses} == {True, False, None}
    assert {one["country"]["value"] for one in addresses} == {"NOR", None}
    assert {len(one["address_type"]) for one in addresses} == {1, 2}
    assert {one["segment_type"] for one in emails} == {"External", "Internal"}
    assert {len(contact["email"]) for contact in contacts} == {0, 1, 2}
    assert all([one["preferred"] for one in contact["email"]].count(True) <= 1
               for contact in contacts)  # fmt: skip


def test_staff_are_among_the_users_with_blocks_notes_and_statistics(users) -> None:
    assert {user["record_type"]["value"] for user in users} == {"PUBLIC", "STAFF"}
    assert {user["account_type"]["value"] for user in users} == {"EXTERNAL", "INTERNAL"}
    assert any(user["user_block"] for user in users)
    assert any("\n" in note["note_text"] for user in users for note in user["user_note"])
    assert {s["category_type"]["value"] for u in users for s in u["user_statistic"]} == {"MAJOR"}
    assert any("expiry_date" not in user for user in users)


def test_any_id_finds_a_user(alma: Caller) -> None:
    user = alma.get("/users/w00000012").json()

    for text in ("W00000012", "29000000000012"):
        assert alma.get(f"/users/{text}").json() == user
    assert alma.get("/users/29000000000012", user_id_type="BARCODE").json() == user
    assert alma.get("/users/W00000012", user_id_type="UNIV_ID").json() == user


def test_an_id_of_another_type_is_not_found(alma: Caller) -> None:
    assert alma.error("/users/29000000000012", user_id_type="UNIV_ID") == (400, "401890")
    assert alma.error("/users/w00000012x") == (400, "401861")


def test_an_id_with_signs_is_quoted(alma: Caller, users) -> None:
    ids = [user["primary_id"] for user in users]
    odd = [one for one in ids if "@" in one][:1] + [one for one in ids if "/" in one][:1]

    assert len(odd) == 2
    for one in odd:
        assert alma.get(f"/users/{quote(one, safe='')}").json()["primary_id"] == one


def test_a_brief_view_leaves_lists_out(alma: Caller) -> None:
    user = alma.get("/users/w00000012", view="brief").json()

    assert "user_role" not in user
    assert user["contact_info"]["email"]
    assert user["user_identifier"]


def test_expand_counts_what_a_user_has(alma: Caller) -> None:
    user = alma.get("/users/w00000012", expand="loans,fees").json()

    assert type(user["loans"]["value"]) is int
    assert user["fees"]["link"].endswith("/users/w00000012/fees")
    assert user["requests"] is None


def test_a_user_is_xml_for_whoever_did_not_ask_for_json(alma: Caller) -> None:
    root = etree.fromstring(alma.get("/users/w00000012", headers={"Accept": "*/*"}).content)

    assert root.findtext("primary_id") == "w00000012"
    assert root.xpath("string(user_group/@desc)")
    assert root.findtext("user_identifiers/user_identifier/value") == "29000000000012"
    assert root.xpath("string(contact_info/emails/email/@preferred)") == "true"


def test_what_an_administrator_sets_is_served(alma: Caller) -> None:
    odd = {"gender": None, "last_name": 'O\'Neil "Ø" <&>', "user_note": None}
    alma.alma.admin.patch(5, raw=odd)

    user = alma.get("/users/w00000004").json()

    assert {name: user[name] for name in odd} == odd


def test_a_deleted_user_is_not_found(alma: Caller) -> None:
    alma.alma.admin.delete(ids=[2])

    assert alma.error("/users/w00000001") == (400, "401861")


def test_the_personal_data_and_the_lists_of_a_user_can_be_asked_for(alma: Caller) -> None:
    assert alma.get("/users/w00000012/personal-data").status_code == 200
    assert alma.get("/users/w00000012/loans").json() == {"total_record_count": 0}
    assert alma.get("/users/nobody/fees").status_code == 400
