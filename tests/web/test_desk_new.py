"""A new patron: the form, its mistakes, and what it foretells before anything is saved (N3.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import (
    DEFAULT_PIN,
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_library_config,
    a_national_id,
    a_patron,
)
from tests.web.desk_forms import DeskPages, hidden, number_in, section, told

CARD, PIN = a_card_number(700), "8642"
GUARDIAN = {"guardian_id": a_national_id(9), "guardian_name": "Kari Dal"}


@pytest.fixture
def desk(librarian) -> DeskPages:
    return DeskPages(librarian)


@pytest.fixture
def count(db):
    return lambda: db.execute("select count(*) from cicero.patron").fetchone()[0]


class TestForm:
    @pytest.mark.parametrize(
        ("switches", "data"),
        [
            ({"card_number": True, "pin": True}, "name, national id, card number and PIN"),
            ({"card_number": True, "pin": False}, "name, national id and card number"),
            ({"card_number": False, "pin": True}, "exchanging national id and PIN"),
            ({"card_number": False, "pin": False}, "that they are its patron"),
        ],
    )
    def test_says_to_what_the_patron_consents(self, librarian, libraries_yaml, switches, data):
        libraries_yaml(libraries={LIBRARY: a_library_config(synchronise=switches)})

        page = librarian.get("desk/new")

        assert data in page.text
        assert 'name="consent" type="checkbox" value="yes"' in page.text
        assert " checked" not in page.text

    @pytest.mark.parametrize(("refuses", "says"), [(True, True), (False, False)])
    def test_tells_the_rules_of_pins(self, librarian, libraries_yaml, refuses, says):
        block = a_library_config(pin_rules={"refuse_simple": refuses})
        libraries_yaml(libraries={LIBRARY: block})

        page = librarian.get("desk/new")

        assert "Four digits." in page.text
        assert ("no run such as 1234" in page.text) == says

    def test_needs_a_library_first(self, librarian, libraries_yaml):
        libraries_yaml(pages={"librarians": {"librarian": [LIBRARY, OTHER_LIBRARY]}})

        assert librarian.get("desk/new").headers["location"] == "/patron-sync/desk"


class TestMistakes:
    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"national_id": ""}, "Type the national id, or tick that the patron has none."),
            ({"no_national_id": "yes"}, "Either type a national id or tick that there is none"),
            ({"national_id": "12345678901"}, "This is no national id"),
            ({"surname": "  "}, "The name is missing."),
            ({"pin": "8642", "pin_again": "8643"}, "The two PINs differ."),
            ({"pin": "864"}, "This is no PIN."),
            ({"pin": "1234"}, "too easy to guess"),
            ({"pin": DEFAULT_PIN}, "one that the library hands out"),
            ({"card_number": "N 1"}, "This is no card number."),
            ({"guardian_name": "Kari Dal"}, "This is no national id"),
            ({"guardian_id": a_national_id(9)}, "A patron needs a surname, and a guardian a name."),
            (GUARDIAN | {"guardian_id": a_national_id(0)}, "the same person"),
        ],
        ids=str,
    )
    def test_are_told_beside_the_field_and_create_nobody(self, desk, count, changes, says):
        page = desk.fill_in(0, **changes)

        assert page.status_code == 400
        assert says in page.text.replace("&#39;", "'")
        assert 'aria-invalid="true"' in page.text
        assert count() == 0

    def test_leave_what_was_right(self, desk):
        wrong = desk.fill_in(
            0, surname="Nyberg", card_number=CARD, consent="yes", pin="1234", **GUARDIAN
        )

        assert 'value="Nyberg"' in wrong.text
        assert f'value="{CARD}"' in wrong.text
        assert 'value="Kari Dal"' in wrong.text
        assert 'id="consent" name="consent" type="checkbox" value="yes" checked' in wrong.text
        again = desk.fill_in(
            0, national_id="", kept=hidden(wrong, "kept"), guardian_name="Kari Dal", pin=PIN
        )
        assert "Guardian Kari Dal" in section(again, "What you typed")
        assert number_in(desk.save(again))

    def test_a_card_of_somebody_else_is_refused_before_anything_is_saved(self, desk, cicero, count):
        cicero.add(a_patron(1, card=CARD))

        page = desk.fill_in(0, card_number=CARD, pin=PIN)

        assert page.status_code == 400
        assert "The card number is or was somebody else's" in told(page)
        assert count() == 1

    def test_a_patron_who_is_there_is_offered(self, desk, cicero, count):
        patron_id = cicero.add(a_patron(0))

        page = desk.fill_in(0, consent="yes")

        assert page.status_code == 400
        assert "The library has this patron already." in told(page)
        assert f'href="/patron-sync/desk/patrons/{patron_id}"' in page.text
        assert count() == 1

    def test_a_person_whom_the_registry_has_twice_is_refused(self, desk, world, count):
        for card in (a_card_number(0), a_card_number(1)):
            world.registry.add(0, card=card)

        page = desk.fill_in(0, consent="yes")

        assert page.status_code == 400
        assert "Report it to the registry." in told(page)
        assert count() == 0

    def test_the_error_of_another_day_is_a_page(self, desk, librarian):
        answer = librarian.post("desk/new", {"library": LIBRARY, "surname": "x" * 101})

        assert answer.status_code == 400
        assert "surname" in told(answer)
        assert "xxx" not in answer.text


class TestForetold:
    def test_nothing_is_written_but_that_the_registry_was_asked(self, desk, world, db):
        world.registry.add(0)
        before = world.state()

        page = desk.fill_in(0, consent="yes")

        assert "The registry was asked and knows the person." in told(page)
        assert world.state() == before
        events = db.execute("select action, actor from patron_sync.audit_event").fetchall()
        assert events == [("ask", "desk:librarian")]

    @pytest.mark.parametrize(
        ("index", "changes", "says"),
        [
            (0, {"consent": "yes", "card_number": "17"}, "The card number is a local one"),
            (0, {}, "Without consent the patron gets no card number and no PIN"),
            (None, {"consent": "yes"}, "Without a national id the consent has no effect"),
            (0, {"consent": "yes", "card_number": CARD}, "the one that you typed replaces it"),
        ],
    )
    def test_warns(self, desk, world, index, changes, says):
        world.registry.add(0)

        assert says in told(desk.fill_in(index, **changes))

    def test_warns_where_the_registry_has_less_than_it_might(self, desk, world):
        world.registry.add(0, card="", pin=None)

        said = told(desk.fill_in(0, consent="yes"))

        assert "without a card number that can be used" in said
        assert "without a PIN" in said
        assert "Card number The next one of the library's sequence." in said

    def test_warns_of_a_number_that_may_change(self, desk, world):
        world.registry.away_libraries.add(LIBRARY)

        assert "Print no card yet" in told(desk.fill_in(0, consent="yes"))

    def test_warns_where_the_library_takes_no_part(self, desk, world, libraries_yaml):
        libraries_yaml(libraries={LIBRARY: a_library_config(enabled=False)})

        said = told(desk.fill_in(0, consent="yes"))

        assert "the consent is kept for later" in said
        assert world.registry.calls == []

    def test_says_that_a_pin_will_be_drawn(self, desk, libraries_yaml):
        block = a_library_config(pin_rules={"newcomers": "random"})
        libraries_yaml(libraries={LIBRARY: block})

        assert "One is drawn for the patron, shown once" in told(desk.fill_in(0))

    @pytest.mark.parametrize(("years", "warns"), [(14, True), (15, False)])
    def test_asks_for_a_guardian_of_a_child(self, desk, room, monkeypatch, years, warns):
        from registry_operators.domain.birth_date import birth_date
        from registry_operators.domain.national_id import NationalId

        born_on = birth_date(NationalId(a_national_id(0)))
        assert born_on is not None
        now = room.now().replace(year=born_on.year + years, month=born_on.month, day=28)
        monkeypatch.setattr(room, "now", lambda: now.replace(day=born_on.day) + timedelta(hours=12))

        alone = told(desk.fill_in(0))
        accompanied = told(desk.fill_in(0, **GUARDIAN))

        assert ("under 15 and has no guardian" in alone) == warns
        assert "under 15" not in accompanied

    def test_can_be_changed_without_typing_the_secrets_again(self, desk, librarian, cicero):
        foretold = desk.fill_in(0, pin=PIN, card_number=CARD, **GUARDIAN)

        form = librarian.post("desk/new/change", {"sealed": hidden(foretold, "sealed")})
        again = desk.fill_in(
            0, national_id="", surname="Vik", kept=hidden(form, "kept"), guardian_name="Kari Dal"
        )

        assert form.status_code == 200
        assert form.text.count("Typed before and kept, not shown.") == 3
        assert 'value="Nyberg"' in form.text
        patron_id = number_in(desk.save(again))
        assert cicero.pin(patron_id)[0] == PIN
        assert cicero.db.execute("select surname, national_id from cicero.patron").fetchall() == [
            ("Vik", a_national_id(0))
        ]

    def test_a_kept_pin_can_be_left_out_and_a_kept_id_too(self, desk, librarian, cicero):
        foretold = desk.fill_in(0, pin=PIN)
        form = librarian.post("desk/new/change", {"sealed": hidden(foretold, "sealed")})

        again = desk.fill_in(None, kept=hidden(form, "kept"), no_pin="yes")

        assert "PIN – Guardian" in section(again, "What you typed")
        assert "National id – Consent" in section(again, "What you typed")
