"""Somebody at a browser: goes to pages, reads, fills in, presses; and notes what went wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import ConsoleMessage, FrameLocator, Locator, Page, Response

from registry_operators.web.language import translations
from tests.browser.look import Look
from tests.browser.stage import Stage

PAGES = "/patron-sync/"
_PLUGIN = "/plugin/patron-sync"
_FRAME = "main iframe, iframe"
_LEFT = ("htmx:afterRequest", "htmx:sendAbort")
"""What htmx notes as an error when somebody leaves a page before a part of it has come."""


@dataclass  # without slots, because Playwright keeps something at whom it calls
class Person:
    """
    A user of Airflow who has logged in.

    Texts are named in English and looked for in the language of the pages.

    :param complaints: What the browser complained of on our pages: it must stay empty.
    """

    stage: Stage
    role: str
    look: Look
    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._note_message)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("response", self._note_answer)

    @property
    def here(self) -> Page | FrameLocator:
        """Where the pages are: the window itself, or the frame inside Airflow's UI."""
        return self.page.frame_locator(_FRAME).first if self.look.framed else self.page

    def open(self, path: str = "") -> None:
        """Go to a page of ours by its address."""
        way = f"{_PLUGIN}{PAGES}" if self.look.framed else PAGES
        self.page.goto(f"{self.stage.url}{way}{path}")
        self.here.locator("main h1").wait_for()

    def say(self, text: str, **values: object) -> str:
        """Return a text of the pages in their language."""
        told = translations(self.look.language).gettext(text)
        return told % values if values else told

    def reads(self, text: str, **values: object) -> None:
        """Wait until the page says a text."""
        self.here.get_by_text(self.say(text, **values)).first.wait_for()

    def headed(self, text: str, **values: object) -> None:
        """Wait until the page is headed by a text."""
        name = self.say(text, **values)
        self.here.get_by_role("heading", level=1, name=name, exact=True).wait_for()

    def press(self, text: str, **values: object) -> None:
        """Press a button."""
        self.button(text, **values).click()

    def button(self, text: str, **values: object) -> Locator:
        return self.here.get_by_role("button", name=self.say(text, **values), exact=True)

    def follow(self, text: str, **values: object) -> None:
        """Follow the first link with a text."""
        self.link(text, **values).first.click()

    def link(self, text: str, **values: object) -> Locator:
        return self.here.get_by_role("link", name=self.say(text, **values), exact=True)

    def field(self, text: str, **values: object) -> Locator:
        """The field with a label, required or not."""
        label = re.escape(self.say(text, **values))
        required = re.escape(self.say("(required)"))
        return self.here.get_by_label(re.compile(rf"^\s*{label}\s*({required})?\s*$"))

    def fill(self, text: str, value: str) -> None:
        self.field(text).fill(value)

    def choose(self, text: str, **how: Any) -> None:
        """Choose in a list: ``label=`` or ``value=``."""
        self.field(text).select_option(**how)

    def text(self) -> str:
        """All that the page says."""
        return " ".join(self.here.locator("main").inner_text().split())

    def arrives(self, part: str) -> None:
        """Wait until the address of the page has a part, and the page is there."""
        for _ in range(200):
            if part in self.address:
                break
            self.page.wait_for_timeout(100)
        assert part in self.address
        self.here.locator("main h1").wait_for()

    @property
    def address(self) -> str:
        """The path of the page that is shown, below the pages' own."""
        for frame in self.page.frames:
            if PAGES in frame.url and _PLUGIN not in frame.url:
                return frame.url.partition(PAGES)[2]
        return ""

    def _note_message(self, message: ConsoleMessage) -> None:
        # Chromium warns of the sandbox that Airflow gives a frame; what matters is an error.
        is_error = message.type == "error" and not message.text.startswith(_LEFT)
        if is_error and self._is_ours(message.location["url"]):
            self.complaints.append(f"console: {message.text}")

    def _note_answer(self, answer: Response) -> None:
        if answer.status >= 400 and self._is_ours(answer.url):
            self.complaints.append(f"{answer.status}: {answer.url}")

    @staticmethod
    def _is_ours(url: str) -> bool:
        return PAGES in url and f"{_PLUGIN}{PAGES}" not in url


Someone = Callable[..., Person]
"""Gives somebody with a role who looks in some way: ``person("viewer", PHONE)``."""
