"""How a patron at the desk looks at a terminal."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from rich.console import Console, Group

from registry_operators.commands.patron_page import (
    created_dict,
    created_lines,
    deletion_page,
    page_dict,
    patron_page,
)
from registry_operators.desk.create_patron import CreatedPatron
from registry_operators.desk.desk import PatronRef
from registry_operators.desk.look_at_patron import DeletionPage, PatronPage
from registry_operators.desk.patron_record import PinSeen
from registry_operators.domain.creation import Actor, CreationCase, decide_creation
from registry_operators.domain.explain_reasons import explain_reason
from registry_operators.domain.explain_rules import explain_rule
from registry_operators.domain.person_name import PersonName
from registry_operators.domain.pin import Pin
from registry_operators.domain.why import Change, Episode, Fact, Outlook

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PATRON = PatronRef("2030000", 7)
CHANGE = Change("relation", "registry", "remove", "planned", False,
                explain_rule("PATRON_DELETED"), None)  # fmt: skip
OUTLOOK = Outlook("push", True, False, "failed", ("It would fail.",), explain_reason("REFUSED"),
                  (CHANGE,))  # fmt: skip
PAGE = PatronPage(
    PATRON, PersonName("[Nyberg]", "Nora"), "guardian", "self_service", AT, True, "Kari Vik",
    (), (), None, "LOST", date(2026, 3, 1), (Fact("Waits.", "X5"),), None,
)  # fmt: skip
FAILED = Episode(UUID(int=1), "push", "2030000", AT, False, True, "failed", "Failed.",
                 explain_reason("UNAVAILABLE"))  # fmt: skip
GONE = DeletionPage(PATRON, AT, True, None, "open", "It waits.", FAILED, OUTLOOK)


def text(page: Group) -> str:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(page)
    return " ".join(captured.get().split())


def test_a_patron_is_told_with_what_is_missing() -> None:
    told = text(patron_page(PAGE, "Fjordby"))

    for part in (
        "Patron 7, library 2030000 Fjordby: Nora [Nyberg]", "by: self-service; name from: guardian",
        "Guardian: Kari Vik", "Blocked since 2026-03-01: LOST", "There is no PIN.",
        "There is none, and never was.", "Waits. [X5]", "Nothing: the library takes no part.",
    ):  # fmt: skip
        assert part in told


@pytest.mark.parametrize(
    ("must_change", "says"), [(True, "Handed out on"), (False, "In force since")]
)
def test_of_a_pin_only_its_state_is_told(must_change: bool, says: str) -> None:
    assert says in text(patron_page(replace(PAGE, pin=PinSeen(must_change, AT)), None))


def test_an_open_removal_is_told_with_the_last_try_and_the_next() -> None:
    told = text(deletion_page(GONE))

    for part in ("It waits. [N3.7]", "Failed.", "UNAVAILABLE:", "It would fail.", "REFUSED:",
                 "relation removed in the registry"):  # fmt: skip
        assert part in told
    settled = text(deletion_page(replace(GONE, state="settled", last_try=None, next_push=None)))
    assert "next push" not in settled


def test_json_names_the_patron_and_holds_the_words_of_a_change() -> None:
    told = page_dict(GONE)

    assert (told["library"], told["patron_id"]) == PATRON
    assert told["next_push"]["changes"][0]["says"].startswith("relation removed")
    assert page_dict(PAGE)["surname"] == "[Nyberg]"
    json.dumps(told, default=str)


@pytest.mark.parametrize("pin", [Pin("2580"), None], ids=["drawn", "default"])
def test_a_drawn_pin_stands_under_a_key_that_says_so(pin: Pin | None) -> None:
    case = CreationCase(Actor.LIBRARIAN, False, False, False, True, True)
    made = CreatedPatron(PATRON, decide_creation(case), "N105000000", "national", pin)

    assert created_dict(made).get("drawn_pin_told_once") == (pin.digits if pin else None)
    assert ("The PIN is 2580. Tell it now" in text(created_lines(made))) == (pin is not None)
    assert "must be changed" in text(created_lines(made))
