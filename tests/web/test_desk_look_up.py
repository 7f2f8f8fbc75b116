"""What the registry has of a patron, and what is left of a deleted one (N3.1, N3.7, X9)."""

from __future__ import annotations

import pytest

from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_library_config,
    a_patron,
    a_person_key,
)
from tests.web.desk_forms import DeskPages, section, told

PSEUDONYM = a_person_key(0).hex()[:10]


@pytest.fixture
def desk(librarian) -> DeskPages:
    return DeskPages(librarian)


@pytest.fixture
def acts(db):
    return lambda: db.execute(
        "select action, actor, library, detail ->> 'subject', person from patron_sync.audit_event"
        " where kind = 'act' order by event_no"
    ).fetchall()


class TestAsked:
    """The registry is asked only with consent, and nobody asks unseen (N3.1, X9)."""

    def test_says_what_the_registry_has_beside_what_is_here(self, desk, world, acts):
        patron_id = desk.create(0, consent="yes", pin="4719", card_number=a_card_number(0))
        world.registry.add(0, card=a_card_number(60), pin="2468").tells("Nyberg, Nora", "")

        said = section(desk.do(patron_id, "look-up"), "Synchronisation")

        assert "The registry knows the person." in said
        assert "Card number in the registry N·······61 That card number is different from" in said
        assert "PIN in the registry different from here" in said
        assert "Name in the registry as here" in said
        assert "2468" not in said
        assert a_card_number(60) not in said
        assert ("ask", "desk:librarian", LIBRARY, f"patron {patron_id}", PSEUDONYM) in acts()

    def test_says_where_both_have_the_same(self, desk, world):
        patron_id = desk.create(0, consent="yes", pin="4719", card_number=a_card_number(0))
        world.push()

        said = section(desk.do(patron_id, "look-up"), "Synchronisation")

        assert f"Card number in the registry {a_card_number(0)} That card number is as here" in said
        assert "PIN in the registry as here" in said

    def test_says_what_cannot_be_compared(self, desk, world):
        patron_id = desk.create(0, consent="yes", pin="4719", card_number=a_card_number(0))
        world.registry.add(0, card="", pin=None)

        said = section(desk.do(patron_id, "look-up"), "Synchronisation")

        assert "Card number in the registry – " in said
        assert "PIN in the registry there is none" in said
        assert "Name in the registry not told" in said

    @pytest.mark.parametrize(
        ("stage", "says"),
        [
            ("unknown", "The registry does not know the person."),
            ("silent", "The registry did not answer in time."),
            ("twice", "several records of the person"),
        ],
    )
    def test_says_what_came_of_it(self, desk, world, stage, says):
        patron_id = desk.create(0, consent="yes", pin="4719", card_number=a_card_number(0))
        if stage == "silent":
            world.registry.away_libraries.add(LIBRARY)
        for card in range(2 if stage == "twice" else 0):
            world.registry.add(0, card=a_card_number(card))

        assert says in section(desk.do(patron_id, "look-up"), "Synchronisation")

    @pytest.mark.parametrize(
        ("index", "changes", "says"),
        [
            (0, {}, "because there is no consent"),
            (None, {"consent": "yes"}, "because there is no valid national id"),
        ],
    )
    def test_is_not_asked_without_consent_or_id(self, desk, world, acts, index, changes, says):
        patron_id = desk.create(index, pin="4719", card_number=a_card_number(0), **changes)

        assert says in section(desk.do(patron_id, "look-up"), "Synchronisation")
        assert world.registry.calls == []
        assert "ask" not in {act[0] for act in acts()}

    def test_is_not_asked_for_a_library_that_takes_no_part(self, desk, world, libraries_yaml):
        patron_id = desk.create(0, consent="yes", pin="4719", card_number=a_card_number(0))
        libraries_yaml(libraries={LIBRARY: a_library_config(enabled=False)})

        said = section(desk.do(patron_id, "look-up"), "Synchronisation")

        assert "because the library takes no part" in said
        assert world.registry.calls == []


class TestDeleted:
    @pytest.mark.parametrize(
        ("consent", "back", "says"),
        [
            (True, False, "waits to be removed"),
            (False, False, "There was no consent"),
            (True, True, "a patron of the library again"),
        ],
    )
    def test_what_is_left_is_told(self, desk, world, acts, consent, back, says):
        given = {"consent": "yes"} if consent else {}
        patron_id = desk.create(0, pin="4719", card_number=a_card_number(0), **given)
        world.push()
        desk.do(patron_id, "delete")
        if back:
            desk.create(0, pin="4719", card_number=a_card_number(1), consent="yes")

        page = desk.patron(patron_id)

        assert says in told(page)
        assert acts()[-1][:2] == ("show_patron", "desk:librarian")

    @pytest.mark.parametrize(("consent", "says"), [(True, "is settled"), (False, "left out")])
    def test_what_came_of_it_is_told(self, desk, world, consent, says):
        given = {"consent": "yes"} if consent else {}
        patron_id = desk.create(0, pin="4719", card_number=a_card_number(0), **given)
        world.push()
        desk.do(patron_id, "delete")
        world.push()

        assert says in told(desk.patron(patron_id))

    def test_a_try_that_failed_is_told(self, desk, world):
        patron_id = desk.create(0, pin="4719", card_number=a_card_number(0), consent="yes")
        world.push()
        desk.do(patron_id, "delete")
        world.registry.away_libraries.add(LIBRARY)
        world.push()

        said = told(desk.patron(patron_id))

        assert "Last try" in said
        assert "The registry did not answer" in said

    def test_another_librarys_is_not_found(self, desk, cicero, world, acts):
        other = cicero.add(a_patron(1, library=OTHER_LIBRARY))
        world.push()
        cicero.delete(other)

        assert desk.patron(other).status_code == 404
        assert acts() == []
