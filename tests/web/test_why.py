"""The page that answers "why (not) this patron?" in both directions (X6)."""

from __future__ import annotations

import pytest

from registry_operators.web.visit import Visit
from tests.db.sync_bench import SyncWorld, a_record
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_national_id,
    a_patron,
    a_run_id,
)
from tests.web.test_runs import text_of


@pytest.fixture
def patron_id(world):
    """A patron whose card a pull replaced, after a push had related them."""
    patron_id, person = world.both(a_patron())
    world.rounds()
    world.registry.change(person, card=a_card_number(60), pin="2468")
    world.pull()
    return patron_id


class TestQuestion:
    @pytest.mark.parametrize("by", ["card_number", "patron_id", "national_id"])
    def test_is_answered_by_card_number_patron_id_or_national_id(
        self, operator, patron_id, by
    ) -> None:
        given = {"card_number": a_card_number(60), "patron_id": str(patron_id),
                 "national_id": a_national_id(0)}[by]  # fmt: skip

        answer = operator.post("why", {by: f" {given} "})

        assert answer.status_code == 200
        assert f"Fjordby bibliotek: patron {patron_id}" in text_of(answer)

    @pytest.mark.parametrize(
        "form",
        [{}, {"card_number": " "}, {"card_number": "N1", "patron_id": "1"},
         {"card_number": "N1", "patron_id": "1", "national_id": "2"}],
    )  # fmt: skip
    def test_names_one_patron(self, operator, form) -> None:
        answer = operator.post("why", form)

        assert answer.status_code == 400
        assert answer.text.count("Fill in one of the four fields.") == 2

    @pytest.mark.parametrize("number", ["-1", "1e5", "٣", "9" * 19, "1;--", "0x1"])
    def test_takes_no_number_that_is_none(self, operator, number) -> None:
        answer = operator.post("why", {"patron_id": number})

        assert answer.status_code == 400
        assert "has digits only" in answer.text

    def test_with_wrong_check_digits_is_told_and_not_repeated(self, operator) -> None:
        answer = operator.post("why", {"national_id": "01019012345"})

        assert answer.status_code == 400
        assert "the national id has wrong check digits" in answer.text
        assert "01019012345" not in answer.text

    def test_is_no_part_of_an_address(self, operator, patron_id) -> None:
        assert operator.get(f"why?card_number={a_card_number(60)}").text.count("patron 1") == 0
        assert 'method="post"' in operator.get("why").text

    def test_about_nobody_is_answered_too(self, operator, world) -> None:
        told = operator.post("why", {"patron_id": "4711"})

        assert told.status_code == 200
        assert "Cicero has no patron of this number" in told.text

    def test_with_a_script_is_harmless(self, operator, world) -> None:
        answer = operator.post("why", {"card_number": "<script>alert(1)</script>{{7*7}}"})

        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "49" not in text_of(answer).partition("Ask about")[0].partition("patron")[2]


class TestAnswer:
    def test_tells_both_directions_of_what_is_and_was(self, operator, patron_id) -> None:
        told = text_of(operator.post("why", {"patron_id": str(patron_id)}))

        assert "The consent is in force since" in told
        assert "To the registry" in told
        assert "From the registry" in told
        assert "Card number: changed in Cicero ✓ written" in told
        assert "Registry and Cicero" not in told

    def test_tells_times_as_the_other_pages_do(self, operator, patron_id, db) -> None:
        db.execute("update cicero.consent set given_at = '2026-03-01T23:30+00:00'")

        for language, time in (("en", "2 Mar 2026 00:30"), ("nb", "2. mars 2026 00:30")):
            answer = operator.post(
                "why", {"patron_id": str(patron_id)}, headers={"Accept-Language": language}
            )
            assert f"{time}" in answer.text

    def test_leads_to_the_runs(self, operator, world, patron_id) -> None:
        text = operator.post("why", {"patron_id": str(patron_id)}).text

        assert f'href="/patron-sync/runs/{a_run_id(world.runs)}"' in text
        assert text.count('<li class="push">') == 2
        assert text.count('<li class="pull">') == 3

    def test_shows_no_value_but_the_card_number_that_was_typed(self, operator, patron_id) -> None:
        by_card = operator.post("why", {"card_number": a_card_number(60)}).text
        by_id = operator.post("why", {"patron_id": str(patron_id)}).text

        assert a_card_number(60) in by_card
        for text in (by_card, by_id):
            for value in (a_national_id(0), a_card_number(0), "2468", "4711",
                          a_patron().surname, a_patron().first_name):  # fmt: skip
                assert value not in text
        assert a_card_number(60) not in by_id

    def test_says_why_not_with_what_there_is_to_do(self, operator, world) -> None:
        patron_id = world.cicero.add(a_patron(consent=False))
        world.push()

        told = text_of(operator.post("why", {"patron_id": str(patron_id)}))

        assert "– left out" in told
        assert "The patron has not consented NO_CONSENT . If the patron wants to be" in told
        assert "N3.1" in told

    def test_tells_of_the_same_person_elsewhere(self, operator, world, patron_id) -> None:
        world.cicero.add(a_patron(0, library=OTHER_LIBRARY))
        world.push()  # gives the new one their person key

        told = text_of(operator.post("why", {"patron_id": str(patron_id)}))

        assert "The same person has 1 more at other libraries." in told
        assert "Skogvik bibliotek: patron" in told

    def test_of_a_deleted_patron_is_there(self, operator, world, patron_id) -> None:
        world.cicero.delete(patron_id)

        told = text_of(operator.post("why", {"patron_id": str(patron_id)}))

        assert "deleted in Cicero" in told
        assert "The relation is to be removed since" in told

    def test_tells_what_was_taken_back(self, operator, world, room, patron_id) -> None:
        operator.post(f"runs/{a_run_id(world.runs)}/undo", {"card": "yes"})
        room.errands.wait()

        told = text_of(operator.post("why", {"patron_id": str(patron_id)}))

        assert "Taken back: ✓ put back" in told
        assert "The run was taken back at this library" in told

    def test_leads_a_librarian_to_the_desk(self, operator, patron_id, libraries_yaml) -> None:
        without = operator.post("why", {"patron_id": str(patron_id)}).text
        libraries_yaml(pages={"librarians": {"operator": [LIBRARY]}})
        with_desk = operator.post("why", {"patron_id": str(patron_id)}).text

        link = f'href="/patron-sync/desk/patrons/{patron_id}"'
        assert [link in text for text in (without, with_desk)] == [False, True]


class TestLibrarySystems:
    """Records that data syncs read, and profiles (D5, X6)."""

    @pytest.fixture
    def syncs(self, ledger):
        syncs = SyncWorld(ledger)
        syncs.ils.records = [a_record(1), a_record(2, category_id="STAFF")]
        syncs.run(filter="[{field: category_id, equals: UGRD}]")
        return syncs

    def test_a_record_is_told_of(self, operator, world, syncs) -> None:
        created = text_of(operator.post("why", {"record": "koha_main:1"}))
        left_out = text_of(operator.post("why", {"record": "koha_main:2"}))

        assert "Library system: koha_main:1" in created
        assert "A profile was created." in created
        assert "Fields written: birth_date , email" in created
        assert "The filter does not mean it FILTERED" in left_out
        assert "Conditions: category_id equals" in left_out

    def test_no_value_is_shown(self, operator, world, syncs) -> None:
        text = operator.post("why", {"record": "koha_main:1"}).text.partition("<main")[2]

        record = a_record(1)
        for name in ("firstname", "surname", "email", "cardnumber", "date_of_birth"):
            assert record[name] not in text

    def test_one_that_nobody_read_is_told_too(self, operator, world, syncs) -> None:
        told = operator.post("why", {"record": "koha_main:99"})

        assert "No data sync knows this record" in told.text

    @pytest.mark.parametrize("name", ["koha_main", ":", "koha_main:", "'--"])
    def test_a_name_of_another_form_is_refused(self, operator, world, syncs, name) -> None:
        answer = operator.post("why", {"record": name})

        assert (answer.status_code, "such as koha_main:17" in answer.text) == (400, True)

    def test_they_are_looked_at_for_a_patron_when_asked(self, operator, patron_id) -> None:
        answer = operator.post("why", {"patron_id": str(patron_id), "syncs": "yes"})

        assert answer.status_code == 200

    def test_the_answer_is_norwegian(self, operator, world, syncs) -> None:
        answer = operator.post("why", {"record": "koha_main:1"}, headers={"Accept-Language": "nb"})

        assert "En profil ble opprettet." in answer.text
        assert 'lang="en"' not in answer.text.partition("<main")[2]


class TestEvents:
    def test_say_who_asked_about_whom_without_what_was_typed(
        self, operator, world, db, patron_id
    ) -> None:
        for form in (
            {"patron_id": str(patron_id)}, {"card_number": a_card_number(60)},
            {"national_id": a_national_id(0)}, {"card_number": "N199999999"},
        ):  # fmt: skip
            operator.post("why", form)

        events = db.execute(
            "select actor, detail ->> 'subject', reason, person from patron_sync.audit_event"
            " where action = 'explain_patron' order by event_no"
        ).fetchall()
        assert events == [
            ("operator", f"patron {patron_id}", "BY_NUMBER", None),
            ("operator", f"patron {patron_id}", "BY_CARD", None),
            ("operator", f"patron {patron_id}", "BY_NATIONAL_ID", None),
            ("operator", "nobody", "BY_CARD", None),
        ]

    def test_are_there_before_the_answer(self, operator, db, patron_id, monkeypatch) -> None:
        monkeypatch.setattr(Visit, "render", lambda *_, **__: 1 / 0)

        assert operator.post("why", {"patron_id": str(patron_id)}).status_code == 500

        asked = "select from patron_sync.audit_event where action = 'explain_patron'"
        assert db.execute(asked).rowcount == 1

    def test_are_not_for_a_question_that_is_none(self, operator, world, db) -> None:
        operator.post("why", {})

        assert db.execute("select from patron_sync.audit_event where kind = 'act'").rowcount == 0


class TestAskingTheRegistry:
    def test_is_done_on_request_and_leaves_the_name(self, operator, world, db, patron_id) -> None:
        calls = len(world.registry.calls)
        operator.post("why", {"patron_id": str(patron_id)})
        assert len(world.registry.calls) == calls

        answer = operator.post("why", {"patron_id": str(patron_id), "ask": "yes"})

        assert "The registry was asked: it knows the person." in answer.text
        assert [call.operation for call in world.registry.calls[calls:]] == ["find"]
        events = "select actor from patron_sync.audit_event where action = 'ask'"
        assert db.execute(events).fetchall() == [("operator",)]

    def test_is_offered_where_only_the_registry_can_tell(self, operator, world) -> None:
        patron_id = world.cicero.add(a_patron())

        answer = operator.post("why", {"patron_id": str(patron_id)})

        assert 'name="ask" value="yes"' in answer.text
        assert "--ask" not in answer.text

    def test_that_is_silent_is_told(self, operator, world, patron_id) -> None:
        world.registry.away_libraries = {LIBRARY}

        answer = operator.post("why", {"patron_id": str(patron_id), "ask": "yes"})

        assert answer.status_code == 503

    @pytest.mark.parametrize("role", ["viewer", "librarian"])
    def test_is_for_operators(self, as_, world, db, patron_id, role) -> None:
        answer = as_(role).post("why", {"patron_id": str(patron_id), "ask": "yes"})

        assert answer.status_code == 403
        assert db.execute("select from patron_sync.audit_event where action = 'ask'").rowcount == 0


def test_an_answer_in_norwegian_has_no_english(operator, world, patron_id) -> None:
    answer = operator.post("why", {"patron_id": str(patron_id)}, headers={"Accept-Language": "nb"})

    assert "Samtykket gjelder siden" in answer.text
    assert 'lang="en"' not in answer.text.partition("<main")[2]
