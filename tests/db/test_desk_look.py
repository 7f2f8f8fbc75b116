"""What the desk tells of a patron who is there, who waits, and who was deleted (spec N3.7, X6)."""

from __future__ import annotations

import pytest

from registry_operators.desk.cards import change_card
from registry_operators.desk.create_patron import create_patron
from registry_operators.desk.desk import PatronRef
from registry_operators.desk.find_patron import find_by_card, find_by_national_id, find_library
from registry_operators.desk.look_at_patron import DeletionPage, PatronPage, look_at_patron
from registry_operators.desk.patron_deeds import delete_patron, withdraw_consent
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.desk.try_creation import try_creation
from registry_operators.domain.creation import Queue
from tests.db.desk_bench import LIBRARIAN, a_request, desk_at
from tests.factories import LIBRARY, OTHER_LIBRARY, a_card_number, a_national_id


@pytest.fixture
def desk(world, database_url):
    with desk_at(world, database_url) as desk:
        yield desk


def deleted(desk, patron: PatronRef) -> DeletionPage:
    page = look_at_patron(desk, patron.patron_id)
    assert isinstance(page, DeletionPage)
    return page


def waits(desk, patron: PatronRef) -> str:
    page = look_at_patron(desk, patron.patron_id)
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
            look_at_patron(desk, patron_id, library)
        assert refused.value.refusal is Refusal.PATRON_NOT_FOUND


def test_a_national_id_given_as_a_card_number_finds_nobody(desk):
    made = create_patron(desk, LIBRARIAN, a_request())

    assert find_by_card(desk, LIBRARY, made.card_number) == [made.patron]
    assert find_by_national_id(desk, LIBRARY, a_national_id()) == [made.patron]
    assert find_by_card(desk, LIBRARY, a_national_id()) == []


def test_a_number_that_has_not_the_form_of_one_is_refused_before_anything_is_written(desk, world):
    patron = create_patron(desk, LIBRARIAN, a_request()).patron
    before = world.state("cards")

    with pytest.raises(DeskError) as refused:
        change_card(desk, LIBRARIAN, patron, "N 123")

    assert refused.value.refusal is Refusal.INVALID_CARD_NUMBER
    assert world.state("cards") == before


def test_a_trial_meets_the_refusals_and_leaves_nothing(desk, world, query):
    world.registry.add(0, card=a_card_number(300))
    before = world.state()
    creation = try_creation(desk, LIBRARIAN, a_request())

    assert creation.queue is Queue.ADD_RELATION
    assert world.state() == before
    assert query("select count(*) from patron_sync.audit_event") == [(0,)]
    create_patron(desk, LIBRARIAN, a_request())
    with pytest.raises(DeskError) as refused:
        try_creation(desk, LIBRARIAN, a_request())
    assert refused.value.refusal is Refusal.PATRON_EXISTS
