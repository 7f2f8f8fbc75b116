"""Each statement of ``include/sql/journal`` and ``include/sql/undo``, run twice on a few rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from registry_operators.ledger.journal_vault import JournalVault
from registry_operators.steps.keep_journal import keep_registry_values
from tests.db.flow_world import World
from tests.db.sql_bench import advance, here, run_at
from tests.factories import KEYS, LIBRARY, PADS, a_card_number, a_patron, a_person_key, a_run_id

UNDO = UUID("5b0c2d5e-0000-4000-8000-0000000000ff")
_STATES = "select field, state, reason from patron_sync.undo_change order by target, field"


def asked(**more: Any) -> dict[str, Any]:
    """The parameters that most statements of an undo take."""
    return {"undo_id": UNDO, "library": LIBRARY} | more


def begin(world: World, run_id: UUID) -> None:
    """Open an undo of everything that a run wrote."""
    fields = ["relation", "card", "pin"]
    world.ledger.run(
        "undo/open_undo", undo_id=UNDO, run_id=run_id, fields=fields, asked_by="kari", note=None
    )
    world.ledger.run(
        "undo/select_changes", undo_id=UNDO, run_id=run_id, fields=fields, libraries=[LIBRARY]
    )


def once(world: World, statement: str, expected: int = 1, **parameters: Any) -> None:
    """Run a statement twice; the second call finds nothing to do."""
    assert world.ledger.run(statement, **parameters) == expected
    assert world.ledger.run(statement, **parameters) == 0


@pytest.fixture
def changed(world: World) -> int:
    """A patron whose card and PIN are others in the registry by now."""
    patron_id, person = world.both(a_patron())
    world.rounds()
    world.registry.change(person, card=a_card_number(60), pin="2468")
    return patron_id


@pytest.fixture
def pulled(world: World, changed: int) -> UUID:
    """A pull that wrote both into Cicero, about to be undone."""
    world.pull()
    begin(world, a_run_id(world.runs))
    return a_run_id(world.runs)


@pytest.fixture
def pushed(world: World) -> UUID:
    """A push that wrote card and PIN into the registry, about to be undone."""
    patron_id, _ = world.both(a_patron())
    world.rounds()
    world.cicero.change_card(patron_id, a_card_number(60))
    world.cicero.set_pin(patron_id, "2468")
    world.push()
    begin(world, a_run_id(world.runs))
    return a_run_id(world.runs)


class TestJournal:
    def test_keep_cards_remembers_the_card_in_force(self, world, query, changed: int) -> None:
        run_id = run_at(world, "pull", "guarded")

        assert world.ledger.run("journal/keep_cards", **here(run_id), held_set_id=None) == 1
        query("update patron_sync.plan set state = 'confirmed'")
        assert world.ledger.run("journal/keep_cards", **here(run_id), held_set_id=None) == 0

        old = query("select card_number from cicero.card join patron_sync.journal"
                    " on card_id = old_card_id and field = 'card'"
                    " where journal.run_id = %s", run_id)  # fmt: skip
        assert old == [(a_card_number(0),)]

    def test_keep_pins_remembers_the_encrypted_bytes(self, world, query, changed: int) -> None:
        run_id = run_at(world, "pull", "guarded")

        assert world.ledger.run("journal/keep_pins", **here(run_id), held_set_id=None) == 1
        query("update patron_sync.plan set state = 'confirmed'")
        assert world.ledger.run("journal/keep_pins", **here(run_id), held_set_id=None) == 0

        same = query("select old_value = pin_encrypted, old_fingerprint = pin_fingerprint,"
                     " old_must_change, old_origin from patron_sync.journal"
                     " join cicero.pin using (patron_id) where run_id = %s", run_id)  # fmt: skip
        assert same == [(True, True, False, "patron")]

    def test_list_registry_values_tells_what_the_look_up_found(self, world: World, query) -> None:
        patron_id, _ = world.both(a_patron())
        world.rounds()
        world.cicero.change_card(patron_id, a_card_number(60))
        run_id = run_at(world, "push", "guarded")
        asks = here(run_id) | {"held_set_id": None, "record_nos": [1]}

        (row,) = world.ledger.rows("journal/list_registry_values", **asks)
        query("update patron_sync.plan set state = 'sent'")

        assert (row.field, row.card_number, row.is_known) == ("card", a_card_number(0), True)
        assert world.ledger.rows("journal/list_registry_values", **asks) == []

    def test_keep_registry_values_hides_a_number_from_everybody_else(self, world, query) -> None:
        patron_id, _ = world.both(a_patron())
        world.rounds()
        world.cicero.change_card(patron_id, a_card_number(60))
        run_id = run_at(world, "push", "guarded")

        for _ in range(2):
            keep_registry_values(world.ledger, KEYS, run_id, LIBRARY, [1])
            query("update patron_sync.plan set state = 'sent'")

        assert world.ledger.run(
            "journal/keep_registry_values", **here(run_id), record_nos=[], fields=[],
            patron_ids=[], person_keys=[], actions=[], are_known=[], old_values=[],
            old_fingerprints=[], new_fingerprints=[],
        ) == 0  # fmt: skip
        ((sealed,),) = query("select old_value from patron_sync.journal where run_id = %s", run_id)
        vault = JournalVault(KEYS)
        assert vault.open(a_person_key(0), "card", sealed) == a_card_number(0)
        assert vault.open(a_person_key(1), "card", sealed) is None
        assert vault.open(a_person_key(0), "pin", sealed) is None
        assert a_card_number(0).encode() not in sealed


class TestUndo:
    def test_open_undo_keeps_the_first_call(self, world: World, pulled: UUID, query) -> None:
        again = {"fields": ["pin"], "asked_by": "ola", "note": None, "run_id": pulled}

        assert world.ledger.run("undo/open_undo", undo_id=UNDO, **again) == 0

        assert query("select asked_by from patron_sync.undo") == [("kari",)]

    def test_select_changes_leaves_what_is_reversed(self, world, pulled: UUID, query) -> None:
        query("update patron_sync.undo_change set state = case field when 'pin' then 'reversed'"
              " else 'kept' end, reason = 'TARGET_CHANGED'")  # fmt: skip
        asks = {
            "held_set_id": None,
            "run_id": pulled,
            "fields": ["card", "pin"],
            "libraries": [LIBRARY],
        }

        for _ in range(2):
            assert world.ledger.run("undo/select_changes", undo_id=uuid4(), **asks) == 1
            assert query(_STATES) == [
                ("card", "planned", None), ("pin", "reversed", "TARGET_CHANGED")
            ]  # fmt: skip

    def test_judge_changes_keeps_what_has_no_consent(self, world, pulled: UUID, query) -> None:
        world.cicero.withdraw(1)

        once(world, "undo/judge_changes", 2, **asked())

        assert {row[1:] for row in query(_STATES)} == {("kept", "CONSENT_WITHDRAWN")}

    def test_lock_cards_keeps_others_from_changing_them(self, world, pulled: UUID, query) -> None:
        from psycopg.errors import QueryCanceled

        query("set statement_timeout = '200ms'")
        with world.ledger.transaction():
            for _ in range(2):
                assert len(world.ledger.rows("undo/lock_cards", **asked())) == 2
            with pytest.raises(QueryCanceled):
                world.cicero.add_card(1, "L0000001", kind="local")

    def test_judge_cards_keeps_what_changed_since(self, world, pulled: UUID, query) -> None:
        world.cicero.change_card(1, a_card_number(61))

        once(world, "undo/judge_cards", **asked(**PADS))

        assert query(_STATES)[0] == ("card", "kept", "TARGET_CHANGED")

    def test_retire_cards_of_an_undo_takes_the_new_card_out_of_force(self, world, pulled) -> None:
        once(world, "undo/retire_cards", **asked(**PADS))

        assert world.cicero.card(1) is None

    def test_activate_cards_of_an_undo_puts_the_old_card_in_force(self, world, pulled) -> None:
        world.ledger.run("undo/retire_cards", **asked(), **PADS)

        once(world, "undo/activate_cards", **asked())

        assert world.cicero.card(1) == a_card_number(0)

    def test_restore_pins_puts_the_old_pin_back(self, world, pulled: UUID, query) -> None:
        once(world, "undo/restore_pins", **asked())

        assert world.cicero.pin(1) == ("4711", False, "patron")
        assert query(_STATES)[1] == ("pin", "reversed", None)

    def test_remove_pins_removes_what_was_not_there(self, world: World, query) -> None:
        world.both(a_patron(pin=None), pin=None)
        world.push()
        begin(world, a_run_id(world.runs))

        once(world, "undo/remove_pins", **asked())

        assert world.cicero.pin(1) is None

    def test_settle_rest_settles_what_is_still_planned(self, world, pulled: UUID, query) -> None:
        rest = {"target": "cicero", "field": None, "state": "kept", "reason": "TARGET_CHANGED"}

        once(world, "undo/settle_rest", 2, **asked(), **rest)

    def test_add_differences_remembers_both_sides(self, world, pulled: UUID, query) -> None:
        with world.ledger.transaction():
            world.ledger.run("undo/restore_pins", **asked())
            for _ in range(2):
                added = world.ledger.run("undo/add_differences", **asked(), target="cicero", **PADS)
                assert added == 1

        sides = query("select registry_fingerprint = new_fingerprint,"
                      " cicero_fingerprint = old_fingerprint from patron_sync.difference"
                      " join patron_sync.journal using (person_key, field)")  # fmt: skip
        assert sides == [(True, True)]

    def test_forget_base_forgets_the_values_that_went_back(self, world, pulled, query) -> None:
        with world.ledger.transaction():
            world.ledger.run("undo/restore_pins", **asked())
            once(world, "undo/forget_base", **asked(), target="cicero")

        fields = query("select field from patron_sync.base order by field")
        assert fields == [("card",), ("relation",)]

    def test_list_records_lists_a_row_for_each_change(self, world: World, pushed: UUID) -> None:
        for _ in range(2):
            rows = world.ledger.rows("undo/list_records", **asked(), after_no=0, batch_size=5)
            assert [row.field for row in rows] == ["card", "pin"]
        last = rows[-1].record_no
        assert not world.ledger.rows("undo/list_records", **asked(), after_no=last, batch_size=5)

    def test_mark_sent_marks_once(self, world: World, pushed: UUID) -> None:
        once(world, "undo/mark_sent", 2, **asked(), record_nos=[1])

    def test_settle_changes_settles_what_was_asked_about(self, world, pushed, query) -> None:
        answers = {"record_nos": [1, 1], "fields": ["card", "pin"], "states": ["failed", "kept"],
                   "reasons": ["CARD_IN_USE", "TARGET_CHANGED"]}  # fmt: skip

        once(world, "undo/settle_changes", 2, **asked(), **answers)

        assert query(_STATES)[0] == ("card", "failed", "CARD_IN_USE")

    def test_list_settled_lists_those_of_the_transaction(self, world, pulled: UUID) -> None:
        with world.ledger.transaction():
            world.ledger.run("undo/restore_pins", **asked())
            for _ in range(2):
                (row,) = world.ledger.rows("undo/list_settled", **asked(), target="cicero")
                assert (row.field, row.state) == ("pin", "reversed")
        assert world.ledger.rows("undo/list_settled", **asked(), target="cicero") == []

    def test_count_changes_counts_all_calls(self, world: World, pulled: UUID) -> None:
        asks = {
            "held_set_id": None,
            "run_id": pulled,
            "fields": ["card", "pin"],
            "libraries": [LIBRARY],
        }

        for _ in range(2):
            rows = world.ledger.rows("undo/count_changes", **asks)
            assert [(row.field, row.state, row.changes) for row in rows] == [
                ("card", "planned", 1), ("pin", "planned", 1)
            ]  # fmt: skip

    def test_close_undo_keeps_the_first_end(self, world: World, pulled: UUID, query) -> None:
        ends = set()
        for _ in range(2):
            world.ledger.run("undo/close_undo", undo_id=UNDO)
            ends |= set(query("select finished_at from patron_sync.undo"))

        assert len(ends) == 1


class TestDifferences:
    def part(self, query, side: str) -> None:
        query(
            "insert into patron_sync.difference (library, person_key, field,"
            " registry_fingerprint, cicero_fingerprint, undo_id)"
            " select library, person_key, field, value_fingerprint, null, %s"
            " from patron_sync.plan where state = 'planned' and field = 'pin'", UNDO,
        )  # fmt: skip

    def test_drop_differences_drops_what_nobody_has_changed(self, world, query, changed) -> None:
        run_id = run_at(world, "pull", "planned")
        advance(world.ledger, run_id, "assigned")
        self.part(query, "cicero")

        once(world, "run/drop_differences", run_id=run_id)

        planned = query("select field from patron_sync.plan where run_id = %s", run_id)
        assert planned == [("card",)]

    def test_end_differences_forgets_those_with_a_base(self, world, query, changed: int) -> None:
        run_id = run_at(world, "pull", "planned")
        advance(world.ledger, run_id, "assigned")
        self.part(query, "cicero")

        once(world, "run/end_differences", run_id=run_id)

        assert query("select 1 from patron_sync.difference") == []


def test_list_undos_counts_by_run_and_library(world: World, query, pulled: UUID) -> None:
    query("update patron_sync.undo_change set state = 'reversed' where field = 'pin'")
    query("update patron_sync.undo_change set state = 'kept' where field = 'card'")

    for chosen in (None, [pulled]):
        (row,) = world.ledger.rows("undo/list_undos", run_ids=chosen)
        assert (row.run_id, row.library, row.flow, row.asked_by) == (
            pulled, LIBRARY, "pull", "kari",
        )  # fmt: skip
        assert (row.reversed, row.kept, row.failed, row.open) == (1, 1, 0, 0)
    assert world.ledger.rows("undo/list_undos", run_ids=[a_run_id(77)]) == []
