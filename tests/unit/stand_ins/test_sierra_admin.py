from collections.abc import Iterator

import pytest

from stand_ins.admin_call import AdminCallError
from stand_ins.sierra.process import RunningSierra, serving_sierra
from tests.unit.stand_ins.sierra_caller import logged_in


@pytest.fixture
def sierra() -> Iterator[RunningSierra]:
    with serving_sierra(300) as running:
        yield running


def test_the_same_seed_gives_the_same_patrons(sierra: RunningSierra) -> None:
    with serving_sierra(300) as again, serving_sierra(300, seed=2) as other:
        patrons = sierra.admin.patrons(limit=300)

        assert again.admin.patrons(limit=300) == patrons
        assert other.admin.patrons(limit=300) != patrons
    assert len(patrons) == 300


def test_a_share_of_the_living_changes(sierra: RunningSierra) -> None:
    before = sierra.admin.summary()
    caller = logged_in(sierra)

    changed = sierra.admin.change(share=0.1, seed=7)

    found = caller.get("/patrons/", updatedDate=f"[{before['now']},]", limit=2000).json
    assert [entry["id"] for entry in found["entries"]] == changed
    assert len(changed) == round(before["patrons"] / 10)


def test_which_patrons_change_depends_on_the_seed_alone(sierra: RunningSierra) -> None:
    with serving_sierra(300) as again:
        first = sierra.admin.change(count=5, seed=3)

        assert again.admin.change(count=5, seed=3) == first
        assert again.admin.change(count=5, seed=4) != first


def test_a_change_shows_in_the_record(sierra: RunningSierra) -> None:
    caller = logged_in(sierra)
    before = caller.get("/patrons/", fields=",", limit=300).json["entries"]

    [number] = sierra.admin.change(count=1, fields=["email"])

    after = caller.get("/patrons/", fields=",", limit=300).json["entries"]
    [(old, new)] = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert new["id"] == number
    assert new["emails"] != old["emails"]
    assert new["addresses"] == old["addresses"]


def test_without_fields_only_the_time_moves(sierra: RunningSierra) -> None:
    caller = logged_in(sierra)
    before = caller.get("/patrons/", fields="names,emails,addresses", limit=300).text

    assert len(sierra.admin.change(count=20, fields=[])) == 20

    assert caller.get("/patrons/", fields="names,emails,addresses", limit=300).text == before


def test_new_patrons_get_the_next_ids(sierra: RunningSierra) -> None:
    now = sierra.admin.summary()["now"]
    highest = sierra.admin.patrons(limit=300)[-1]["id"]

    numbers = sierra.admin.insert(3)

    record = logged_in(sierra).get(f"/patrons/{numbers[0]}", fields="createdDate,names").json
    assert min(numbers) > highest
    assert record["createdDate"] >= now


def test_a_deleted_patron_becomes_a_stub_of_today(sierra: RunningSierra) -> None:
    caller = logged_in(sierra)
    today = sierra.admin.summary()["now"][:10]

    assert sierra.admin.delete(ids=[1_000_003]) == [1_000_003]

    stub = {"id": 1_000_003, "deletedDate": today, "deleted": True}
    assert stub in caller.get("/patrons/", deletedDate=f"[{today},]").json["entries"]
    assert caller.get("/patrons/1000003").json == stub


def test_one_patron_can_be_given_any_values(sierra: RunningSierra) -> None:
    sierra.admin.patch(
        1_000_001,
        fields={"last_name": 'Quote"d', "kind": "faculty", "expires_on": "2030-01-01"},
        raw={"emails": ["a@x", None], "birthDate": "0000-00-00", "pMessage": None},
        updated_at="2026-10-05T12:00:00+02:00",
    )

    record = logged_in(sierra).get("/patrons/1000001", fields=",").json
    assert record["names"][0].startswith('QUOTE"D')
    assert (record["patronType"], record["expirationDate"]) == (20, "2030-01-01")
    assert record["emails"] == ["a@x", None]
    assert (record["birthDate"], record["pMessage"]) == ("0000-00-00", None)
    assert record["updatedDate"] == "2026-10-05T10:00:00Z"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("patrons", {"id": 5, "fields": {}}),
        ("patrons", {"id": 1_000_001, "fields": {"kind": "wizard"}}),
        ("patrons", {"id": 1_000_001, "fields": {"shoe_size": 1}}),
        ("patrons", {"id": 1_000_001, "fields": {"birth_on": "soon"}}),
        ("patrons", {"id": 1_000_001, "raw": {"surname": 1}}),
        ("patrons", {"id": 1_000_001, "updated_at": "today"}),
    ],
    ids=["nobody", "no_kind", "no_field", "no_date", "no_raw_field", "no_time"],
)
def test_a_wrong_patch_is_refused(sierra: RunningSierra, name, body) -> None:
    with pytest.raises(AdminCallError):
        sierra.admin.call("PATCH", name, body)


def test_wrong_counts_are_refused(sierra: RunningSierra) -> None:
    for how in ({"share": 2}, {"count": -1}, {"count": 1, "fields": ["shoe_size"]}):
        with pytest.raises(AdminCallError, match="400"):
            sierra.admin.change(**how)
    with pytest.raises(AdminCallError, match="404"):
        sierra.admin.call("GET", "nothing")
    with pytest.raises(AdminCallError, match="405"):
        sierra.admin.call("DELETE", "summary")


def test_the_summary_counts_calls_by_kind_and_status(sierra: RunningSierra) -> None:
    caller = logged_in(sierra)
    caller.get("/patrons/")
    caller.get("/patrons/9")

    summary = sierra.admin.summary()

    assert summary["calls"] == {"token": 1, "list": 1, "get": 1}
    assert summary["statuses"] == {"200": 2, "404": 1}
    assert summary["patrons"] + summary["deleted"] == 300


def test_the_clock_is_in_the_date_header(sierra: RunningSierra) -> None:
    sierra.admin.set_clock(10 * 365 * 86_400)

    assert "2036" in logged_in(sierra).get("/patrons/").headers["date"]
