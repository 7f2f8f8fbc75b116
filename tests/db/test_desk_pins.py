"""PINs changed and handed out at the desk: told once, never sent before a change (N2.5, N3.6)."""

from __future__ import annotations

import pytest

from registry_operators.desk.desk import PatronRef
from registry_operators.desk.patron_deeds import change_pin, hand_out_pin
from registry_operators.desk.refusals import DeskError, Refusal
from tests.db.desk_bench import LIBRARIAN, SELF_SERVICE, DeskBench, configure
from tests.factories import (
    DEFAULT_PIN,
    LIBRARY,
    OTHER_LIBRARY,
    a_card_number,
    a_national_id,
    a_patron,
    wire,
)

RANDOM = {"newcomers": "random"}
CALLERS = pytest.mark.parametrize(
    "caller", [LIBRARIAN, SELF_SERVICE], ids=["librarian", "patron"]
)  # fmt: skip


def state_of_pin(query, patron: PatronRef) -> tuple[bool, str]:
    ((must_change, origin),) = query(
        "select must_change, origin from cicero.pin where patron_id = %s", patron.patron_id
    )
    return must_change, origin


class TestAChange:
    @CALLERS
    def test_clears_the_flag_and_reaches_the_registry(self, desk, query, caller) -> None:
        patron = desk.create().patron
        desk.world.rounds(1)
        assert state_of_pin(query, patron) == (True, "default")
        assert desk.world.registry.pin_of(0) is None

        desk.do(change_pin, patron, "8642", caller=caller)
        desk.world.push()

        assert state_of_pin(query, patron) == (False, caller.role)
        assert desk.world.registry.pin_of(0) == "8642"
        assert desk.world.registry.mentions(wire(DEFAULT_PIN)) == []
        assert [tally.writes for tally in desk.world.rounds(1)] == [0, 0]

    def test_may_name_a_card_or_the_national_id(self, desk: DeskBench) -> None:
        patron = desk.create(card_number=a_card_number(0)).patron

        for pin, named in (("8642", a_card_number(0)), ("9753", a_national_id(0))):
            desk.do(change_pin, patron, pin, named)
            assert desk.pin(patron.patron_id) == pin

    @pytest.mark.parametrize("named", [a_card_number(1), a_national_id(1), "", "17"])
    def test_by_somebody_elses_card_is_refused(self, desk: DeskBench, named: str) -> None:
        patron = desk.create(card_number=a_card_number(0)).patron
        desk.create(1, card_number=a_card_number(1))

        self.refused(desk, Refusal.CARD_NOT_FOUND, patron, "8642", named)

    @pytest.mark.parametrize(
        ("text", "refusal"),
        [
            ("864", Refusal.INVALID_PIN),
            ("864a", Refusal.INVALID_PIN),
            ("1111", Refusal.SIMPLE_PIN),
            ("4321", Refusal.SIMPLE_PIN),
            (DEFAULT_PIN, Refusal.SIMPLE_PIN),
        ],
    )
    def test_to_a_pin_that_may_not_be_used_is_refused(self, desk, text, refusal) -> None:
        self.refused(desk, refusal, desk.create().patron, text)

    @pytest.mark.parametrize("rules", [RANDOM, {"refuse_simple": False}], ids=["drawn", "default"])
    def test_to_the_pin_that_was_handed_out_is_refused(self, desk: DeskBench, rules) -> None:
        """It has been on paper, and must not become the key at every library."""
        configure(desk.world, pin_rules=rules)
        patron = desk.create().patron
        handed_out = desk.pin(patron.patron_id)
        assert handed_out is not None
        if rules == {"refuse_simple": False}:
            configure(desk.world, pin_rules=rules, default_pin="5309")

        self.refused(desk, Refusal.SIMPLE_PIN, patron, handed_out)

        desk.do(change_pin, patron, "8642")
        desk.do(change_pin, patron, handed_out)
        assert desk.pin(patron.patron_id) == handed_out

    def test_at_another_library_is_refused(self, desk: DeskBench) -> None:
        patron = desk.create().patron

        self.refused(desk, Refusal.PATRON_NOT_FOUND, patron._replace(library=OTHER_LIBRARY), "8642")
        self.refused(desk, Refusal.UNKNOWN_LIBRARY, patron._replace(library="2999999"), "8642")

    def refused(self, desk: DeskBench, refusal: Refusal, patron: PatronRef, *how: str) -> None:
        before = desk.everything()
        with pytest.raises(DeskError) as caught:
            desk.do(change_pin, patron, *how)
        assert caught.value.refusal is refusal
        assert how[0] not in str(caught.value)
        assert desk.everything() == before


class TestHandedOut:
    @pytest.mark.parametrize("rules", [{}, RANDOM], ids=["default", "random"])
    def test_is_told_flagged_and_never_sent(self, desk: DeskBench, query, rules) -> None:
        configure(desk.world, pin_rules=rules)
        patron = desk.settled()
        sent = desk.world.registry.pin_of(0)

        told = desk.do(hand_out_pin, patron)
        desk.world.rounds()

        assert desk.pin(patron.patron_id) == told.digits
        assert (told.digits == DEFAULT_PIN) == (not rules)
        assert state_of_pin(query, patron) == (True, "default")
        assert desk.world.registry.mentions(wire(told.digits)) == []
        assert desk.world.registry.pin_of(0) == sent

    def test_is_another_one_each_time(self, desk: DeskBench) -> None:
        configure(desk.world, pin_rules=RANDOM)
        patron = desk.create().patron

        told = {desk.do(hand_out_pin, patron).digits for _ in range(12)}

        assert len(told) > 8

    def test_to_whom_has_none_and_no_national_id(self, desk: DeskBench) -> None:
        patron_id = desk.world.cicero.add(a_patron(national_id=None, pin=None))

        told = desk.do(hand_out_pin, PatronRef(LIBRARY, patron_id))

        assert desk.pin(patron_id) == told.digits == DEFAULT_PIN

    def test_to_whom_no_run_has_seen(self, desk: DeskBench, query) -> None:
        patron_id = desk.world.cicero.add(a_patron(card=None))

        desk.do(change_pin, PatronRef(LIBRARY, patron_id), "8642")
        desk.world.rounds(1)

        assert desk.world.cicero.pin(patron_id) == ("8642", False, "librarian")
        assert desk.world.registry.pin_of(0) == "8642"


class TestDrawn:
    """``pin_rules.newcomers: random`` gives each patron another PIN instead of the same one."""

    def test_is_told_once_flagged_and_differs(self, desk: DeskBench, query) -> None:
        configure(desk.world, pin_rules=RANDOM)

        made = [desk.create(index) for index in range(12)]
        desk.world.rounds()

        told = [one.pin_to_tell.digits for one in made if one.pin_to_tell]
        assert told == [desk.pin(one.patron.patron_id) for one in made]
        assert len(set(told)) > 8
        assert {state_of_pin(query, one.patron) for one in made} == {(True, "default")}
        assert desk.world.registry.mentions(*map(wire, told)) == []

    def test_is_not_told_where_it_is_the_default_or_was_given(self, desk: DeskBench) -> None:
        assert desk.create().pin_to_tell is None
        configure(desk.world, pin_rules=RANDOM)
        assert desk.create(1, pin="8642").pin_to_tell is None

    def test_is_nowhere_in_clear(self, desk: DeskBench) -> None:
        configure(desk.world, pin_rules=RANDOM)
        made = desk.create()

        assert made.pin_to_tell is not None
        assert made.pin_to_tell.digits not in repr(made) + repr(made.pin_to_tell)

    def test_by_night_is_the_one_of_the_dry_run(self, desk: DeskBench, query) -> None:
        configure(desk.world, pin_rules=RANDOM)
        patrons = [desk.world.cicero.add(a_patron(index, pin=None)) for index in range(3)]

        desk.world.push(is_dry_run=True)
        assert [desk.pin(one) for one in patrons] == [None] * 3
        desk.world.push()

        dry, live = query("select plan_id from patron_sync.run order by started_at")
        assert dry == live
        assert dry != (None,)
        drawn = [desk.pin(one) for one in patrons]
        assert len(set(drawn)) == 3
        assert DEFAULT_PIN not in drawn
        assert desk.world.registry.mentions(*(wire(pin) for pin in drawn if pin)) == []
