"""Limits in whole runs: what exceeds waits, the rest goes on, nothing is lost (spec X2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.errors import DecisionRefusedError, UnavailableError
from registry_operators.steps.apply_held_changes import apply_held_changes
from registry_operators.steps.decide_held_changes import (
    approve_held,
    expire_held,
    list_held,
    reject_held,
)
from tests.db.flow_world import World
from tests.factories import LIBRARY, SECRETS, a_config, a_library_config, a_patron

FEW = 3


def strict(*kinds: str, **guards: Any) -> dict[str, Any]:
    """Limits so low that a handful of changes exceeds them."""
    return {"limits": {kind: {"percent": 0, "at_least": 2} for kind in kinds}, **guards}


@pytest.fixture
def agreed(world: World) -> list[int]:
    """Patrons on whom both sides agree, after a full night."""
    ids = [world.both(a_patron(index))[0] for index in range(FEW + 1)]
    world.rounds(1)
    return ids


def new_pins(world: World, count: int = FEW) -> None:
    for index in range(count):
        world.registry.change(world.registry.of(index), pin=f"200{index}")


def approve(world: World, held_set_id: UUID, *, by: str = "somebody", **how: Any) -> list[str]:
    asked: dict[str, Any] = {"digest": None, "reason": "right", "four_eyes": True} | how
    approve_held(world.ledger, held_set_id, decided_by=by, **asked)
    return carry_out(world, held_set_id)


def carry_out(world: World, held_set_id: UUID) -> list[str]:
    return apply_held_changes(
        world.ledger, world.registry.connect, SECRETS, held_set_id=held_set_id
    )


def digits(world: World, ids: list[int]) -> list[str]:
    return [pin[0] for one in ids if (pin := world.cicero.pin(one))]


@pytest.fixture
def held(world: World, agreed: list[int]) -> UUID:
    """A pull that would overwrite more PINs than its limit allows."""
    world.config = a_config(strict("pin_overwrites"))
    new_pins(world)
    world.registry.change(world.registry.of(FEW), card="N100000099")
    world.pull()
    (row,) = list_held(world.ledger)
    return row.held_set_id  # type: ignore[no-any-return]


class TestHolding:
    def test_what_exceeds_waits_and_the_rest_goes_on(self, world: World, agreed: list[int]) -> None:
        world.config = a_config(strict("pin_overwrites"))
        new_pins(world)
        world.registry.change(world.registry.of(FEW), card="N100000099")

        tally = world.pull()[LIBRARY]

        assert (tally.held, tally.updated, tally.failure_code) == (FEW, 1, None)
        assert digits(world, agreed[:FEW]) == ["4711"] * FEW
        assert world.cicero.card(agreed[FEW]) == "N100000099"
        (row,) = list_held(world.ledger)
        assert (row.kind, row.changes, row.allowed, row.waiting) == ("pin_overwrites", FEW, 2, FEW)

    def test_exactly_as_many_as_allowed_go_through(self, world: World, agreed: list[int]) -> None:
        world.config = a_config(strict("pin_overwrites"))
        new_pins(world, 2)

        assert world.pull()[LIBRARY].updated == 2
        assert list_held(world.ledger) == []

    def test_a_library_has_its_own_limit(self, world: World, agreed: list[int]) -> None:
        own = a_library_config(LIBRARY, limits={"pin_overwrites": {"percent": 0, "at_least": FEW}})
        world.config = a_config(strict("pin_overwrites"), **{f"_{LIBRARY}": own})
        new_pins(world)

        assert world.pull()[LIBRARY].held == 0

    def test_an_announced_mass_change_goes_through(self, world: World, agreed: list[int]) -> None:
        announced = {
            "kind": "pin_overwrites", "per_night": FEW, "until": "2999-12-31", "why": "a test",
        }  # fmt: skip
        world.config = a_config(strict("pin_overwrites", announced=[announced]))
        new_pins(world)

        assert (world.pull()[LIBRARY].held, list_held(world.ledger)) == (0, [])

    def test_a_dry_run_says_what_it_would_hold_and_holds_nothing(
        self, world: World, agreed: list[int]
    ) -> None:
        world.config = a_config(strict("pin_overwrites"))
        new_pins(world)

        world.pull(is_dry_run=True)

        assert any("step=guard" in line and "state=held" in line for line in world.audit)
        assert list_held(world.ledger, None) == []

    def test_removals_of_deleted_patrons_wait(self, world: World, agreed: list[int]) -> None:
        world.config = a_config(strict("relation_removals"))
        for patron_id in agreed[:FEW]:
            world.cicero.delete(patron_id)

        tally = world.push()[LIBRARY]

        assert tally.held == FEW
        assert all(LIBRARY in world.registry.of(index).relations for index in range(FEW))

    def test_the_next_night_asks_about_removals_once_and_not_twice(
        self, world: World, agreed: list[int]
    ) -> None:
        world.config = a_config(strict("relation_removals"))
        for patron_id in agreed[:FEW]:
            world.cicero.delete(patron_id)
        world.push()
        world.push()

        (row,) = list_held(world.ledger)
        assert row.waiting == FEW
        assert [one.state for one in list_held(world.ledger, None)] == ["superseded", "open"]

    def test_new_patrons_wait_after_the_first_run_only(self, world: World) -> None:
        world.config = a_config(strict("creations"))
        for index in range(FEW):
            world.cicero.add(a_patron(index))
        assert world.push()[LIBRARY].created == FEW

        for index in range(FEW, 2 * FEW):
            world.cicero.add(a_patron(index))
        tally = world.push()[LIBRARY]

        assert (tally.created, tally.held) == (0, FEW)
        assert len(world.registry.people) == FEW
        (row,) = list_held(world.ledger)
        assert row.kind == "creations"

    def test_a_held_newcomer_gets_a_number_all_the_same(self, world: World) -> None:
        world.cicero.add(a_patron())
        world.push()
        world.config = a_config(strict("creations"))
        ids = [world.cicero.add(a_patron(index, card=None)) for index in range(1, FEW + 1)]

        tally = world.push()[LIBRARY]

        assert (tally.held, len(world.registry.people)) == (FEW, 1)
        numbers = [world.cicero.card(one) for one in ids]
        assert None not in numbers
        (row,) = list_held(world.ledger)
        approve(world, row.held_set_id)
        assert {one.card for one in world.registry.people} >= set(numbers)

    def test_consents_that_flip_in_masses_wait(self, world: World) -> None:
        ids = [world.cicero.add(a_patron(index, consent=False)) for index in range(FEW)]
        world.rounds(1)
        world.config = a_config(strict("consent_flips"))
        for patron_id in ids:
            world.cicero.consent(patron_id)

        tally = world.push()[LIBRARY]

        assert (tally.created, tally.held, world.registry.people) == (0, FEW, [])

    def test_withdrawn_consents_are_never_held(self, world: World, agreed: list[int]) -> None:
        kinds = ("pin_overwrites", "consent_flips", "relation_removals", "card_overwrites")
        world.config = a_config(strict(*kinds))
        new_pins(world)
        for patron_id in agreed:
            world.cicero.withdraw(patron_id)

        tally = world.pull()[LIBRARY]

        assert tally.held == 0
        assert tally.left_out == {Reason.CONSENT_WITHDRAWN: FEW}

    def test_a_source_that_shrank_stops_its_library_alone(
        self, world: World, agreed: list[int]
    ) -> None:
        world.pull(is_full=True)
        source = {"percent": 0, "at_least": 1}
        world.config = a_config({"source_shrink": source})
        for index in range(2):
            world.registry.people.remove(world.registry.of(index))
        before = world.state("watermark")

        tally = world.pull(is_full=True)[LIBRARY]

        assert tally.failure_code == "SOURCE_SHRANK"
        assert world.state("watermark") == before

    @pytest.mark.parametrize(
        ("percent", "code", "writes"), [(50, "FAILING_RECORDS", 0), (60, "FAILING_RECORDS", 1)]
    )
    def test_too_many_failing_records_stop_or_redden_a_library(
        self, world: World, agreed: list[int], percent: int, code: str, writes: int
    ) -> None:
        limits = {"warn_percent": 1, "critical_percent": 50, "stop_percent": percent,
                  "from_records": 2}  # fmt: skip
        world.config = a_config({"failing_records": limits})
        new_pins(world, 1)
        broken = world.registry.of(1)
        world.registry.change(broken)
        broken.changed_at = "2026-13-45T00:00:00"

        tally = world.pull()[LIBRARY]

        assert (tally.failure_code, tally.writes) == (code, writes)


class TestDeciding:
    def test_an_approved_set_is_carried_out_and_then_quiet(
        self, world: World, agreed: list[int], held: UUID
    ) -> None:
        approve(world, held)

        assert digits(world, agreed[:FEW]) == [f"200{index}" for index in range(FEW)]
        assert [tally.writes for tally in world.rounds(2)] == [0, 0, 0, 0]
        assert [row.state for row in list_held(world.ledger, None)] == ["applied"]

    def test_an_approved_removal_is_carried_out(self, world: World, agreed: list[int]) -> None:
        world.config = a_config(strict("relation_removals"))
        for patron_id in agreed[:FEW]:
            world.cicero.delete(patron_id)
        world.push()
        (row,) = list_held(world.ledger)

        approve(world, row.held_set_id)

        assert not any(LIBRARY in world.registry.of(index).relations for index in range(FEW))
        assert world.push()[LIBRARY].read == 0

    def test_a_rejected_removal_is_not_asked_about_again(
        self, world: World, agreed: list[int]
    ) -> None:
        world.config = a_config(strict("relation_removals"))
        for patron_id in agreed[:FEW]:
            world.cicero.delete(patron_id)
        world.push()
        (row,) = list_held(world.ledger)

        reject_held(world.ledger, row.held_set_id, decided_by="somebody", reason="a mistake")

        assert world.push()[LIBRARY].read == 0
        assert all(LIBRARY in world.registry.of(index).relations for index in range(FEW))

    def test_a_rejected_overwrite_is_not_made(
        self, world: World, agreed: list[int], held: UUID
    ) -> None:
        assert reject_held(world.ledger, held, decided_by="somebody", reason="wrong") == FEW

        assert digits(world, agreed[:FEW]) == ["4711"] * FEW
        assert list_held(world.ledger) == []

    def test_whoever_asked_may_not_approve(self, world: World, agreed: list[int]) -> None:
        world.config = a_config(strict("pin_overwrites"))
        new_pins(world)
        world.pull(asked_by="kari")
        (row,) = list_held(world.ledger)

        with pytest.raises(DecisionRefusedError, match="somebody else"):
            approve(world, row.held_set_id, by="kari")

        assert digits(world, agreed[:FEW]) == ["4711"] * FEW
        approve(world, row.held_set_id, by="ola")
        assert digits(world, agreed[:FEW]) != ["4711"] * FEW

    def test_another_digest_than_the_one_shown_is_refused(self, world: World, held: UUID) -> None:
        with pytest.raises(DecisionRefusedError, match="list it again"):
            approve_held(
                world.ledger, held, digest="0" * 64, decided_by="ola", reason="x", four_eyes=True
            )

    @pytest.mark.parametrize("decide", [approve, lambda world, one: reject_held(
        world.ledger, one, decided_by="ola", reason="x")])  # fmt: skip
    def test_a_decided_set_cannot_be_decided_again(
        self, world: World, held: UUID, decide: Callable[..., object]
    ) -> None:
        reject_held(world.ledger, held, decided_by="kari", reason="wrong")

        with pytest.raises(DecisionRefusedError, match="rejected by kari"):
            decide(world, held)

    def test_a_decision_needs_a_reason(self, world: World, held: UUID) -> None:
        with pytest.raises(DecisionRefusedError, match="needs a reason"):
            reject_held(world.ledger, held, decided_by="kari", reason=" ")

    def test_what_is_not_approved_is_not_carried_out(self, world: World, held: UUID) -> None:
        with pytest.raises(DecisionRefusedError, match="not approved"):
            carry_out(world, held)

    def test_data_that_moved_since_is_left_and_compared_again(
        self, world: World, agreed: list[int], held: UUID
    ) -> None:
        world.registry.pass_time(hours=1)
        world.registry.change(world.registry.of(0), pin="5555")

        approve(world, held)

        assert digits(world, agreed[:FEW]) == ["4711", "2001", "2002"]
        world.pull()
        assert digits(world, agreed[:FEW]) == ["5555", "2001", "2002"]

    def test_a_change_on_the_target_since_is_not_overwritten(
        self, world: World, agreed: list[int], held: UUID
    ) -> None:
        world.cicero.set_pin(agreed[0], "8642")

        approve(world, held)

        assert digits(world, agreed[:FEW]) == ["8642", "2001", "2002"]

    def test_consent_withdrawn_since_drops_the_change(
        self, world: World, agreed: list[int], held: UUID
    ) -> None:
        world.cicero.withdraw(agreed[0])

        approve(world, held)

        assert digits(world, agreed[:FEW]) == ["4711", "2001", "2002"]

    def test_a_newer_run_replaces_what_waits_and_asks_again(
        self, world: World, agreed: list[int], held: UUID
    ) -> None:
        approve_held(
            world.ledger, held, digest=None, decided_by="ola", reason="right", four_eyes=True
        )
        world.config = a_config()
        world.registry.change(world.registry.of(0), pin="5555")
        world.pull()

        with pytest.raises(DecisionRefusedError, match="replaced by a newer run"):
            carry_out(world, held)

        assert digits(world, agreed[:FEW]) == ["5555", "4711", "4711"]
        (row,) = list_held(world.ledger)
        assert (row.held_set_id, row.changes) == (held, 2)
        approve(world, held)
        assert digits(world, agreed[:FEW]) == ["5555", "2001", "2002"]

    def test_what_a_newer_run_leaves_of_an_open_set_can_still_be_approved(
        self, world: World, agreed: list[int], held: UUID
    ) -> None:
        (before,) = list_held(world.ledger)
        world.config = a_config()
        world.registry.change(world.registry.of(0), pin="5555")
        world.pull()

        (after,) = list_held(world.ledger)
        assert (after.changes, after.waiting) == (2, 2)
        with pytest.raises(DecisionRefusedError, match="changed since it was shown"):
            approve(world, held, digest=before.digest)
        approve(world, held, digest=after.digest)
        assert digits(world, agreed[:FEW]) == ["5555", "2001", "2002"]

    def test_a_set_that_was_interrupted_is_carried_on_with(
        self, world: World, agreed: list[int], held: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import registry_operators.steps.apply_held_changes as step

        def die(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(step, "_load", die)
        with pytest.raises(KeyboardInterrupt):
            approve(world, held)
        monkeypatch.undo()

        carry_out(world, held)
        assert carry_out(world, held) == []

        assert digits(world, agreed[:FEW]) == ["2000", "2001", "2002"]

    def test_an_undecided_set_expires_and_its_patrons_are_compared_again(
        self, world: World, agreed: list[int], held: UUID, query: Callable[..., Any]
    ) -> None:
        query("update patron_sync.held_set set expires_at = now() - interval '1 s'")
        with pytest.raises(DecisionRefusedError, match="time to decide is over"):
            approve(world, held)

        (row,) = expire_held(world.ledger)
        world.config = a_config()

        assert (row.held_set_id, expire_held(world.ledger)) == (held, [])
        assert world.pull()[LIBRARY].updated == FEW
        assert digits(world, agreed[:FEW]) == ["2000", "2001", "2002"]

    def test_what_was_agreed_since_is_not_forgotten_by_a_late_approval(
        self, world: World, agreed: list[int], held: UUID
    ) -> None:
        """A set is applied days after it was read: nothing else of that reading may count."""
        other = world.registry.of(FEW)
        world.config = a_config()
        world.registry.change(other, card="N100000077")
        world.pull()
        world.cicero.change_card(agreed[FEW], "N100000088")
        world.rounds(1)
        approve(world, held)

        assert [tally.writes for tally in world.rounds(2)] == [0, 0, 0, 0]
        assert other.card == world.cicero.card(agreed[FEW]) == "N100000088"

    def test_an_approval_carries_out_its_own_changes_only(
        self, world: World, agreed: list[int], held: UUID, query: Callable[..., Any]
    ) -> None:
        """What the run planned besides and never wrote is as old as the run."""
        query("update patron_sync.plan set state = 'planned', settled_at = null"
              " where field = 'card'")  # fmt: skip
        world.cicero.change_card(agreed[FEW], "N100000055")

        approve(world, held)

        assert query("select state from patron_sync.plan where field = 'card'") == [("planned",)]

    def test_what_a_failed_run_replaced_is_taken_up_by_a_later_one(
        self, world: World, agreed: list[int], held: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import registry_operators.steps.apply_to_cicero as step

        def away(*_: object) -> None:
            raise UnavailableError("the database is away")

        world.config = a_config()
        monkeypatch.setattr(step, "load_library", away)
        assert world.pull(is_full=True)[LIBRARY].failure_code == "UNAVAILABLE"
        assert list_held(world.ledger) == []
        monkeypatch.undo()

        world.pull()

        assert digits(world, agreed[:FEW]) == ["2000", "2001", "2002"]

    def test_a_removal_is_not_made_for_someone_who_came_back(
        self, world: World, agreed: list[int]
    ) -> None:
        world.config = a_config(strict("relation_removals"))
        for patron_id in agreed[:FEW]:
            world.cicero.delete(patron_id)
        world.push()
        (row,) = list_held(world.ledger)
        world.cicero.add(a_patron(0))

        approve(world, row.held_set_id)
        world.rounds(1)

        assert [LIBRARY in world.registry.of(index).relations for index in range(FEW)] == [
            True, False, False,
        ]  # fmt: skip

    def test_a_library_that_was_stopped_holds_nothing(
        self, world: World, agreed: list[int]
    ) -> None:
        world.pull(is_full=True)
        world.config = a_config(
            strict("pin_overwrites", source_shrink={"percent": 0, "at_least": 0})
        )
        new_pins(world)
        world.registry.people.remove(world.registry.of(FEW))

        assert world.pull(is_full=True)[LIBRARY].failure_code == "SOURCE_SHRANK"
        assert list_held(world.ledger, None) == []
