"""Consent given and withdrawn at the desk: history, and what the nights make of it (N3.1)."""

from __future__ import annotations

import pytest

from registry_operators.desk.desk import HISTORY_CONSENT, PatronRef
from registry_operators.desk.patron_deeds import change_pin, give_consent, withdraw_consent
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.domain.reasons import Reason
from registry_operators.steps.apply_held_changes import apply_held_changes
from registry_operators.steps.decide_held_changes import approve_held, list_held
from tests.db.desk_bench import SELF_SERVICE, DeskBench
from tests.db.sql_bench import put
from tests.db.test_flow_guards import strict
from tests.factories import (
    LIBRARY,
    OTHER_LIBRARY,
    SECRETS,
    a_card_number,
    a_config,
    a_national_id,
)

HISTORY = (
    "select consent_type, given_by, given_through, withdrawn_at is not null, withdrawn_by,"
    " withdrawn_through from cicero.consent order by consent_id"
)
ACTS = (
    "select action, actor, library, reason from patron_sync.audit_event where kind = 'act'"
    " and action like '%consent' order by event_no"
)


def about(desk: DeskBench, index: int = 0) -> list[str]:
    """The calls that were about a person, by national id or any card of theirs."""
    cards = [row[0] for row in desk.world.cicero.db.execute(
        "select card_number from cicero.card join cicero.patron using (patron_id)"
        " where national_id = %s", [a_national_id(index)])]  # fmt: skip
    calls = desk.world.registry.mentions(a_national_id(index), *cards)
    return [call.operation for call in calls]


class TestGiven:
    def test_later_leads_to_a_comparison_and_to_the_national_card(self, desk: DeskBench) -> None:
        world = desk.world
        world.registry.add(0, card=a_card_number(60), pin="2468")
        patron = desk.create(has_consent=False, card_number="17", pin="4719").patron
        world.rounds()
        assert about(desk) == []

        desk.do(give_consent, patron)
        assert about(desk) == []
        world.push()
        assert about(desk)[0] == "find"
        assert LIBRARY in world.registry.of(0).relations
        world.pull()

        cards = world.cicero.cards(patron.patron_id)
        assert {number: card[:2] for number, card in cards.items()} == {
            "17": ("local", "active"), a_card_number(60): ("national", "active"),
        }  # fmt: skip
        assert world.registry.mentions("17") == []
        assert [tally.writes for tally in world.rounds(1)] == [0, 0]

    def test_later_creates_whom_the_registry_does_not_know(self, desk: DeskBench) -> None:
        patron = desk.create(has_consent=False, pin="4719").patron
        desk.world.rounds()

        desk.do(give_consent, patron)
        desk.world.push()

        person = desk.world.registry.of(0)
        assert (person.card, desk.world.registry.pin_of(0)) == ("N105000000", "4719")

    def test_twice_keeps_the_date(self, desk: DeskBench, query) -> None:
        patron = desk.create().patron
        dates = query("select given_at, given_by, given_through from cicero.consent")

        for _ in range(2):
            desk.do(give_consent, patron, caller=SELF_SERVICE)

        assert query("select given_at, given_by, given_through from cicero.consent") == dates
        assert query(ACTS) == []

    def test_for_something_else_is_none_for_this(self, desk: DeskBench) -> None:
        patron = desk.create(has_consent=False, pin="4719").patron

        desk.do(give_consent, patron, HISTORY_CONSENT)
        desk.world.rounds()

        assert about(desk) == []


class TestWithdrawn:
    def test_is_kept_with_who_when_and_by_which_door(self, desk: DeskBench, query) -> None:
        patron = desk.create().patron
        desk.do(withdraw_consent, patron, caller=SELF_SERVICE)
        desk.do(withdraw_consent, patron)
        desk.do(give_consent, patron, caller=SELF_SERVICE)
        desk.do(give_consent, patron, HISTORY_CONSENT)
        desk.do(withdraw_consent, patron)

        sync, librarian, web = (
            "SYNC_WITH_NATIONAL_REGISTRY", ("librarian", "desk"), ("patron", "cms_api"),
        )  # fmt: skip
        assert query(HISTORY) == [
            (sync, *librarian, True, *web),
            (sync, *web, True, *librarian),
            (HISTORY_CONSENT, *librarian, False, None, None),
        ]
        assert query("select from cicero.consent where withdrawn_at < given_at") == []
        assert query(ACTS) == [
            ("withdraw_consent", "cms_api:web", LIBRARY, sync),
            ("give_consent", "cms_api:web", LIBRARY, sync),
            ("give_consent", "desk:kari", LIBRARY, HISTORY_CONSENT),
            ("withdraw_consent", "desk:kari", LIBRARY, sync),
        ]

    def test_drops_at_once_what_waits(self, desk: DeskBench, query) -> None:
        patron = desk.create(pin="4719").patron
        other = desk.create(1, pin="4719").patron
        assert query("select count(*) from patron_sync.pending") == [(2,)]

        desk.do(withdraw_consent, patron)

        assert query("select patron_id from patron_sync.pending") == [(other.patron_id,)]
        asked = len(about(desk))
        desk.world.rounds()
        assert len(about(desk)) == asked

    def test_stops_both_directions(self, desk: DeskBench) -> None:
        world = desk.world
        patron = desk.settled()
        asked = len(about(desk))

        desk.do(withdraw_consent, patron, caller=SELF_SERVICE)
        desk.do(change_pin, patron, "8642")
        world.registry.change(world.registry.of(0), card=a_card_number(60), pin="2468")
        world.rounds()

        assert len(about(desk)) == asked
        assert LIBRARY in world.registry.of(0).relations
        assert world.cicero.card(patron.patron_id) == a_card_number(0)
        assert desk.pin(patron.patron_id) == "8642"

    def test_of_something_else_stops_nothing(self, desk: DeskBench, query) -> None:
        patron = desk.create(pin="4719").patron
        desk.do(give_consent, patron, HISTORY_CONSENT)

        desk.do(withdraw_consent, patron, HISTORY_CONSENT)
        desk.world.push()

        assert desk.world.registry.pin_of(0) == "4719"

    def test_again_writes_nothing(self, desk: DeskBench) -> None:
        patron = desk.create().patron
        desk.do(withdraw_consent, patron)
        before = desk.everything()

        desk.do(withdraw_consent, patron)

        assert desk.everything() == before


def test_a_pull_does_not_wait_for_ever_for_who_withdrew_during_a_push(desk, query) -> None:
    """The push leaves a comparison to the pull, which asks about nobody without consent."""
    patron = desk.settled()
    put(
        desk.world, "patron_sync.pending", flow="pull", reason="NOT_YET_COMPARED",
        **patron._asdict(),
    )  # fmt: skip
    desk.world.cicero.withdraw(patron.patron_id)
    asked = len(about(desk))

    desk.world.rounds(1)

    assert query("select from patron_sync.pending") == []
    assert len(about(desk)) == asked


class TestHeldChanges:
    """Three new PINs exceed a limit and wait for a person; one of the three withdraws."""

    @pytest.fixture
    def held(self, desk: DeskBench) -> list[PatronRef]:
        desk.world.config = a_config(strict("pin_overwrites"))
        patrons = [desk.settled(index) for index in range(3)]
        for patron in patrons:
            desk.do(change_pin, patron, f"20{patron.patron_id}7")
        assert desk.world.push()[LIBRARY].writes == 0
        return patrons

    def test_of_the_patron_are_dropped_at_once(self, desk: DeskBench, held, query) -> None:
        desk.do(withdraw_consent, held[0])

        assert query(
            "select patron_id, state, outcome_reason from patron_sync.plan"
            " where held_set_id is not null order by patron_id"
        ) == [
            (held[0].patron_id, "dropped", "CONSENT_WITHDRAWN"),
            (held[1].patron_id, "held", Reason.LIMIT_EXCEEDED),
            (held[2].patron_id, "held", Reason.LIMIT_EXCEEDED),
        ]

    def test_of_the_others_can_be_approved_as_they_are_shown(self, desk: DeskBench, held) -> None:
        world = desk.world
        desk.do(withdraw_consent, held[0])
        (shown,) = list_held(world.ledger)
        assert shown.changes == 2

        approve_held(
            world.ledger, shown.held_set_id, digest=shown.digest, decided_by="somebody",
            reason="right", four_eyes=True,
        )  # fmt: skip
        apply_held_changes(
            world.ledger, world.registry.connect, SECRETS, held_set_id=shown.held_set_id
        )

        pins = [world.registry.pin_of(index) for index in range(3)]
        assert pins == ["4719", *(f"20{one.patron_id}7" for one in held[1:])]

    def test_that_were_the_last_leave_no_set_to_decide_on(self, desk, held, query) -> None:
        for patron in held:
            desk.do(withdraw_consent, patron)

        assert list_held(desk.world.ledger) == []
        assert query("select state from patron_sync.held_set") == [("superseded",)]


@pytest.mark.parametrize("deed", [give_consent, withdraw_consent])
def test_nobody_elses_patron_is_touched(desk: DeskBench, deed) -> None:
    patron = desk.create().patron
    before = desk.everything()

    for wrong in (patron._replace(library=OTHER_LIBRARY), patron._replace(patron_id=999)):
        with pytest.raises(DeskError) as refused:
            desk.do(deed, wrong)
        assert refused.value.refusal is Refusal.PATRON_NOT_FOUND

    assert desk.everything() == before
