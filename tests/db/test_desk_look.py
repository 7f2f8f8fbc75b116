"""What the desk tells of a patron who is there, who waits, and who was deleted (spec N3.7, X6)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from registry_operators.desk.cards import change_card
from registry_operators.desk.create_patron import create_patron
from registry_operators.desk.desk import PatronRef
from registry_operators.desk.find_patron import (
    find_by_card,
    find_by_guardian,
    find_by_national_id,
    find_created,
    find_library,
)
from registry_operators.desk.look_at_patron import DeletionPage, PatronPage, look_at_patron
from registry_operators.desk.new_patron import Guardian
from registry_operators.desk.patron_deeds import delete_patron, withdraw_consent
from registry_operators.desk.patron_record import list_consents
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.desk.try_creation import try_creation
from registry_operators.domain.creation import Queue
from tests.db.conftest import Query
from tests.db.desk_bench import LIBRARIAN, a_request, desk_at
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_national_id,
    a_person_key,
)

PSEUDONYM = a_person_key().hex()[:10]


def events(query: Query) -> list[tuple[Any, ...]]:
    """Who did what to whom, in order."""
    return query(
        "select action, actor, detail ->> 'subject', reason, person from patron_sync.audit_event"
        " where kind = 'act' and action <> 'create_patron' order by event_no"
    )


@pytest.fixture
def desk(world, database_url):
    with desk_at(world, database_url) as desk:
        yield desk


def deleted(desk, patron: PatronRef) -> DeletionPage:
    page = look_at_patron(desk, LIBRARIAN, patron.patron_id)
    assert isinstance(page, DeletionPage)
    return page


def waits(desk, patron: PatronRef) -> str:
    page = look_at_patron(desk, LIBRARIAN, patron.patron_id)
    assert isinstance(page, PatronPage)
    return " ".join(fact.says for fact in page.waiting)


def test_a_patron_of_a_silent_registry_waits_to_be_looked_up(desk, world):
    world.registry.away_libraries.add(LIBRARY)
    patron = create_patron(desk, LIBRARIAN, a_request()).patron
    told = waits(desk, patron)

    assert "LOOKUP_PENDING. The registry did not answer" in told
    assert "tried" not in told
    world.registry.away_libraries.clear()
    world.push()
    assert "LOOKUP_PENDING" not in waits(desk, patron)


def test_a_removal_is_open_until_the_registry_confirms_it(desk, world):
    patron = create_patron(desk, LIBRARIAN, a_request()).patron
    world.push()
    delete_patron(desk, LIBRARIAN, patron)

    assert deleted(desk, patron).state == "open"
    world.registry.away_libraries.add(LIBRARY)
    world.push()
    tried = deleted(desk, patron)
    assert (tried.state, tried.last_try is None) == ("open", False)
    world.registry.away_libraries.clear()
    world.push()
    assert deleted(desk, patron).state == "settled"


def test_a_removal_without_consent_is_left_out(desk, world):
    patron = create_patron(desk, LIBRARIAN, a_request()).patron
    world.push()
    withdraw_consent(desk, LIBRARIAN, patron)
    delete_patron(desk, LIBRARIAN, patron)

    assert deleted(desk, patron).state == "needless"
    world.push()
    assert "without consent" in deleted(desk, patron).says
    assert world.registry.people[0].relations


def test_the_relation_of_somebody_who_came_back_is_kept(desk, world):
    patron = create_patron(desk, LIBRARIAN, a_request()).patron
    world.push()
    delete_patron(desk, LIBRARIAN, patron)
    create_patron(desk, LIBRARIAN, a_request())

    assert "again" in deleted(desk, patron).says


def test_a_patron_is_found_by_the_number_alone_and_not_under_another_library(desk):
    patron = create_patron(desk, LIBRARIAN, a_request()).patron

    assert find_library(desk, patron.patron_id) == patron
    for library, patron_id in ((OTHER_LIBRARY, patron.patron_id), (None, 4711)):
        with pytest.raises(DeskError) as refused:
            look_at_patron(desk, LIBRARIAN, patron_id, library)
        assert refused.value.refusal is Refusal.PATRON_NOT_FOUND


def test_a_national_id_given_as_a_card_number_finds_nobody(desk):
    made = create_patron(desk, LIBRARIAN, a_request())

    assert find_by_card(desk, LIBRARIAN, LIBRARY, made.card_number) == [made.patron]
    assert find_by_national_id(desk, LIBRARIAN, LIBRARY, a_national_id()) == [made.patron]
    assert find_by_card(desk, LIBRARIAN, LIBRARY, a_national_id()) == []


def test_a_number_that_has_not_the_form_of_one_is_refused_before_anything_is_written(desk, world):
    patron = create_patron(desk, LIBRARIAN, a_request()).patron
    before = world.state("cards")

    with pytest.raises(DeskError) as refused:
        change_card(desk, LIBRARIAN, patron, "N 123")

    assert refused.value.refusal is Refusal.INVALID_CARD_NUMBER
    assert world.state("cards") == before


def test_a_trial_meets_the_refusals_and_leaves_only_that_the_registry_was_asked(desk, world, query):
    world.registry.add(0, card=a_card_number(300))
    before = world.state()
    creation = try_creation(desk, LIBRARIAN, a_request())

    assert creation.queue is Queue.ADD_RELATION
    assert world.state() == before
    assert events(query) == [("ask", "desk:kari", None, None, PSEUDONYM)]
    try_creation(desk, LIBRARIAN, a_request(card_number=a_card_number(301), pin="4719"))
    assert len(events(query)) == 1
    create_patron(desk, LIBRARIAN, a_request())
    with pytest.raises(DeskError) as refused:
        try_creation(desk, LIBRARIAN, a_request())
    assert refused.value.refusal is Refusal.PATRON_EXISTS


class TestWhoLookedAtWhom:
    """Nobody looks at a person unseen (X9)."""

    def test_a_look_is_an_event(self, desk, query):
        patron = create_patron(desk, LIBRARIAN, a_request()).patron

        look_at_patron(desk, LIBRARIAN, patron.patron_id)
        list_consents(desk, LIBRARIAN, patron)

        told = ("show_patron", "desk:kari", f"patron {patron.patron_id}", None, PSEUDONYM)
        assert events(query) == [told, told]

    def test_a_look_at_a_deleted_patron_too(self, desk, query):
        patron = create_patron(desk, LIBRARIAN, a_request()).patron
        delete_patron(desk, LIBRARIAN, patron)

        look_at_patron(desk, LIBRARIAN, patron.patron_id)

        assert events(query)[-1][:3] == ("show_patron", "desk:kari", f"patron {patron.patron_id}")

    def test_whoever_is_looked_for_stands_there_found_or_not(self, desk, query):
        guardian = Guardian(a_national_id(9), "Kari Dal", {})
        made = create_patron(desk, LIBRARIAN, a_request(guardian=guardian))
        number, parent = made.patron.patron_id, a_person_key(9).hex()[:10]
        assert find_by_guardian(desk, LIBRARIAN, LIBRARY, a_national_id(9)) == [made.patron]
        find_by_national_id(desk, LIBRARIAN, LIBRARY, a_national_id())
        find_by_national_id(desk, LIBRARIAN, OTHER_LIBRARY, a_national_id())
        find_by_card(desk, LIBRARIAN, LIBRARY, made.card_number)
        find_by_card(desk, LIBRARIAN, LIBRARY, "nobody's")

        assert events(query) == [
            ("find_patron", "desk:kari", subject, reason, person)
            for subject, reason, person in (
                (f"patron {number}", "BY_GUARDIAN", parent),
                (f"patron {number}", "BY_NATIONAL_ID", PSEUDONYM),
                ("nobody", "BY_NATIONAL_ID", PSEUDONYM),
                (f"patron {number}", "BY_CARD", None),
                ("nobody", "BY_CARD", None),
            )
        ]

    def test_what_is_wrong_is_no_search(self, desk, query):
        for library, typed in ((LIBRARY, "12345678901"), ("9999999", a_national_id())):
            for find in (find_by_national_id, find_by_guardian):
                with pytest.raises(DeskError):
                    find(desk, LIBRARIAN, library, typed)

        assert events(query) == []


class TestARequestThatComesTwice:
    """A form that is sent again creates nobody (N3.2)."""

    TICKET = "ab" * 32

    @pytest.mark.parametrize("national_id", [a_national_id(), None], ids=["known", "nameless"])
    def test_creates_one_patron_who_is_found_again(self, desk, query, national_id):
        request = a_request(national_id=national_id, ticket=self.TICKET, pin="4719")
        made = create_patron(desk, LIBRARIAN, request)

        with pytest.raises(DeskError) as refused:
            create_patron(desk, LIBRARIAN, request)

        assert refused.value.refusal is Refusal.PATRON_EXISTS
        assert find_created(desk, LIBRARIAN, request) == made.patron
        assert query("select count(*) from cicero.patron") == [(1,)]

    def test_at_the_same_moment_creates_one_patron(self, desk, query):
        request = a_request(national_id=None, ticket=self.TICKET, card_number=None)

        def create(_):
            try:
                return create_patron(desk, LIBRARIAN, request).patron
            except DeskError as error:
                return error.refusal

        with ThreadPoolExecutor(4) as threads:
            outcomes = list(threads.map(create, range(4)))

        assert outcomes.count(Refusal.PATRON_EXISTS) == 3
        assert query("select count(*) from cicero.patron") == [(1,)]

    def test_another_request_for_somebody_without_a_national_id_is_another_patron(self, desk):
        first, second = (
            a_request(national_id=None, ticket=ticket) for ticket in (self.TICKET, "cd" * 32)
        )
        create_patron(desk, LIBRARIAN, first)

        assert find_created(desk, LIBRARIAN, second) is None
        assert create_patron(desk, LIBRARIAN, second).patron
        assert find_created(desk, LIBRARIAN, a_request(national_id=None)) is None


class TestWhatWasForetold:
    def test_is_done_where_nothing_has_changed(self, desk, world):
        world.registry.add(0, card=a_card_number(300))
        agreed = try_creation(desk, LIBRARIAN, a_request())

        assert create_patron(desk, LIBRARIAN, a_request(), agreed=agreed).creation == agreed

    def test_is_not_done_where_the_registry_says_something_else_now(self, desk, world):
        agreed = try_creation(desk, LIBRARIAN, a_request())
        world.registry.add(0, card=a_card_number(300))
        before = world.state()

        with pytest.raises(DeskError) as refused:
            create_patron(desk, LIBRARIAN, a_request(), agreed=agreed)

        assert refused.value.refusal is Refusal.FORETOLD_OTHERWISE
        assert world.state() == before


def test_a_card_may_be_the_next_of_the_sequence(desk, world):
    patron = create_patron(desk, LIBRARIAN, a_request(card_number=a_card_number(1))).patron

    assert change_card(desk, LIBRARIAN, patron, None) == "national"

    assert {card[1:] for card in world.cicero.cards(patron.patron_id).values()} == {
        ("replaced", "librarian"), ("active", "sequence")
    }  # fmt: skip
