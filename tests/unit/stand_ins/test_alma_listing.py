"""Lists of users: pages, order, searches, and what drifts."""

from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from stand_ins.alma.process import serving_alma
from stand_ins.ils.folding import fold
from tests.unit.stand_ins.alma_caller import Caller

BRIEF = {"primary_id", "first_name", "last_name", "gender", "password", "status", "requests",
         "loans", "fees", "link"}  # fmt: skip


@pytest.fixture(scope="module")
def alma() -> Iterator[Caller]:
    with serving_alma(300, per_second=0) as running:
        yield Caller(running)


@pytest.fixture(scope="module")
def users(alma: Caller) -> list[dict[str, Any]]:
    return alma.everybody(expand="full")


def test_a_page_has_ten_users_and_at_most_a_hundred(alma: Caller) -> None:
    assert len(alma.page()) == 10
    assert len(alma.page(limit=500)) == 100
    assert len(alma.page(limit=100, offset=290)) == 7
    answer = alma.get(limit=0)
    assert answer.json() == {"user": None, "total_record_count": 297}


@pytest.mark.parametrize("query", [{"limit": -1}, {"limit": "x"}, {"offset": -1}])
def test_limit_and_offset_are_numbers_from_0(alma: Caller, query) -> None:
    assert alma.error(**query) == (400, "402119")


def test_rows_are_brief_unless_the_full_ones_are_asked_for(alma: Caller, users) -> None:
    [row] = alma.page(limit=1)

    assert set(row) == BRIEF
    assert row["link"].startswith("http://")
    assert set(users[0]) > BRIEF
    assert users[0] == alma.get(f"/users/{users[0]['primary_id']}").json()


def test_an_older_api_has_only_brief_rows_and_no_date_of_modification() -> None:
    with serving_alma(50, per_second=0, is_older=True) as running:
        alma = Caller(running)

        assert set(alma.page(limit=1, expand="full")[0]) == BRIEF
        assert len(alma.everybody(modify_date_from="2026-09-25")) == 50


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("", ("last_name", "first_name", "primary_id")),
        ("last_name", ("last_name", "first_name", "primary_id")),
        ("last_name, first_name, primary_id", ("last_name", "first_name", "primary_id")),
        ("first_name", ("first_name", "primary_id")),
        ("primary_id", ("primary_id",)),
    ],
)
def test_users_are_in_the_order_asked_for(alma: Caller, users, order: str, key) -> None:
    found = alma.everybody(expand="full", order_by=order)

    assert found == sorted(users, key=lambda user: [fold(user[name]) for name in key])


def test_another_order_is_refused(alma: Caller) -> None:
    assert alma.error(order_by="birth_date") == (400, "402119")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("last_name~hansen", lambda u: "hansen" in u["last_name"].lower()),
        ("last_name~Berg_Hansen", lambda u: u["last_name"] == "Berg Hansen"),
        ("first_name~ane~x", None),
        ("user_group~UGRD", lambda u: u["user_group"]["value"] == "UGRD"),
        ("user_group~FAC AND last_name~b", lambda u: u["user_group"]["value"] == "FAC"
         and any(w.lower().startswith("b") for w in u["last_name"].replace("-", " ").split())),
        ("primary_id~w00000012", lambda u: u["primary_id"] == "w00000012"),
        ("identifiers~29000000000013", lambda u: u["primary_id"] == "w00000013"),
        ("identifiers~W00000013", lambda u: u["primary_id"] == "w00000013"),
        ("campus_code~LAW", lambda u: u["campus_code"]["value"] == "LAW"),
        ("statistic_category~BIOL", lambda u: any(
            s["statistic_category"]["value"] == "BIOL" for s in u["user_statistic"])),
        ("note_text~call", lambda u: bool(u["user_note"])),
        ("block_type~GENERAL", lambda u: bool(u["user_block"])),
        ("birth_date~1989-12-06", lambda u: u.get("birth_date") == "1989-12-06Z"),
        ("ALL~w00000012", lambda u: u["primary_id"] == "w00000012"),
    ],
)  # fmt: skip
def test_searches(alma: Caller, users, query: str, expected) -> None:
    if expected is None:
        assert alma.ids(q=query) == []
        return
    wanted = {user["primary_id"] for user in users if expected(user)}

    found = alma.ids(q=query)

    assert set(found) == wanted
    assert found
    assert alma.get(q=query, limit=1).json()["total_record_count"] == len(wanted)


@pytest.mark.parametrize("query", ["hansen", "shoe_size~44", "ALL~a AND last_name~b"])
def test_a_malformed_search_is_refused(alma: Caller, query: str) -> None:
    assert alma.error(q=query) == (400, "402119")


def test_a_search_and_a_date_of_modification_exclude_each_other(alma: Caller) -> None:
    assert alma.error(q="last_name~a", modify_date_from="2026-01-01") == (400, "402119")


def test_the_date_of_modification_has_the_granularity_of_a_day() -> None:
    with serving_alma(100, per_second=0) as running:
        alma = Caller(running)
        running.admin.patch(1, updated_at="2026-11-01T22:59:59Z")
        running.admin.patch(2, updated_at="2026-11-01T23:00:00Z")

        assert alma.ids(modify_date_from="2026-11-02") == ["w00000001"]
        assert set(alma.ids(modify_date_from="2026-11-01")) == {"w00000000", "w00000001"}
        assert alma.error(modify_date_from="2026-11-01T00:00:00Z")[0] == 400


def test_the_total_may_be_larger_than_the_rows() -> None:
    with serving_alma(30, per_second=0, extra_total=2) as running:
        answer = Caller(running).get(limit=100)

    assert (len(answer.json()["user"]), answer.json()["total_record_count"]) == (30, 32)


@pytest.mark.parametrize(
    ("option", "body"),
    [
        ("null", {"user": None, "total_record_count": 0}),
        ("absent", {"total_record_count": 0}),
        ("list", {"user": [], "total_record_count": 0}),
    ],
)
def test_a_list_without_users_has_three_forms(option: str, body) -> None:
    with serving_alma(5, empty_user=option) as running:
        answer = Caller(running).get(q="last_name~nobody")

    assert (answer.status_code, answer.json()) == (200, body)


def test_pages_by_name_drift_when_somebody_comes() -> None:
    with serving_alma(60, per_second=0) as running:
        alma = Caller(running)
        first = [user["primary_id"] for user in alma.page(limit=20)]
        running.admin.insert(30)
        second = [user["primary_id"] for user in alma.page(limit=20, offset=20)]
        renamed = [
            user["primary_id"] for user in alma.page(limit=20, offset=20, order_by="primary_id")
        ]

    assert set(first) & set(second), "who moved down is seen twice"
    assert renamed == sorted(renamed)


def test_who_is_renamed_moves() -> None:
    with serving_alma(60, per_second=0) as running:
        alma = Caller(running)
        [last] = alma.ids()[-1:]
        index = int(last[1:9])
        running.admin.patch(1 + index + index // 9, fields={"last_name": "Aaa"})

        assert alma.ids()[0] == last


def test_a_list_is_xml_for_whoever_did_not_ask_for_json(alma: Caller) -> None:
    answer = alma.get(limit=3, expand="full", headers={"Accept": "*/*"})

    root = etree.fromstring(answer.content)
    assert (root.tag, root.get("total_record_count"), len(root)) == ("users", "297", 3)
    assert root[0].find("contact_info/addresses/address/address_types") is not None
    assert alma.get(format="json", headers={"Accept": "*/*"}).json()["total_record_count"] == 297
