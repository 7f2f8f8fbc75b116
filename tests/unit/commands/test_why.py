"""How an answer looks at a terminal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from rich.console import Console

from registry_operators.commands.why import as_page
from registry_operators.domain.explain_reasons import explain_reason
from registry_operators.domain.explain_rules import explain_rule
from registry_operators.domain.sync.explain_outcomes import explain_outcome
from registry_operators.domain.sync.record_story import RecordEpisode, RecordStory
from registry_operators.domain.undone import Undone
from registry_operators.domain.why import (
    Answer,
    Change,
    Episode,
    Fact,
    Outlook,
    PatronStory,
    Reversal,
)

CHANGE = Change(
    "pin", "registry", "update", "failed", True, explain_rule("CICERO_CHANGED"),
    explain_reason("REFUSED"),
)  # fmt: skip
EPISODE = Episode(
    UUID(int=1), "push", "2030000", datetime(2026, 3, 2, tzinfo=UTC), True, True, "failed",
    "Failed.", explain_reason("REFUSED"), (CHANGE,),
)  # fmt: skip


def page(answer: Answer) -> str:
    console = Console(width=100, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(as_page(answer))
    return captured.get()


def a_story(**changes) -> PatronStory:
    told = {
        "facts": (Fact("There is [no] consent.", "N3.1"),),
        "waiting": (Fact("Waits for the push.", "X5"),),
        "now": (Outlook("push", True, False, "failed", ("It would fail.",),
                        explain_reason("REFUSED"), (CHANGE,)),),
        "history": (EPISODE,),
    }  # fmt: skip
    return PatronStory(7, "2030000", "Fjordby", "patron", "0123456789", True, **told | changes)


def test_a_page_tells_state_outlook_and_runs_with_requirement() -> None:
    text = page(Answer(True, "1 patron record.", 1, (a_story(),)))

    for part in (
        "patron 7, pseudonym 0123456789, in Cicero", "There is [no] consent.", "[N3.1]",
        "Waits for the push.", "It would fail.", "(dry run)", "REFUSED", "[N3.6]",
        "PIN changed in the registry: failed, both sides had changed it",
    ):  # fmt: skip
        assert part in text


def test_a_page_tells_of_an_undo_and_why_a_value_was_kept() -> None:
    at = datetime(2026, 3, 3, tzinfo=UTC)
    kept = replace(CHANGE, state="confirmed", reason=None,
                   undo=Reversal("kept", at, explain_reason("TARGET_CHANGED")))  # fmt: skip
    undone = Undone(UUID(int=1), "2030000", "push", at, "kari", 3, 1, 0, 2)
    episode = replace(EPISODE, changes=(kept,), undone=undone)

    text = page(Answer(True, "1 patron record.", 1, (a_story(history=(episode,)),)))

    for part in ("by kari: 3 reversed, 1 kept, 0 failed, 2 not dealt with", "left it",
                 "TARGET_CHANGED"):  # fmt: skip
        assert part in " ".join(text.split())


def test_a_library_without_runs_says_so() -> None:
    text = page(Answer(True, "1 patron record.", 0, (a_story(now=(), waiting=(), history=()),)))

    assert "There was no run for the library yet." in text
    assert "Waiting" not in text


def test_nobody_is_one_sentence() -> None:
    assert page(Answer(False, "Never seen.", 0)).strip() == "Never seen."


def test_a_page_tells_of_data_syncs() -> None:
    episode = RecordEpisode(
        UUID(int=2), "readers", 3, datetime(2026, 3, 2, tzinfo=UTC), False, True, "left_out",
        "Left out.", explain_outcome("FILTERED"), conditions=("category_id equals",),
    )  # fmt: skip
    record = RecordStory("koha_main", "17", None, ("The record has no profile.",), (episode,))

    text = " ".join(page(Answer(True, "x", 0, (), (record,))).split())

    for part in (
        "Library systems: koha_main:17", "The record has no profile.", "readers version 3",
        "left_out Left out.", "FILTERED", "[D2.1]", "Conditions: category_id equals",
    ):  # fmt: skip
        assert part in text


def test_a_record_of_a_system_without_runs_says_so() -> None:
    record = RecordStory(None, None, 4, ("Profile 4.",))

    text = page(Answer(True, "x", 0, (), (record,)))

    assert "no record" in text
    assert "There was no run of the library system." in text


def test_json_holds_the_words_of_each_change() -> None:
    told = Answer(True, "x", 1, (a_story(),)).as_dict()

    assert told["patrons"][0]["history"][0]["changes"][0]["says"].startswith("PIN changed")
