"""No page, address, log line or event of the desk tells who somebody is, or a PIN (X8)."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest

from tests.factories import LIBRARY, a_card_number, a_library_config, a_national_id, a_patron
from tests.web.browser import Browser
from tests.web.desk_forms import DeskPages, hidden

SYNC = "SYNC_WITH_NATIONAL_REGISTRY"
IDS = [a_national_id(0), a_national_id(1), a_national_id(9)]
WRONG_ID = "12345678901"
PINS = ["8642", "2975", "3586", "5555"]
NAMES = ["Kanarifugl", "Sangstemme", "Voksenperson"]
CARD, OTHER_CARD = a_card_number(0), a_card_number(60)


class Listener(Browser):
    """A browser that keeps each answer with the address that was asked for."""

    def __init__(self, browser: Browser) -> None:
        super().__init__(browser.http, browser.token)
        self.heard: list[tuple[str, Any]] = []

    def call(
        self, method: str, path: str, headers: dict[str, Any] | None = None, **how: Any
    ) -> Any:
        answer = Browser.call(self, method, path, headers, **how)
        self.heard.append((f"{method} {path}", answer))
        return answer


def spaced(number: str) -> re.Pattern[str]:
    """A number as people write it, with something between its digits."""
    return re.compile(r"(?<![0-9a-zA-Z])" + r"[ .\-]?".join(number) + r"(?![0-9a-zA-Z])")


SECRETS = [spaced(number) for number in (*IDS, WRONG_ID, *PINS)]


@pytest.fixture
def listener(librarian) -> Listener:
    return Listener(librarian)


@pytest.fixture
def story(listener: Listener, world, libraries_yaml) -> int:
    """All that a librarian does in a day, mistakes included, before a person is deleted."""
    libraries_yaml(libraries={LIBRARY: a_library_config(pin_rules={"newcomers": "random"})})
    desk = DeskPages(listener)
    world.cicero.add(a_patron(1))
    person = {"surname": NAMES[0], "first_name": NAMES[1], "consent": "yes"}
    guardian = {"guardian_id": IDS[2], "guardian_name": NAMES[2]}
    for mistake in (
        {"national_id": WRONG_ID}, {"pin": PINS[0], "pin_again": PINS[1]}, {"pin": PINS[3]},
        {"surname": ""}, {"national_id": IDS[1]}, {"card_number": a_card_number(1)},
    ):  # fmt: skip
        desk.fill_in(0, **{"pin": PINS[0], **person, **guardian, **mistake})
    foretold = desk.fill_in(0, pin=PINS[0], card_number=CARD, **person, **guardian)
    listener.post("desk/new/change", {"sealed": hidden(foretold, "sealed")})
    desk.save(foretold)
    desk.save(foretold)
    for by, text in (
        ("card", CARD), ("national_id", IDS[0]), ("national_id", WRONG_ID),
        ("guardian", IDS[2]), ("card", IDS[0]),
    ):  # fmt: skip
        desk.find(by, text)
    ((patron_id,),) = world.cicero.db.execute(
        "select patron_id from cicero.patron where surname = %s", [NAMES[0]]
    ).fetchall()
    live_with(desk, world, int(patron_id))
    return int(patron_id)


def live_with(desk: DeskPages, world: Any, patron_id: int) -> None:
    world.push()
    for path in ("", "/nights", "/consent", "/card", "/pin", "/name", "/guardian", "/delete"):
        desk.patron(patron_id, path)
    for path, form in (
        ("pin", {"pin": PINS[1], "pin_again": PINS[2]}),
        ("pin", {"pin": PINS[3], "pin_again": PINS[3]}),
        ("pin", {"pin": PINS[1], "pin_again": PINS[1]}),
        ("name", {"surname": "", "first_name": NAMES[1]}),
        ("guardian", {"guardian_id": WRONG_ID, "guardian_name": NAMES[2]}),
        ("guardian", {"guardian_id": IDS[0], "guardian_name": NAMES[2]}),
        ("card", {"card_number": a_card_number(1)}),
        ("card", {"card_number": OTHER_CARD}),
        ("block", {"card_number": OTHER_CARD}),
        ("block", {"card_number": IDS[0]}),
        ("block/yes", {"card_number": IDS[0]}),
        ("look-up", {}),
        ("consent/withdraw", {"use": SYNC}),
    ):
        desk.do(patron_id, path, **form)
    desk.patron(patron_id)


def test_no_answer_tells_who_somebody_is(story, listener):
    assert len(listener.heard) > 30
    with_names = set()
    for asked, answer in listener.heard:
        for secret in SECRETS:
            assert secret.search(answer.text) is None, (asked, secret.pattern)
        if any(name in answer.text for name in NAMES):
            with_names.add(asked)
        for place in (asked, *addresses(answer), *titles(answer)):
            assert not any(value in place for value in (*NAMES, CARD, OTHER_CARD, *IDS, WRONG_ID))
        assert answer.headers["cache-control"] == "no-store"

    # Who has just typed a name reads it before the patron is saved; nobody else ever does.
    assert with_names == {"POST desk/new", "POST desk/new/change"}


def addresses(answer: Any) -> list[str]:
    """Where an answer leads, and what it lets the browser keep."""
    kept = [answer.headers.get(name, "") for name in ("location", "set-cookie")]
    return kept + re.findall(r'(?:href|action|src)="([^"]*)"', answer.text)


def titles(answer: Any) -> list[str]:
    return re.findall(r"<title>(.*?)<", answer.text)


def test_no_log_line_or_event_tells_who_somebody_is(story, listener, db, caplog):
    with caplog.at_level(logging.DEBUG):
        DeskPages(listener).do(story, "unmask")
        DeskPages(listener).fill_in(0, pin=PINS[0], pin_again="x", surname=NAMES[0])
        listener.post("desk/find", {"library": LIBRARY, "by": IDS[0], "text": "x" * 99 + IDS[0]})

    lines = "\n".join(one.getMessage() for one in caplog.records if "patron_sync" in one.name)
    events = "\n".join(
        str(row) for row in db.execute("select one::text from patron_sync.audit_event as one")
    )
    assert "route=/desk/patrons/{patron_id}/unmask" in lines
    assert "unmask_patron" in events
    for text in (lines, events):
        assert not any(value in text for value in (*NAMES, CARD, OTHER_CARD, *IDS))
    assert not any(secret.search(lines) for secret in SECRETS)
