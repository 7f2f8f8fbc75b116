"""Whom the desk creates, with which numbers, and what the nights make of it (spec N2.4 to N3.5)."""

from __future__ import annotations

from datetime import date

import pytest

from registry_operators.desk.create_patron import foresee
from registry_operators.desk.new_patron import Guardian
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.domain.person_name import PersonName
from registry_operators.domain.reasons import Reason
from registry_operators.steps.outbox import OutboxChoice, list_outbox
from tests.db.desk_bench import SELF_SERVICE, DeskBench, a_request, configure
from tests.db.sql_bench import put
from tests.db.why_bench import story
from tests.factories import (
    DEFAULT_PIN,
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_national_id,
    a_patron,
    a_person_key,
    a_run_id,
)

FIRST, SECOND, FOURTH = "N105000000", "N105000001", "N105000003"


class TestCardNumbers:
    def test_numbers_in_use_are_skipped(self, desk: DeskBench) -> None:
        world = desk.world
        world.cicero.add(a_patron(1, library=OTHER_LIBRARY, card=FIRST))
        put(world, "patron_sync.retired_card_number", card_number=SECOND)
        put(
            world, "patron_sync.taken_card_number", library=LIBRARY, patron_id=4,
            card_number="N105000002", run_id=a_run_id(7),
        )  # fmt: skip

        assert desk.create().card_number == FOURTH

    def test_a_refused_creation_takes_no_number(self, desk: DeskBench) -> None:
        assert desk.create(0).card_number == FIRST
        with pytest.raises(DeskError):
            desk.create(0)

        assert desk.create(1).card_number == SECOND

    def test_the_nights_go_on_where_the_desk_stood(self, desk: DeskBench) -> None:
        desk.create(0)
        late = desk.world.cicero.add(a_patron(1, card=None))

        desk.world.rounds(1)

        assert desk.world.cicero.card(late) == SECOND
        assert desk.create(2).card_number == "N105000002"

    def test_a_longer_sequence_counts_at_once(self, desk: DeskBench) -> None:
        """The refusal says to enter another series: that must not need a run to be believed."""
        sequence = {"prefix": "N", "first": "105000000", "last": "105000000", "next": "105000000"}
        configure(desk.world, card_sequence=sequence)
        desk.create(0)
        with pytest.raises(DeskError) as refused:
            desk.create(1)
        assert refused.value.refusal is Refusal.SEQUENCE_EXHAUSTED

        configure(desk.world, card_sequence=sequence | {"last": "105000009"})

        assert desk.create(1).card_number == SECOND

    @pytest.mark.parametrize("is_seen", [True, False], ids=["seen_by_a_run", "not_yet"])
    def test_a_person_may_have_one_national_card_at_two_libraries(self, desk, is_seen) -> None:
        world = desk.world
        here = world.cicero.add(a_patron(0, library=OTHER_LIBRARY, card=a_card_number(0)))
        if is_seen:
            world.rounds(1)

        made = desk.create(0, card_number=a_card_number(0))

        assert made.card_kind == "national"
        assert world.cicero.card(here) == world.cicero.card(made.patron.patron_id)

    def test_a_local_number_may_be_in_use_at_another_library(self, desk: DeskBench) -> None:
        desk.world.cicero.add(a_patron(1, library=OTHER_LIBRARY, local_card="17"))

        made = desk.create(0, card_number="17")
        desk.world.rounds()

        assert made.card_kind == "local"
        assert desk.world.registry.mentions("17") == []


class TestWhatTheRegistryTells:
    @pytest.mark.parametrize("card", ["", "17", "n100000001", "N10000001"])
    def test_no_card_that_is_one_is_as_none(self, desk: DeskBench, card: str) -> None:
        desk.world.registry.add(0, card=card)

        made = desk.create()

        assert (made.creation.rule, made.card_number) == ("D2", FIRST)
        assert desk.pin(made.patron.patron_id) == "4711"

    def test_no_pin_is_as_none(self, desk: DeskBench) -> None:
        desk.world.registry.add(0, pin=None)

        made = desk.create()

        assert (made.card_number, made.creation.must_change_pin) == (a_card_number(0), True)
        assert desk.pin(made.patron.patron_id) == DEFAULT_PIN

    def test_name_and_date_of_birth_are_taken_where_nobody_gave_any(self, desk, query) -> None:
        desk.world.registry.add(0).tells("Nyberg, Nora Nova", "1999-01-31")
        desk.create(0, caller=SELF_SERVICE, name=None)
        desk.world.registry.add(1).tells("", "0000-00-00")
        desk.create(1, caller=SELF_SERVICE, name=None)

        assert query(
            "select surname, first_name, name_origin, born_on from cicero.patron"
            " join cicero.patron_detail using (patron_id) order by patron_id"
        ) == [
            ("Nyberg", "Nora Nova", "registry", date(1999, 1, 31)),
            ("Ukjent", "", "unknown", None),
        ]

    def test_the_librarians_name_counts_more_and_the_guardians_less(self, desk, query) -> None:
        for index in (0, 1):
            desk.world.registry.add(index).tells("Nyberg, Nora", "")
        given = {"name": PersonName("Dal", "Dina")}
        guardian = Guardian(a_national_id(9), "Kari Dal", {"email": "kari@example.org"})
        desk.create(0, **given)
        desk.create(1, caller=SELF_SERVICE, guardian=guardian, **given)
        desk.create(2, caller=SELF_SERVICE, guardian=guardian, **given)

        assert query("select surname, name_origin from cicero.patron order by patron_id") == [
            ("Dal", "librarian"), ("Nyberg", "registry"), ("Dal", "guardian"),
        ]  # fmt: skip
        assert (
            query("select name, contact from cicero.guardian")
            == [("Kari Dal", {"email": "kari@example.org"})] * 2
        )

    def test_a_decision_can_be_foreseen_and_leaves_only_that_the_registry_was_asked(
        self, desk: DeskBench, query
    ) -> None:
        desk.world.registry.add(0)
        before = desk.world.state()

        creation = desk.do(foresee, a_request(0))

        assert (creation.rule, desk.world.state()) == ("D2", before)
        assert query("select action, actor, person from patron_sync.audit_event") == [
            ("ask", "desk:kari", a_person_key().hex()[:10])
        ]


class TestARegistryThatDidNotAnswer:
    """The librarian's patron is provisional: nothing is sent before it was asked again."""

    @pytest.fixture
    def provisional(self, desk: DeskBench) -> int:
        desk.world.registry.away_libraries.add(LIBRARY)
        made = desk.create()
        assert (made.creation.queue, made.card_number) == ("LOOKUP_PENDING", FIRST)
        patron_id: int = made.patron.patron_id
        return patron_id

    def test_keeps_the_patron_waiting_another_night(self, desk, provisional: int, query) -> None:
        for attempt in range(2):
            tally = desk.world.push()[LIBRARY]

            assert tally.failure_code == Reason.UNAVAILABLE
            assert {call.operation for call in desk.world.registry.calls} == {"find"}
            waiting = "select flow, reason, attempts from patron_sync.pending"
            assert query(waiting) == [("push", "LOOKUP_PENDING", 0)], attempt
        assert desk.world.cicero.card(provisional) == FIRST

    def test_is_asked_before_anything_is_sent(self, desk, provisional: int, query) -> None:
        desk.world.push()
        desk.world.registry.away_libraries.clear()
        desk.world.registry.add(0, card=a_card_number(60), pin="4719")
        asked = len(desk.world.registry.calls)

        desk.world.push()

        operations = [call.operation for call in desk.world.registry.calls[asked:]]
        assert operations[0] == "find"
        assert "create" not in operations
        assert desk.world.registry.mentions(FIRST) == []
        assert query("select flow, reason from patron_sync.pending") == [
            ("pull", "NOT_YET_COMPARED")
        ]
        desk.world.pull()
        assert desk.world.cicero.cards(provisional) == {
            FIRST: ("national", "replaced", "sequence"),
            a_card_number(60): ("national", "active", "registry"),
        }
        assert desk.pin(provisional) == "4719"

    def test_creates_whom_it_turns_out_not_to_know(self, desk, provisional: int, query) -> None:
        desk.world.registry.away_libraries.clear()

        desk.world.push()

        assert desk.world.registry.of(0).card == FIRST
        assert desk.world.registry.pin_of(0) is None
        assert query("select flow from patron_sync.pending") == []

    def test_sends_nothing_of_a_patron_who_withdraws_meanwhile(self, desk, provisional) -> None:
        desk.world.registry.away_libraries.clear()
        desk.world.registry.calls.clear()
        desk.world.cicero.withdraw(provisional)

        desk.world.rounds()

        assert desk.world.registry.mentions(a_national_id(0)) == []

    def test_is_told_without_tries(self, desk, provisional: int) -> None:
        (entry,) = list_outbox(desk.world.ledger, OutboxChoice())
        assert (entry.reason, entry.attempts, entry.waits) == ("LOOKUP_PENDING", 0, False)

        (fact,) = story(desk.world, provisional).waiting

        assert "LOOKUP_PENDING. The registry did not answer" in fact.says
        assert fact.says.endswith("The next push takes it up.")
        assert "tried" not in fact.says


class TestALibraryThatTakesNoPart:
    def test_asks_and_tells_the_registry_nothing(self, desk: DeskBench, query) -> None:
        configure(desk.world, enabled=False)
        desk.world.registry.add(0)

        made = desk.create()
        desk.world.rounds()

        assert (made.creation.rule, made.card_number) == ("N0", FIRST)
        assert desk.world.registry.calls == []
        assert query("select count(*) from cicero.consent") == [(1,)]

    def test_catches_up_when_it_does(self, desk: DeskBench) -> None:
        configure(desk.world, enabled=False)
        made = desk.create(card_number=a_card_number(0), pin="4719")
        desk.world.rounds(1)
        configure(desk.world)

        desk.world.rounds(1)

        assert desk.world.registry.of(0).card == made.card_number
        assert desk.world.registry.pin_of(0) == "4719"


class TestAPatronWithoutANationalId:
    def test_is_as_one_without_consent(self, desk: DeskBench) -> None:
        made = desk.create(national_id=None, pin="4719")
        desk.world.rounds()

        assert (made.creation.rule, made.creation.queue) == ("N0", "NONE")
        assert [call.operation for call in desk.world.registry.calls] == ["changes_since"] * 4
        assert desk.pin(made.patron.patron_id) == "4719"

    def test_keeps_the_pin_when_the_number_is_entered_later(self, desk: DeskBench, query) -> None:
        made = desk.create(national_id=None, pin="4719", card_number=a_card_number(0))
        query(
            "update cicero.patron set national_id = %s where patron_id = %s",
            a_national_id(0), made.patron.patron_id,
        )  # fmt: skip
        assert desk.pin(made.patron.patron_id) == "4719"

        desk.world.rounds(1)

        assert desk.world.cicero.pin(made.patron.patron_id) == ("4719", False, "librarian")
        assert desk.world.registry.pin_of(0) == "4719"
