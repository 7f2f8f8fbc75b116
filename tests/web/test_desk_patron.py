"""One patron on the pages: covered, shown on request, followed through nights (N3.8, X8, X9)."""

from __future__ import annotations

import pytest

from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.web.views import desk_patron
from tests.factories import (
    LIBRARY,
    NO_LIMITS,
    OTHER_LIBRARY,
    Cicero,
    a_card_number,
    a_config,
    a_library_config,
    a_national_id,
    a_patron,
    a_person_key,
)
from tests.web.desk_forms import DeskPages, section, told

PSEUDONYM = a_person_key(0).hex()[:10]
NAME = "Anders Vik Prøve"
NOBODY_ELSES = 987_654_321


@pytest.fixture
def desk(librarian) -> DeskPages:
    return DeskPages(librarian)


@pytest.fixture
def patron_id(cicero: Cicero) -> int:
    """A patron whom no run has seen yet."""
    return cicero.add(a_patron(0, first_name="Anders Vik", surname="Prøve"))


@pytest.fixture
def acts(db):
    return lambda: db.execute(
        "select action, actor, library, detail ->> 'subject', person from patron_sync.audit_event"
        " where kind = 'act' order by event_no"
    ).fetchall()


class TestCovered:
    def test_the_page_has_neither_name_nor_national_id_nor_pin(self, desk, patron_id):
        page = desk.patron(patron_id)

        assert "A··· V··· P···" in page.text
        for secret in ("Anders", "Prøve", a_national_id(0), a_national_id(0)[:6], ">4711<"):
            assert secret not in page.text
        assert f"<title>Patron {patron_id} – " in page.text

    def test_whoever_opens_it_is_written_down(self, desk, patron_id, acts):
        desk.patron(patron_id)

        assert acts() == [("show_patron", "desk:librarian", LIBRARY, f"patron {patron_id}", None)]

    def test_the_pseudonym_stands_there_when_a_run_has_given_one(
        self, desk, patron_id, world, acts
    ):
        world.push()
        desk.patron(patron_id)

        assert acts()[-1][4] == PSEUDONYM

    def test_cards_and_pin_are_told_without_the_pin(self, desk, cicero, patron_id):
        cicero.add_card(patron_id, "17", kind="local")
        cicero.set_pin(patron_id, "7314", must_change=True)

        page = desk.patron(patron_id)

        assert "17 local" in section(page, "Cards")
        assert f"{a_card_number(0)} national" in section(page, "Cards")
        assert "Handed out on" in section(page, "PIN")
        assert "7314" not in page.text

    def test_a_patron_of_another_library_is_not_found(self, desk, cicero):
        other = cicero.add(a_patron(1, library=OTHER_LIBRARY))

        for path in ("", "/nights", "/consent", "/card", "/pin", "/name", "/guardian", "/delete"):
            for number in (other, NOBODY_ELSES):
                page = desk.patron(number, path)
                assert page.status_code == 404
                assert "Your libraries have no such patron." in page.text

    @pytest.mark.parametrize(
        "number", ["0", "-1", "1.5", "abc", "9" * 19, "9" * 400, "%00", "1'--"]
    )
    def test_a_number_that_is_none_is_a_mistake(self, librarian, number):
        assert librarian.get(f"desk/patrons/{number}").status_code in {400, 404}

    def test_a_script_in_a_name_is_text(self, desk, cicero):
        script = "<script>alert(1)</script>{{ 7 * 7 }}"
        patron_id = cicero.add(a_patron(2, first_name=script, surname="\"'><b>"))

        shown = desk.do(patron_id, "unmask")

        assert "<script>alert" not in shown.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}" in shown.text


class TestShownOnRequest:
    def test_one_record_is_shown_and_it_is_written_down(self, desk, patron_id, world, acts):
        world.push()

        page = desk.do(patron_id, "unmask")

        assert page.headers["cache-control"] == "no-store"
        who = section(page, "Who it is")
        assert f"Name {NAME} National id {a_national_id(0)} Date of birth" in who
        assert ("unmask_patron", "desk:librarian", LIBRARY, f"patron {patron_id}", PSEUDONYM) in (
            acts()
        )
        assert "Anders" not in desk.patron(patron_id).text

    def test_the_event_is_there_even_if_the_page_fails(self, desk, patron_id, acts, monkeypatch):
        monkeypatch.setattr(desk_patron, "see_patron", lambda *_: 1 / 0)
        assert desk.do(patron_id, "unmask").status_code == 500
        assert [act[0] for act in acts()] == ["unmask_patron"]

    def test_nobody_sees_another_librarys_patron(self, desk, cicero, acts):
        other = cicero.add(a_patron(1, library=OTHER_LIBRARY))

        page = desk.do(other, "unmask")

        assert page.status_code == 404
        assert acts() == []

    @pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
    def test_it_takes_a_librarian(self, as_, patron_id, acts, role):
        assert as_(role).post(f"desk/patrons/{patron_id}/unmask").status_code == 403
        assert acts() == []

    def test_the_guardian_is_covered_and_shown_too(self, desk):
        guardian = {"guardian_id": a_national_id(9), "guardian_name": "Kari Dal"}
        patron_id = desk.create(1, pin="4719", card_number=a_card_number(1), **guardian)

        assert "Guardian K··· D···" in section(desk.patron(patron_id), "Who it is")
        assert "Guardian Kari Dal" in section(desk.do(patron_id, "unmask"), "Who it is")


class TestState:
    def test_tells_what_waits_and_since_when_both_agree(self, desk, world):
        patron_id = desk.create(0, consent="yes")

        before = section(desk.patron(patron_id), "Synchronisation")
        world.push()
        after = section(desk.patron(patron_id), "Synchronisation")

        assert "New: a record is created in the registry" in before
        assert "Nothing has been agreed yet." in before
        assert "Nothing waits." in after
        assert "Card number Nov" not in before
        assert "Relation" in after
        assert "unchanged here" in after

    def test_tells_that_a_value_has_changed_since(self, desk, world):
        patron_id = desk.create(0, consent="yes", pin="4719", card_number=a_card_number(0))
        world.push()
        desk.do(patron_id, "pin", pin="8642", pin_again="8642")

        assert "changed here" in section(desk.patron(patron_id), "Synchronisation")

    def test_tells_who_waits_for_a_person(self, desk, world, libraries_yaml):
        world.config = held_config()
        libraries_yaml(libraries={LIBRARY: a_library_config(conflicts={"pin": "hold"})})
        patron_id = desk.create(0, consent="yes", pin="4719", card_number=a_card_number(0))
        world.rounds(1)
        world.registry.change(world.registry.of(0), pin="2468")
        desk.do(patron_id, "pin", pin="8642", pin_again="8642")
        world.push()

        said = section(desk.patron(patron_id), "Synchronisation")

        assert "held for a decision" in said
        assert "somebody decides until" in said

    def test_tells_what_failed_and_is_tried_again(self, desk, world):
        patron_id = desk.create(0, consent="yes", pin="4719", card_number=a_card_number(0))
        world.registry.add(1, card=a_card_number(0))
        world.push()

        page = desk.patron(patron_id)
        nights = desk.patron(patron_id, "/nights")

        assert "The card number is somebody else's" in section(page, "Synchronisation")
        assert "The card number is somebody else's" in told(nights)
        assert "failed" in told(nights)

    def test_tells_what_the_runs_did_and_will_do(self, desk, world):
        patron_id = desk.create(0, consent="yes", pin="4719", card_number=a_card_number(0))
        ahead = told(desk.patron(patron_id, "/nights"))
        world.push()
        desk.do(patron_id, "pin", pin="8642", pin_again="8642")
        world.push()
        world.push(is_dry_run=True)

        behind = told(desk.patron(patron_id, "/nights"))

        assert "It takes the patron up. What it does then depends on what the registry" in ahead
        assert "There was no run for the library yet." in ahead
        assert "created in the registry" in behind
        assert "PIN, changed, in the registry: written" in behind
        assert "dry run" in behind
        assert "8642" not in behind


def held_config() -> LibrariesConfig:
    block = a_library_config(conflicts={"pin": "hold"})
    return a_config(NO_LIMITS, **{f"_{LIBRARY}": block})
