"""What could not be written: tried again, waiting for a person, or let go (spec X5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from registry_operators.domain.reasons import Reason
from registry_operators.errors import DecisionRefusedError, RefusedError
from registry_operators.steps.apply_held_changes import apply_held_changes
from registry_operators.steps.decide_held_changes import approve_held, list_held
from registry_operators.steps.outbox import (
    OutboxChoice,
    drop_outbox,
    drop_removal,
    list_outbox,
    retry_outbox,
)
from registry_operators.steps.read_status import read_status
from tests.db.flow_world import World
from tests.factories import LIBRARY, OTHER_LIBRARY, SECRETS, a_card_number, a_config, a_patron
from tests.unit.steps.fake_registry import LibrarysView

Query = Callable[..., list[tuple[Any, ...]]]
NOT_OURS = a_card_number(0, OTHER_LIBRARY)
ALL = OutboxChoice()


@pytest.fixture
def refused(world: World) -> int:
    """A new patron with a number that the registry has reserved for another library."""
    patron_id = world.cicero.add(a_patron(card=NOT_OURS))
    assert world.push()[LIBRARY].failures == {Reason.NUMBER_NOT_RESERVED: 1}
    return patron_id


def creations(world: World) -> int:
    return sum(call.operation == "create" for call in world.registry.calls)


def waiting(world: World) -> object:
    """How many patrons ``status`` says that wait for the push."""
    rows = read_status(world.ledger, world.config)
    (row,) = (one for one in rows if (one["library"], one["flow"]) == (LIBRARY, "push"))
    return row["waiting"]


def acts(query: Query) -> list[tuple[Any, ...]]:
    return query(
        "select action, actor, library, reason, detail->>'note', detail->>'entries'"
        " from patron_sync.audit_event where kind = 'act' order by event_no"
    )


class TestARefusedWrite:
    def test_waits_for_a_person_and_is_not_tried_the_next_nights(
        self, world: World, refused: int
    ) -> None:
        tallies = world.rounds(2)

        assert creations(world) == 1
        assert [tally.read for tally in tallies] == [0, 0, 0, 0]
        (entry,) = list_outbox(world.ledger, ALL)
        assert (entry.kind, entry.entry_id, entry.attempts, entry.waits) == (
            "patron", refused, 1, True,
        )  # fmt: skip
        assert (entry.reason, waiting(world)) == (Reason.NUMBER_NOT_RESERVED, 1)

    def test_is_tried_again_when_the_value_changes(self, world: World, refused: int) -> None:
        world.cicero.change_card(refused, a_card_number(0))

        assert world.push()[LIBRARY].created == 1
        assert (list_outbox(world.ledger, ALL), waiting(world)) == ([], 0)

    def test_is_tried_once_more_when_a_person_says_so(self, world: World, refused: int) -> None:
        choice = OutboxChoice(LIBRARY, Reason.NUMBER_NOT_RESERVED)
        assert retry_outbox(world.ledger, choice, actor="kari") == 1
        assert retry_outbox(world.ledger, choice, actor="kari") == 0

        world.rounds(2)

        assert creations(world) == 2
        (entry,) = list_outbox(world.ledger, ALL)
        assert (entry.attempts, entry.waits) == (2, True)

    def test_leaves_the_outbox_when_a_retry_succeeds(
        self, world: World, refused: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import tests.unit.steps.fake_registry as fake

        retry_outbox(world.ledger, OutboxChoice(patron_id=refused), actor="kari")
        monkeypatch.setattr(fake, "reserved_series", lambda _: ("N100000000", "N119999999"))

        assert world.push()[LIBRARY].created == 1
        assert (list_outbox(world.ledger, ALL), waiting(world)) == ([], 0)

    def test_leaves_the_outbox_when_consent_is_withdrawn(self, world: World, refused: int) -> None:
        world.cicero.withdraw(refused)
        world.rounds(1)

        assert (creations(world), list_outbox(world.ledger, ALL)) == (1, [])

    def test_that_is_dropped_is_not_tried_until_the_value_changes(
        self, world: World, refused: int
    ) -> None:
        assert drop_outbox(world.ledger, OutboxChoice(LIBRARY), actor="kari", reason="moved") == 1
        world.rounds(2)
        assert (creations(world), list_outbox(world.ledger, ALL), waiting(world)) == (1, [], 0)

        world.cicero.change_card(refused, a_card_number(0))
        assert world.push()[LIBRARY].created == 1

    def test_keeps_nobody_else_waiting(self, world: World, refused: int) -> None:
        world.cicero.add(a_patron(1))
        world.registry.lost_answers = 1
        world.push()

        waits = {entry.entry_id: entry.waits for entry in list_outbox(world.ledger, ALL)}
        assert waits == {refused: True, refused + 1: False}
        tally = world.push()[LIBRARY]

        assert (tally.read, tally.failed) == (1, 0)
        assert [entry.entry_id for entry in list_outbox(world.ledger, ALL)] == [refused]


class TestDropping:
    def test_everything_at_once_is_refused(self, world: World, refused: int) -> None:
        with pytest.raises(DecisionRefusedError, match="narrows it down"):
            drop_outbox(world.ledger, ALL, actor="kari", reason="all of it")

        assert len(list_outbox(world.ledger, ALL)) == 1

    @pytest.mark.parametrize("reason", ["", "  "])
    def test_needs_a_reason(self, world: World, refused: int, query: Query, reason: str) -> None:
        with pytest.raises(DecisionRefusedError, match="needs a reason"):
            drop_outbox(world.ledger, OutboxChoice(LIBRARY), actor="kari", reason=reason)
        with pytest.raises(DecisionRefusedError, match="needs a reason"):
            drop_removal(world.ledger, 1, actor="kari", reason=reason)

        assert (len(list_outbox(world.ledger, ALL)), acts(query)) == (1, [])

    def test_and_retrying_are_written_down(self, world: World, refused: int, query: Query) -> None:
        choice = OutboxChoice(LIBRARY, Reason.NUMBER_NOT_RESERVED)
        retry_outbox(world.ledger, choice, actor="kari")
        drop_outbox(world.ledger, OutboxChoice(LIBRARY), actor="ola", reason="moved away")
        drop_removal(world.ledger, 404, actor="ola", reason="stays")

        assert acts(query) == [
            ("retry", "kari", LIBRARY, Reason.NUMBER_NOT_RESERVED, None, "1"),
            ("drop", "ola", LIBRARY, None, "moved away", "1"),
            ("drop", "ola", None, None, "stays", "0"),
        ]


class TestARemoval:
    @pytest.fixture
    def deleted(self, world: World, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
        """A patron whom both sides knew is deleted, and the registry refuses to hear of it."""

        def refuses(self: LibrarysView, card_number: str) -> object:
            self._called("remove_relation", card_number)
            raise RefusedError("the fake will not")

        patron_id, _ = world.both(a_patron())
        world.rounds(1)
        world.cicero.delete(patron_id)
        monkeypatch.setattr(LibrarysView, "remove_relation", refuses)
        return monkeypatch

    def test_that_fails_is_tried_each_night_until_it_is_confirmed(
        self, world: World, deleted: pytest.MonkeyPatch
    ) -> None:
        for night in (1, 2, 3):
            assert world.push()[LIBRARY].failures == {Reason.REFUSED: 1}
            (entry,) = list_outbox(world.ledger, ALL)
            assert (entry.kind, entry.attempts, entry.waits) == ("removal", night, False)

        deleted.undo()
        assert world.push()[LIBRARY].updated == 1

        assert LIBRARY not in world.registry.of(0).relations
        assert (list_outbox(world.ledger, ALL), world.push()[LIBRARY].read) == ([], 0)

    def test_that_is_dropped_keeps_the_relation(
        self, world: World, deleted: pytest.MonkeyPatch, query: Query
    ) -> None:
        world.push()
        (entry,) = list_outbox(world.ledger, ALL)
        deleted.undo()

        for count in (1, 0):
            kept = drop_removal(world.ledger, entry.entry_id, actor="kari", reason="a mistake")
            assert kept == count

        assert world.push()[LIBRARY].read == 0
        assert LIBRARY in world.registry.of(0).relations
        assert list_outbox(world.ledger, ALL) == []
        assert query("select national_id from cicero.deleted_patron") == [(None,)]
        assert [act[0] for act in acts(query)] == ["drop", "drop"]

    def test_that_is_dropped_while_it_is_held_is_not_carried_out_by_a_late_approval(
        self, world: World
    ) -> None:
        ids = [world.both(a_patron(index))[0] for index in range(2)]
        world.rounds(1)
        for patron_id in ids:
            world.cicero.delete(patron_id)
        limit = {"relation_removals": {"percent": 0, "at_least": 1}}
        world.config = a_config({"limits": limit})
        world.push()
        (held,) = list_held(world.ledger)
        first, _ = list_outbox(world.ledger, ALL)
        drop_removal(world.ledger, first.entry_id, actor="kari", reason="a mistake")

        approve_held(
            world.ledger, held.held_set_id, digest=held.digest, decided_by="ola", reason="right",
            four_eyes=True,
        )  # fmt: skip
        apply_held_changes(
            world.ledger, world.registry.connect, SECRETS, held_set_id=held.held_set_id
        )

        assert [LIBRARY in world.registry.of(index).relations for index in range(2)] == [
            True, False,
        ]  # fmt: skip
        assert list_outbox(world.ledger, ALL) == []


def test_a_lost_answer_is_resolved_by_asking_and_never_by_a_second_creation(world: World) -> None:
    world.cicero.add(a_patron())
    world.registry.lost_answers = 1
    assert world.push()[LIBRARY].failures == {Reason.UNAVAILABLE: 1}
    (entry,) = list_outbox(world.ledger, ALL)
    assert (entry.reason, entry.waits) == (Reason.UNAVAILABLE, False)
    world.registry.calls.clear()

    world.push()

    assert next(call.operation for call in world.registry.calls) == "find"
    assert (creations(world), len(world.registry.people)) == (0, 1)
    assert (list_outbox(world.ledger, ALL), waiting(world)) == ([], 0)
    assert world.push()[LIBRARY].writes == 0


def test_the_outbox_is_narrowed_to_one_patron_and_not_to_a_removal_of_that_number(
    world: World, query: Query, refused: int
) -> None:
    world.cicero.delete(world.cicero.add(a_patron(1)))
    assert query("select deletion_id from cicero.deleted_patron") == [(refused,)]

    (entry,) = list_outbox(world.ledger, OutboxChoice(patron_id=refused))

    assert entry.kind == "patron"
