"""The entry to the desk: which library, and for whom to look (N3.1, X9)."""

from __future__ import annotations

import pytest

from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_library_config,
    a_national_id,
    a_patron,
)
from tests.web.desk_forms import DeskPages, number_in, told

BOTH = {"pages": {"librarians": {"librarian": [LIBRARY, OTHER_LIBRARY]}}}
EVERYWHERE = {"pages": {"librarians": {"librarian": "all"}}}
EVENTS = (
    "select action, actor, library, detail ->> 'subject', reason from patron_sync.audit_event"
    " where kind = 'act' order by event_no"
)


@pytest.fixture
def desk(librarian) -> DeskPages:
    return DeskPages(librarian)


class TestLibrary:
    def test_is_clear_where_there_is_only_one(self, librarian):
        page = librarian.get("desk")

        assert "Fjordby bibliotek" in told(page)
        assert "Stand at this desk" not in page.text

    def test_is_chosen_once_and_remembered(self, librarian, libraries_yaml):
        libraries_yaml(**BOTH)
        before = librarian.get("desk")

        chosen = librarian.post("desk/library", {"library": OTHER_LIBRARY})

        cookie = chosen.headers["set-cookie"]
        assert "Find a patron" not in before.text
        assert chosen.headers["location"] == "/patron-sync/desk"
        assert cookie.startswith(f"patron_sync_desk={OTHER_LIBRARY};")
        assert "HttpOnly" in cookie
        assert "Path=/patron-sync/" in cookie

    def test_that_was_chosen_counts_only_as_long_as_it_is_the_visitors(
        self, librarian, libraries_yaml
    ):
        libraries_yaml(**BOTH)
        librarian.token = f"{librarian.token}; patron_sync_desk={OTHER_LIBRARY}"
        there = told(librarian.get("desk"))
        libraries_yaml(pages={"librarians": {"librarian": [LIBRARY]}})

        here = told(librarian.get("desk"))

        assert "Skogvik bibliotek 2040000 Find a patron" in there
        assert "Skogvik" not in here
        assert "Fjordby bibliotek 2030000" in here

    @pytest.mark.parametrize("path", ["desk/library", "desk/find", "desk/new"])
    def test_of_somebody_else_is_refused(self, librarian, path):
        form = {"library": OTHER_LIBRARY, "by": "card", "text": "1", "surname": "Nyberg"}

        answer = librarian.post(path, form)

        assert answer.status_code == 403
        assert "You are not a librarian of this library." in answer.text

    def test_that_is_not_configured_is_nobodys(self, librarian, libraries_yaml):
        libraries_yaml(**EVERYWHERE)

        for path in ("desk/find", "desk/new"):
            answer = librarian.post(
                path,
                {"library": "9999999", "by": "card", "text": "1", "surname": "Nyberg",
                 "no_national_id": "yes"},
            )  # fmt: skip
            assert answer.status_code == 404

    def test_is_told_where_there_is_none(self, librarian, libraries_yaml, room):
        config = room.config()
        left = {code: one for code, one in config.libraries.items() if code != LIBRARY}
        room.config = lambda: config.model_copy(update={"libraries": left})

        page = librarian.get("desk")

        assert "None of the libraries beside your name" in page.text
        assert librarian.get("desk/new").headers["location"] == "/patron-sync/desk"

    def test_that_takes_no_part_says_so(self, librarian, libraries_yaml):
        libraries_yaml(libraries={LIBRARY: a_library_config(enabled=False)})

        assert "takes no part in the synchronisation now" in librarian.get("desk").text
        assert "takes no part in the synchronisation now" in librarian.get("desk/new").text


class TestFind:
    @pytest.mark.parametrize(
        ("by", "text", "reason"),
        [
            ("card", a_card_number(0), "BY_CARD"),
            ("card", f"  {a_card_number(0)} ", "BY_CARD"),
            ("national_id", a_national_id(0), "BY_NATIONAL_ID"),
            ("national_id", f"{a_national_id(0)[:6]} {a_national_id(0)[6:]}", "BY_NATIONAL_ID"),
        ],
    )
    def test_leads_to_the_patron_and_is_written_down(self, desk, cicero, db, by, text, reason):
        patron_id = cicero.add(a_patron(0))
        cicero.add(a_patron(1))
        cicero.add(a_patron(0, library=OTHER_LIBRARY))

        answer = desk.find(by, text)

        assert number_in(answer) == patron_id
        assert db.execute(EVENTS).fetchall() == [
            ("find_patron", "desk:librarian", LIBRARY, f"patron {patron_id}", reason)
        ]

    def test_by_the_number_in_cicero_leads_to_patrons_of_the_library_only(self, desk, cicero):
        mine = cicero.add(a_patron(0))
        theirs = cicero.add(a_patron(1, library=OTHER_LIBRARY))

        assert number_in(desk.find("number", str(mine))) == mine
        for text in (str(theirs), "987654"):
            answer = desk.find("number", text)
            assert answer.status_code == 404
            assert "Your libraries have no such patron." in answer.text
        for text in ("9" * 30, "four", "-1", "٣"):
            assert "nobody like that" in desk.find("number", text).text

    def test_by_a_guardian_lists_the_children_with_names_covered(self, desk, cicero, db):
        for index in (1, 2):
            desk.create(
                index, card_number=a_card_number(index), pin="4719", guardian_id=a_national_id(9),
                guardian_name="Kari Dal",
            )  # fmt: skip

        page = desk.find("guardian", a_national_id(9))

        assert page.status_code == 200
        assert told(page).count("N··· N···") == 2
        assert "Nyberg" not in page.text
        assert db.execute(EVENTS).fetchall()[-3:][0][4] == "BY_GUARDIAN"

    def test_finds_nobody_where_there_is_nobody(self, desk, db):
        page = desk.find("national_id", a_national_id(0))

        assert page.status_code == 200
        assert "The library has nobody like that." in page.text
        assert db.execute(EVENTS).fetchall() == [
            ("find_patron", "desk:librarian", LIBRARY, "nobody", "BY_NATIONAL_ID")
        ]

    @pytest.mark.parametrize(
        ("by", "text", "says"),
        [
            ("card", "  ", "Type what to look for."),
            ("national_id", "12345678901", "This is no national id"),
            ("guardian", "12345678901", "This is no national id"),
        ],
    )
    def test_says_what_is_wrong_and_forgets_what_was_typed(self, desk, db, by, text, says):
        page = desk.find(by, text)

        assert page.status_code == 400
        assert says in page.text
        assert "12345678901" not in page.text
        assert db.execute(EVENTS).fetchall() == []

    def test_takes_no_other_way_and_no_endless_text(self, desk):
        assert desk.find("surname", "Nyberg").status_code == 400
        assert desk.find("card", "1" * 41).status_code == 400
        assert desk.find("card", "1\x00").status_code == 400
