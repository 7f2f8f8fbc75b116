import pytest

from stand_ins.people import DEMO_PIN_KEY, national_card_number, person
from stand_ins.registry.pins import PinCipher
from stand_ins.registry.process import RegistryProcess

PIN = PinCipher(DEMO_PIN_KEY).encrypt("1234")
NEW = 900_000
"""Indexes from here on are people the registry does not know."""


def a_post(index: int, lnr: str, **fields: str) -> dict[str, str]:
    someone = person(NEW + index)
    navn = f"{someone.surname}, {someone.first_name}"
    return {"lnr": lnr, "navn": navn, "fnr_hash": someone.national_id, "pin": PIN, **fields}


class TestNyPost:
    def test_creates_and_relates_the_caller(self, registry: RegistryProcess, oslo) -> None:
        post = a_post(0, "N105000000", epost="ny@example.org", fdato="1900-01-01", p_sted="X")

        answer = oslo.call("nyPost", post=post)

        assert (answer.ok, answer.melding) == (True, "Ny post er opprettet")
        assert answer.fields["lnr"] == "N105000000"
        [kept] = registry.admin.find(lnr="N105000000")
        fields = kept["fields"]
        assert kept["relations"] == ["2030000"]
        assert kept["pin"] == "1234"
        assert fields["fdato"] == person(NEW).birth_on.isoformat()
        assert fields["p_sted"] not in ("", "X")
        assert (fields["epost"], fields["p_land"]) == ("ny@example.org", "no")
        assert fields["hjemmebibliotek"] == fields["sist_endret_av"] == "2030000"
        assert fields["sist_endret"] == answer.fields["server_tid"]

    def test_the_older_name_works_too_and_x_is_believed(self, oslo) -> None:
        answer = oslo.call("nyLaaner", post=a_post(1, "N105000001", kjonn="X"))

        assert answer.ok
        assert "nyLaanerResponse" in answer.text
        record = oslo.call("hent", identifikator="N105000001").records[0]
        assert record["kjonn"] == "X"

    @pytest.mark.parametrize("name", ["lnr", "navn", "fnr_hash"])
    @pytest.mark.parametrize("how", ["empty", "missing"])
    def test_a_required_field_must_be_there(self, oslo, name: str, how: str) -> None:
        post = a_post(2, "N105000002") | {name: ""}
        if how == "missing":
            del post[name]

        answer = oslo.call("nyPost", post=post)

        assert (answer.ok, answer.melding) == (False, f"nyPost: Mangler obligatorisk felt: {name}")

    @pytest.mark.parametrize(
        ("fields", "melding"),
        [
            ({"lnr": "105000002"}, "Ulovlig LNR"),
            ({"lnr": "N115000002"}, "LNR er utenfor bibliotekets reserverte nummerserie"),
            ({"lnr": national_card_number(5)}, "LNR er allerede i bruk"),
            ({"fnr_hash": person(5).national_id}, "FNR_HASH er allerede registrert"),
            ({"fnr_hash": "18860157184"}, "Ulovlig FNR_HASH"),
            ({"pin": "1234"}, "Ulovlig PIN"),
            ({"pin": "0" * 32}, "Ulovlig PIN"),
            ({"hjemmebibliotek": "Oslo"}, "Ulovlig hjemmebibliotek"),
        ],
        ids=["form", "series", "held", "known", "check digit", "plain pin", "bad pin", "home"],
    )
    def test_refusals_name_the_reason_and_store_nothing(
        self, registry: RegistryProcess, oslo, fields: dict[str, str], melding: str
    ) -> None:
        before = registry.admin.summary()

        answer = oslo.call("nyPost", post=a_post(2, "N105000002") | fields)

        after = registry.admin.summary()
        assert (answer.ok, answer.melding) == (False, f"nyPost: {melding}")
        assert after["people"] == before["people"]
        assert after["tally"]["writes"] == before["tally"]["writes"]


class TestEndre:
    def test_names_the_fields_that_really_changed(self, oslo) -> None:
        lnr = national_card_number(10)
        old = oslo.call("hent", identifikator=lnr).records[0]

        answer = oslo.call(
            "endre", lnr=lnr, post={"epost": "ny@example.org", "tlf_mobil": old["tlf_mobil"]}
        )

        new = oslo.call("hent", identifikator=lnr).records[0]
        assert answer.melding == "Oppdaterte felt: epost"
        assert new["sist_endret"] == answer.fields["server_tid"]
        assert new["sist_endret_av"] == "2030000"
        kept = set(new) - {"epost", "sist_endret", "sist_endret_av"}
        assert {name: new[name] for name in kept} == {name: old[name] for name in kept}

    def test_nothing_new_leaves_the_record_alone(self, registry: RegistryProcess, oslo) -> None:
        lnr = national_card_number(15)
        old = oslo.call("hent", identifikator=lnr).records[0]
        writes = registry.admin.summary()["tally"]["writes"]

        answer = oslo.call("endre", lnr=lnr, post={"epost": old["epost"], "navn": "Ny, N"})

        assert (answer.ok, answer.melding) == (True, "Oppdaterte felt: ")
        assert oslo.call("hent", identifikator=lnr).records[0] == old
        assert registry.admin.summary()["tally"]["writes"] == writes

    def test_empty_contact_fields_are_cleared_and_other_empty_ones_ignored(self, oslo) -> None:
        lnr = national_card_number(20)
        old = oslo.call("hent", identifikator=lnr).records[0]

        oslo.call("endre", lnr=lnr, post={"epost": "", "tlf_mobil": "", "pin": "", "lnr": ""})

        new = oslo.call("hent", identifikator=lnr).records[0]
        assert (new["epost"], new["tlf_mobil"]) == ("", "")
        assert new["pin"] == old["pin"] != ""

    def test_what_the_population_register_owns_is_ignored(self, oslo) -> None:
        lnr = national_card_number(25)
        old = oslo.call("hent", identifikator=lnr).records[0]

        answer = oslo.call(
            "endre",
            lnr=lnr,
            post={"navn": "A, B", "fdato": "2000-01-01", "kjonn": "F", "p_sted": "Y"},
        )

        assert answer.melding == "Oppdaterte felt: "
        assert oslo.call("hent", identifikator=lnr).records[0] == old

    def test_another_library_becomes_related(self, registry: RegistryProcess, bergen) -> None:
        lnr = national_card_number(30)
        [before] = registry.admin.find(lnr=lnr)

        answer = bergen.call("endre", lnr=lnr, post={})

        [after] = registry.admin.find(lnr=lnr)
        assert answer.melding == "Oppdaterte felt: "
        assert after["relations"] == ["2030000", "2040000"]
        assert after["fields"]["sist_endret"] > before["fields"]["sist_endret"]
        assert "2040000" not in answer.text

    def test_a_new_card_number_replaces_the_old(self, oslo) -> None:
        answer = oslo.call("endre", lnr=national_card_number(35), post={"lnr": "N125999999"})

        assert (answer.melding, answer.fields["lnr"]) == ("Oppdaterte felt: lnr", "N125999999")
        assert not oslo.call("hent", identifikator=national_card_number(35)).ok
        found = oslo.call("hent", identifikator=person(35).national_id)
        assert found.records[0]["lnr"] == "N125999999"

    @pytest.mark.parametrize(
        ("post", "melding"),
        [
            ({"lnr": "X1"}, "endre: Ulovlig LNR"),
            ({"lnr": "N900000000"}, "endre: LNR er utenfor alle reserverte nummerserier"),
            ({"lnr": national_card_number(5)}, "endre: LNR er allerede i bruk"),
            ({"fnr_hash": person(5).national_id}, "endre: FNR_HASH tilhører en annen person"),
            ({"pin": "1234"}, "endre: Ulovlig PIN"),
            ({"hjemmebibliotek": "1"}, "endre: Ulovlig hjemmebibliotek"),
        ],
        ids=["form", "series", "held", "other person", "plain pin", "home"],
    )
    def test_refusals_change_nothing(
        self, registry: RegistryProcess, bergen, post: dict[str, str], melding: str
    ) -> None:
        lnr = national_card_number(40)
        before = registry.admin.find(lnr=lnr)

        answer = bergen.call("endre", lnr=lnr, post={"epost": "ny@example.org", **post})

        assert (answer.ok, answer.melding) == (False, melding)
        assert registry.admin.find(lnr=lnr) == before

    def test_an_unknown_card_is_no_hit(self, oslo) -> None:
        answer = oslo.call("endre", lnr="N109999999", post={"epost": ""})

        assert (answer.ok, answer.melding) == (False, "ingen treff")

    def test_text_with_markup_comes_back_as_it_was(self, oslo) -> None:
        lnr = national_card_number(45)
        text = "a&b<c>]]>Ŋá+æ@example.org"

        oslo.call("endre", lnr=lnr, post={"epost": text})

        assert oslo.call("hent", identifikator=lnr).records[0]["epost"] == text


class TestSlett:
    def test_removes_the_callers_relation_only(self, registry: RegistryProcess, oslo) -> None:
        lnr = national_card_number(50)
        registry.admin.relate(add=["2050000"], lnr=lnr)

        answer = oslo.call("slett", lnr=lnr)

        [kept] = registry.admin.find(lnr=lnr)
        fields = kept["fields"]
        assert answer.ok
        assert answer.melding == (f"{fields['navn']} ({fields['fdato']}) er slettet fra registeret")
        assert kept["relations"] == ["2050000"]
        assert fields["sist_endret"] == answer.fields["server_tid"]

    def test_without_a_relation_nothing_happens(self, registry: RegistryProcess, bergen) -> None:
        lnr = national_card_number(55)
        before = registry.admin.find(lnr=lnr)

        answer = bergen.call("slett", lnr=lnr)

        assert (answer.ok, answer.melding) == (False, "slett: ikke tilknyttet")
        assert registry.admin.find(lnr=lnr) == before

    def test_an_unknown_card_is_no_hit(self, oslo) -> None:
        answer = oslo.call("slett", lnr="N109999999")

        assert (answer.ok, answer.melding) == (False, "ingen treff")
