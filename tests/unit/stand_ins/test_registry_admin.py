import pytest

from stand_ins.people import national_card_number, person, pin
from stand_ins.registry.admin_client import AdminCallError, AdminClient
from stand_ins.registry.process import RegistryProcess, running_registry

TODAY = "2026-01-01T00:00:00"


def test_find_shows_record_pin_and_relations(registry: RegistryProcess) -> None:
    [by_card] = registry.admin.find(lnr=national_card_number(60))
    [by_id] = registry.admin.find(national_id=person(60).national_id)

    assert by_card == by_id
    assert by_card["pin"] == pin(60)
    assert by_card["relations"] == ["2030000", "2040000"]
    assert registry.admin.find(id=by_card["id"]) == [by_card]
    assert registry.admin.find(lnr="N199999999") == []


def test_invalid_data_can_be_planted(registry: RegistryProcess, oslo) -> None:
    registry.admin.put(
        {"lnr": "N104000001", "fnr_hash": "11111111111", "pin": "zz", "fdato": "1999-02-31",
         "navn": None},
        sist_endret="2010-05-05", relations=["2060000"],
    )  # fmt: skip

    [record] = oslo.call("hent", identifikator="11111111111").records

    assert (record["pin"], record["fdato"], record["sist_endret"]) == (
        "zz", "1999-02-31", "2010-05-05",
    )  # fmt: skip
    assert "navn" not in record
    [kept] = registry.admin.find(lnr="N104000001")
    assert (kept["pin"], kept["relations"]) == (None, ["2060000"])


def test_two_people_may_share_a_national_id(registry: RegistryProcess, oslo) -> None:
    twin = person(65).national_id
    registry.admin.put({"lnr": "N104000002", "fnr_hash": twin})

    assert len(oslo.call("hent", identifikator=twin).records) == 2
    with pytest.raises(AdminCallError, match="409"):
        registry.admin.patch({"epost": ""}, national_id=twin)


def test_put_replaces_the_holder_of_the_card(registry: RegistryProcess) -> None:
    lnr = national_card_number(70)
    [old] = registry.admin.find(lnr=lnr)

    answer = registry.admin.put({"lnr": lnr, "fnr_hash": person(70).national_id}, pin="0007")

    assert answer == {"id": old["id"], "created": False}
    [new] = registry.admin.find(lnr=lnr)
    assert (new["pin"], new["fields"]["epost"]) == ("0007", "")


def test_patch_changes_only_what_is_named(registry: RegistryProcess) -> None:
    lnr = national_card_number(75)
    [old] = registry.admin.find(lnr=lnr)

    new = registry.admin.patch({"epost": "x@example.org"}, lnr=lnr, pin="4321")

    assert (new["pin"], new["fields"]["epost"]) == ("4321", "x@example.org")
    assert new["fields"]["navn"] == old["fields"]["navn"]
    assert new["fields"]["sist_endret"] > old["fields"]["sist_endret"]


@pytest.mark.parametrize(
    ("method", "name", "body", "status"),
    [
        ("POST", "find", {}, 400),
        ("POST", "find", {"lnr": "a", "id": 1}, 400),
        ("PATCH", "persons", {"lnr": "N199999999"}, 404),
        ("PATCH", "persons", {"id": 1, "fields": {"nope": "x"}}, 400),
        ("PATCH", "persons", {"id": 1, "fields": {"navn": "a\x1fb"}}, 400),
        ("PATCH", "persons", {"id": 1, "fields": {"lnr": national_card_number(1)}}, 409),
        ("POST", "touch", {}, 400),
        ("POST", "touch", {"count": 1, "fields": ["navn"]}, 400),
        ("PUT", "series", {"2030000": ["1", "2"]}, 400),
        ("PUT", "clock", {"offset_s": "x"}, 400),
        ("PUT", "health", {}, 405),
        ("GET", "nothing", None, 404),
    ],
)
def test_refusals(registry: RegistryProcess, method: str, name: str, body, status: int) -> None:
    with pytest.raises(AdminCallError, match=str(status)):
        registry.admin.call(method, name, body)


def test_listing_pages_by_id(registry: RegistryProcess) -> None:
    first = registry.admin.listing(limit=3)
    second = registry.admin.listing(after=first[-1]["id"], limit=3)

    assert [one["id"] for one in first + second] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("field", ["pin", "lnr", "epost"])
def test_touch_marks_people_as_changed(fresh: RegistryProcess, client_of, field: str) -> None:
    before = {one["id"]: one for one in fresh.admin.listing(limit=1000)}

    touched = fresh.admin.touch(count=100, fields=[field], seed=3, by="2050000")

    after = {one["id"]: one for one in fresh.admin.listing(limit=1000)}
    changed = [i for i in after if after[i] != before[i]]
    assert touched == len(changed) == 100
    names = {
        n for i in changed for n, v in after[i]["fields"].items() if v != before[i]["fields"][n]
    }
    assert names == {field, "sist_endret", "sist_endret_av"}
    library = client_of(fresh.url, "2030000")
    answer = library.call("soekEndret", tidspunkt=TODAY, max_antall=0, start_indeks=0)
    assert {record["sist_endret_av"] for record in answer.records} == {"2050000"}
    assert len({record["sist_endret"] for record in answer.records}) == 1


def test_touch_takes_a_fraction(fresh: RegistryProcess) -> None:
    assert fresh.admin.touch(fraction=0.5) == 300


def test_summary_counts_calls_and_writes(fresh: RegistryProcess, client_of) -> None:
    library = client_of(fresh.url, "2030000")
    lnr = national_card_number(0)
    library.call("endre", lnr=lnr, post={"epost": "one@example.org"})
    library.call("endre", lnr=lnr, post={"epost": "one@example.org"})
    library.call("slett", lnr=lnr)

    summary = fresh.admin.summary()

    assert (summary["people"], summary["tombstones"]) == (599, 1)
    assert summary["tally"]["writes"] == {"nyPost": 0, "endre": 1, "slett": 1}
    assert summary["tally"]["calls"] == {"endre": 2, "slett": 1}
    assert summary["tally"]["calls_by_library"] == {"2030000": {"endre": 2, "slett": 1}}


def test_series_and_clock_can_be_moved(fresh: RegistryProcess, client_of) -> None:
    library = client_of(fresh.url, "2030000")
    fresh.admin.call("PUT", "series", {"2030000": ["N500000000", "N500000009"]})
    fresh.admin.set_clock(86_400 * 365)
    year = int(fresh.admin.summary()["now"][:4])

    answer = library.call("endre", lnr=national_card_number(0), post={"lnr": "N500000009"})

    assert answer.ok
    assert fresh.admin.call("GET", "series") == {"2030000": ["N500000000", "N500000009"]}
    assert answer.fields["server_tid"].startswith(str(year))


def test_with_a_token_nobody_else_gets_in() -> None:
    with running_registry(patrons=1, admin_token="sesame") as running:
        assert running.admin.health() == {"status": "ok"}
        with pytest.raises(AdminCallError, match="401"):
            AdminClient(running.url).health()
        with pytest.raises(AdminCallError, match="401"):
            AdminClient(running.url, "wrong").summary()
