"""An undo is told by status and by why (X6, X7)."""

from __future__ import annotations

import json
from typing import Any

from registry_operators.domain.reasons import Reason
from registry_operators.domain.undone import at_minute
from registry_operators.steps.read_status import read_status
from tests.db.flow_world import World
from tests.db.undo_bench import undo
from tests.db.why_bench import ask, facts, last, story
from tests.factories import LIBRARY, a_card_number, a_run_id


def undone(world: World, flow: str) -> list[dict[str, Any]]:
    rows = read_status(world.ledger, world.config)
    (found,) = (row["undone"] for row in rows if (row["library"], row["flow"]) == (LIBRARY, flow))
    assert isinstance(found, list)
    return found


def test_status_tells_when_by_whom_and_how_many(world: World, pulled: int) -> None:
    world.cicero.set_pin(pulled, "9999")
    assert undone(world, "pull") == []

    undo(world)

    (told,) = undone(world, "pull")
    counts = [told[name] for name in ("reversed", "kept", "failed", "open")]
    assert (told["run_id"], counts) == (a_run_id(world.runs), [1, 1, 0, 0])
    assert told["says"] == (
        f"Undone on {at_minute(told['undone_at'])} by kari: 1 reversed, 1 kept, 0 failed."
    )
    assert undone(world, "push") == []


def test_a_dry_run_of_an_undo_is_not_told(world: World, pulled: int) -> None:
    undo(world, is_dry_run=True)

    assert undone(world, "pull") == []
    assert last(story(world, pulled), "pull").undone is None


def test_why_tells_that_values_were_put_back(world: World, pulled: int) -> None:
    undo(world)

    told = story(world, pulled)

    pull = last(told, "pull")
    assert pull.undone is not None
    assert (pull.undone.reversed, pull.undone.asked_by) == (2, "kari")
    assert [change.undo.state for change in pull.changes if change.undo] == ["reversed"] * 2
    assert all("put back by an undo on" in change.text for change in pull.changes)
    assert "may differ in the card number" in facts(told)


def test_why_tells_why_a_value_was_not_put_back(world: World, pulled: int) -> None:
    world.cicero.change_card(pulled, a_card_number(63))
    undo(world)

    (card,) = (one for one in last(story(world, pulled), "pull").changes if one.field == "card")

    assert card.undo is not None
    assert card.undo.reason is not None
    assert (card.undo.state, card.undo.reason.code) == ("kept", Reason.TARGET_CHANGED)
    assert "left it" in card.text


def test_why_tells_of_a_library_that_could_not_log_in_during_an_undo(world, pushed) -> None:
    world.registry.refused_libraries.add(LIBRARY)
    undo(world)

    changes = last(story(world, pushed), "push").changes

    reasons = [change.undo.reason for change in changes if change.undo]
    assert [reason.code for reason in reasons if reason] == ["LOGIN_REFUSED"] * 2
    assert all("an undo on" in change.text and "failed" in change.text for change in changes)


def test_why_forgets_the_difference_when_both_sides_agree_again(world: World, pulled: int) -> None:
    undo(world)
    world.registry.change(world.registry.of(0), card=a_card_number(61), pin="1357")
    world.rounds(1)

    assert "undo" not in facts(story(world, pulled))


def test_an_answer_about_an_undo_is_json_without_values(world: World, pulled: int) -> None:
    undo(world)

    text = json.dumps(ask(world, patron_id=pulled).as_dict(), default=str)

    assert "Undone on" in text
    assert not [value for value in ("4711", "2468", a_card_number(0)) if value in text]
