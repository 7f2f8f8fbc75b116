"""Cards changed and blocked, patrons renamed and deleted, and what the nights make of it."""

from __future__ import annotations

import pytest

from registry_operators.desk.cards import block_card, change_card
from registry_operators.desk.desk import PatronRef
from registry_operators.desk.guardians import change_guardian, list_children
from registry_operators.desk.new_patron import Guardian
from registry_operators.desk.patron_deeds import (
    change_name,
    change_pin,
    delete_patron,
    keep_settings,
    withdraw_consent,
)
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.domain.person_name import PersonName
from registry_operators.steps.outbox import OutboxChoice, list_outbox
from tests.db.desk_bench import DeskBench, configure, desk_at
from tests.factories import LIBRARY, OTHER_LIBRARY, a_card_number, a_national_id, a_patron

OLD, NEW = a_card_number(0), a_card_number(60)


def refused(desk: DeskBench, refusal: Refusal, deed, patron: PatronRef, *how) -> None:
    before = desk.everything()
    with pytest.raises(DeskError) as caught:
        desk.do(deed, patron, *how)
    assert caught.value.refusal is refusal
    assert not [
        text for text in how if isinstance(text, str) and text and text in str(caught.value)
    ]
    assert desk.everything() == before


class TestAnotherCard:
    def test_reaches_the_registry_and_the_former_one_stays_with_the_patron(self, desk) -> None:
        patron = desk.settled()

        assert desk.do(change_card, patron, NEW) == "national"
        desk.world.push()

        assert desk.world.registry.of(0).card == NEW
        assert desk.world.cicero.cards(patron.patron_id) == {
            OLD: ("national", "replaced", "librarian"), NEW: ("national", "active", "librarian"),
        }  # fmt: skip
        refused(desk, Refusal.CARD_IN_USE, change_card, desk.create(1, pin="4719").patron, OLD)
        assert [tally.writes for tally in desk.world.rounds(1)][1] == 0

    def test_may_be_the_former_one_again(self, desk: DeskBench) -> None:
        patron = desk.settled()
        desk.do(change_card, patron, NEW)

        desk.do(change_card, patron, OLD)
        desk.world.rounds(1)

        assert desk.world.registry.of(0).card == desk.world.cicero.card(patron.patron_id) == OLD

    def test_that_is_local_stands_beside_the_national_one_and_is_not_sent(self, desk) -> None:
        patron = desk.settled()

        for number in ("17", "18"):
            assert desk.do(change_card, patron, number) == "local"
        desk.world.rounds()

        assert {number: card[:2] for number, card in
                desk.world.cicero.cards(patron.patron_id).items()} == {
            OLD: ("national", "active"), "17": ("local", "replaced"), "18": ("local", "active"),
        }  # fmt: skip
        assert desk.world.registry.mentions("17", "18") == []

    @pytest.mark.parametrize("text", ["", "N 100000001", "N" * 21, "Næ", "17\n"])
    def test_that_is_none_is_refused(self, desk: DeskBench, text: str) -> None:
        refused(desk, Refusal.INVALID_CARD_NUMBER, change_card, desk.create().patron, text)

    @pytest.mark.parametrize("library", [LIBRARY, OTHER_LIBRARY])
    def test_that_is_somebody_elses_is_refused(self, desk: DeskBench, library: str) -> None:
        desk.world.cicero.add(a_patron(1, library=library, card=NEW))

        refused(desk, Refusal.CARD_IN_USE, change_card, desk.create().patron, NEW)

    def test_at_another_library_is_refused(self, desk: DeskBench) -> None:
        elsewhere = desk.create().patron._replace(library=OTHER_LIBRARY)

        refused(desk, Refusal.PATRON_NOT_FOUND, change_card, elsewhere, NEW)


class TestABlockedCard:
    def test_is_not_sent(self, desk: DeskBench) -> None:
        patron = desk.create(card_number=OLD, pin="4719").patron
        desk.do(block_card, patron, OLD)

        desk.world.rounds()

        assert desk.world.registry.mentions(OLD) == []
        assert desk.world.registry.people == []

    def test_does_not_keep_another_from_being_sent(self, desk: DeskBench) -> None:
        patron = desk.settled()
        desk.do(block_card, patron, OLD)

        desk.do(change_card, patron, NEW)
        desk.world.rounds(1)

        assert desk.world.registry.of(0).card == NEW
        assert desk.world.cicero.cards(patron.patron_id)[OLD][1] == "blocked"

    def test_is_the_patrons_own(self, desk: DeskBench) -> None:
        patron = desk.create(card_number=OLD).patron
        desk.create(1, card_number=NEW)

        for number in (NEW, "17", ""):
            refused(desk, Refusal.CARD_NOT_FOUND, block_card, patron, number)

    def test_is_no_way_to_name_the_patron(self, desk: DeskBench) -> None:
        patron = desk.create(card_number=OLD).patron
        desk.do(block_card, patron, OLD)

        refused(desk, Refusal.CARD_NOT_FOUND, change_pin, patron, "8642", OLD)


class TestADeletedPatron:
    def test_is_removed_from_the_registry_by_and_by(self, desk: DeskBench, query) -> None:
        patron = desk.settled()
        desk.do(delete_patron, patron)
        assert query("select count(*) from cicero.patron") == [(0,)]
        desk.world.registry.away_libraries.add(LIBRARY)
        for _ in range(2):
            desk.world.push()
            (entry,) = list_outbox(desk.world.ledger, OutboxChoice())
            assert (entry.kind, entry.reason) == ("removal", "PATRON_DELETED")
        assert LIBRARY in desk.world.registry.of(0).relations

        desk.world.registry.away_libraries.clear()
        desk.world.push()

        assert desk.world.registry.of(0).relations == set()
        assert list_outbox(desk.world.ledger, OutboxChoice()) == []
        assert query("select national_id, settled_at is null from cicero.deleted_patron") == [
            (None, False)
        ]
        assert [tally.writes for tally in desk.world.rounds(1)] == [0, 0]

    def test_whom_no_push_has_seen_leaves_no_record_and_no_error(self, desk, query) -> None:
        patron = desk.create(pin="4719").patron
        desk.do(delete_patron, patron)

        tallies = desk.world.rounds()

        assert desk.world.registry.people == []
        assert desk.world.registry.writes() == []
        assert [tally.failed for tally in tallies] == [0] * 4
        assert query("select count(*) from patron_sync.pending") == [(0,)]
        assert query("select settled_at is null from cicero.deleted_patron") == [(False,)]

    @pytest.mark.parametrize("way", ["never", "withdrawn"])
    def test_without_consent_is_none_of_the_registrys_business(self, desk, way, query) -> None:
        if way == "never":
            patron = desk.create(has_consent=False, pin="4719").patron
        else:
            patron = desk.settled()
            desk.do(withdraw_consent, patron)
        asked = len(desk.world.registry.mentions(a_national_id(0), OLD))

        desk.do(delete_patron, patron)
        desk.world.rounds()

        assert len(desk.world.registry.mentions(a_national_id(0), OLD)) == asked
        assert query("select national_id from cicero.deleted_patron") == [(None,)]

    def test_who_is_created_again_keeps_the_relation(self, desk: DeskBench) -> None:
        desk.do(delete_patron, desk.settled())
        again = desk.create()
        desk.world.rounds()

        assert (again.creation.rule, again.card_number) == ("D2", OLD)
        assert desk.world.registry.of(0).relations == {LIBRARY}

    def test_is_gone_for_good(self, desk: DeskBench) -> None:
        patron = desk.create().patron
        desk.do(delete_patron, patron)

        refused(desk, Refusal.PATRON_NOT_FOUND, delete_patron, patron)

    def test_of_a_library_that_takes_no_part_makes_no_call(self, desk: DeskBench) -> None:
        patron = desk.settled()
        asked = len(desk.world.registry.calls)
        configure(desk.world, enabled=False)

        desk.do(delete_patron, patron)
        desk.world.rounds()

        assert len(desk.world.registry.calls) == asked


class TestNameSettingsAndGuardian:
    def test_a_name_is_corrected_and_the_registry_left_alone(self, desk: DeskBench, query) -> None:
        patron = desk.settled()
        writes = len(desk.world.registry.writes())

        desk.do(change_name, patron, PersonName("Dal", "Dina"))
        desk.world.rounds()

        assert query("select surname, first_name, name_origin from cicero.patron") == [
            ("Dal", "Dina", "librarian")
        ]
        assert len(desk.world.registry.writes()) == writes

    def test_a_patron_keeps_a_surname(self, desk: DeskBench) -> None:
        patron = desk.create().patron

        for name in (PersonName("", "Dina"), PersonName(" ", "")):
            refused(desk, Refusal.NAME_MISSING, change_name, patron, name)

    def test_settings_are_replaced(self, desk: DeskBench, query) -> None:
        patron = desk.create(settings={"a": 1}).patron

        desk.do(keep_settings, patron, {"b": [2]})

        assert query("select settings from cicero.patron_detail") == [({"b": [2]},)]

    def test_a_guardian_is_named_and_finds_the_child(self, desk: DeskBench) -> None:
        patron = desk.create().patron
        for index in (8, 9):
            desk.do(change_guardian, patron, Guardian(a_national_id(index), "Kari", {}))

        with desk_at(desk.world, desk.url) as here:
            assert list_children(here, LIBRARY, a_national_id(9)) == [patron]
            assert list_children(here, LIBRARY, a_national_id(8)) == []
            assert list_children(here, OTHER_LIBRARY, a_national_id(9)) == []
        refused(desk, Refusal.GUARDIAN_IS_CHILD, change_guardian, patron,
                Guardian(a_national_id(0), "Kari", {}))  # fmt: skip
        refused(desk, Refusal.INVALID_NATIONAL_ID, change_guardian, patron,
                Guardian("17", "Kari", {}))  # fmt: skip
        refused(desk, Refusal.NAME_MISSING, change_guardian, patron,
                Guardian(a_national_id(9), "", {}))  # fmt: skip
