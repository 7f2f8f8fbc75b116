"""A new patron is saved as it was foretold, and once (N3.2)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_library_config,
    a_national_id,
    a_patron,
)
from tests.web.desk_forms import DeskPages, done, hidden, number_in, told

CARD, PIN = a_card_number(700), "8642"
GUARDIAN = {"guardian_id": a_national_id(9), "guardian_name": "Kari Dal"}


@pytest.fixture
def desk(librarian) -> DeskPages:
    return DeskPages(librarian)


@pytest.fixture
def count(db):
    return lambda: db.execute("select count(*) from cicero.patron").fetchone()[0]


class TestSaved:
    def test_with_consent_guardian_and_name(self, desk, db):
        patron_id = desk.create(
            0, consent="yes", pin=PIN, card_number=CARD, guardian_email="kari@example.org",
            guardian_phone="99999999", **GUARDIAN,
        )  # fmt: skip

        assert db.execute(
            "select surname, first_name, name, contact, given_by, given_through"
            " from cicero.patron join cicero.guardian using (patron_id)"
            " join cicero.consent using (patron_id) where patron_id = %s", [patron_id],
        ).fetchall() == [
            ("Nyberg", "Nora", "Kari Dal",
             {"email": "kari@example.org", "mobilePhoneNumber": "99999999"}, "librarian", "desk")
        ]  # fmt: skip
        assert db.execute(
            "select actor, reason from patron_sync.audit_event where action = 'create_patron'"
        ).fetchall() == [("desk:librarian", "A1")]

    def test_leads_to_the_patron_and_says_so(self, desk, librarian):
        saved = desk.save(desk.fill_in(0, pin=PIN))

        assert done(saved) == "created"
        page = librarian.get(saved.headers["location"].removeprefix("/patron-sync/"))
        assert "The patron is created." in told(page)

    @pytest.mark.parametrize("index", [0, None], ids=["with an id", "without"])
    def test_the_same_form_again_leads_to_the_same_patron(self, desk, count, index):
        foretold = desk.fill_in(index, pin=PIN)
        first = number_in(desk.save(foretold))

        again = desk.save(foretold)

        assert (number_in(again), done(again)) == (first, "there")
        assert count() == 1

    def test_a_double_click_creates_one(self, desk, count):
        foretold = desk.fill_in(None)

        with ThreadPoolExecutor(3) as threads:
            answers = list(threads.map(desk.save, [foretold] * 3))

        assert len({number_in(answer) for answer in answers}) == 1
        assert count() == 1

    def test_another_form_for_somebody_without_an_id_is_somebody_else(self, desk, count):
        desk.create(None)
        desk.create(None)

        assert count() == 2

    def test_what_has_changed_meanwhile_is_told_anew(self, desk, world, count):
        foretold = desk.fill_in(0, consent="yes")
        world.registry.add(0, card=a_card_number(300))

        told_anew = desk.save(foretold)

        assert told_anew.status_code == 409
        assert "Something has changed since you read this." in told(told_anew)
        assert "The registry was asked and knows the person." in told(told_anew)
        assert count() == 0
        told_anew.status_code = 200
        assert number_in(desk.save(told_anew))
        assert count() == 1

    def test_a_card_that_was_given_away_meanwhile_is_told_at_the_form(self, desk, cicero, count):
        foretold = desk.fill_in(0, card_number=CARD, pin=PIN)
        cicero.add(a_patron(1, card=CARD))

        page = desk.save(foretold)

        assert page.status_code == 400
        assert "Take another number" in told(page)
        assert count() == 1

    def test_an_old_form_a_foreign_one_and_none_are_refused(
        self, desk, librarian, room, monkeypatch, count
    ):
        foretold = desk.fill_in(0)
        sealed, now = hidden(foretold, "sealed"), room.now()
        kept = hidden(
            librarian.post("desk/new/change", {"sealed": sealed}), "kept"
        )  # nothing was foretold of it

        for text in (sealed[:-8], "", "å", kept):
            assert librarian.post("desk/new/save", {"sealed": text}).status_code in {400, 409}
        monkeypatch.setattr(room, "now", lambda: now + timedelta(minutes=31))
        late = librarian.post("desk/new/save", {"sealed": sealed})

        assert late.status_code == 409
        assert "older than half an hour" in told(late)
        assert librarian.post("desk/new/change", {"sealed": sealed}).status_code == 409
        assert count() == 0

    def test_the_form_of_a_colleague_is_refused(
        self, desk, librarian, operator, libraries_yaml, count
    ):
        foretold = desk.fill_in(0)
        libraries_yaml(pages={"librarians": {"operator": "all", "librarian": "all"}})

        answer = operator.post("desk/new/save", {"sealed": hidden(foretold, "sealed")})

        assert answer.status_code == 409
        assert count() == 0

    def test_who_is_no_librarian_any_more_saves_nothing(self, desk, libraries_yaml, count):
        foretold = desk.fill_in(0)
        libraries_yaml(pages={"librarians": {"librarian": [OTHER_LIBRARY]}})

        assert desk.save(foretold).status_code == 403
        assert count() == 0


class TestADrawnPin:
    @pytest.fixture
    def foretold(self, desk, libraries_yaml):
        block = a_library_config(pin_rules={"newcomers": "random"})
        libraries_yaml(libraries={LIBRARY: block})
        return desk.fill_in(0)

    def test_is_told_once_in_the_answer_to_the_form(self, desk, foretold, cicero):
        page = desk.save(foretold)

        ((patron_id,),) = cicero.db.execute("select patron_id from cicero.patron").fetchall()
        digits, must_change, _ = cicero.pin(patron_id)
        assert must_change
        assert f"<strong>{digits}</strong>" in page.text
        assert page.headers["cache-control"] == "no-store"
        assert f">{digits}<" not in desk.patron(patron_id).text

    def test_is_not_told_to_whoever_sends_the_form_again(self, desk, foretold, cicero):
        desk.save(foretold)

        again = desk.save(foretold)

        assert done(again) == "there"
