"""
Browsers in front of a real Airflow: one stage for all tests, somebody with a role for each.

A test asks for ``person`` and says who looks and how: ``person("operator", PHONE)``. The browser's
complaints (errors of scripts, breaches of the content security policy, answers from 400) fail it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from registry_operators.paths import PROJECT_DIR
from tests.browser.chromium import running_chromium
from tests.browser.history import make_history
from tests.browser.kept_stage import kept_stage
from tests.browser.look import DESK, Look
from tests.browser.person import Person, Someone
from tests.browser.stage import Stage, set_stage

PICTURES = PROJECT_DIR / "docs" / "pages"
LARGEST_PICTURE = 150_000
_COOKIE = "_token"  # Airflow's log-in
_LOCALES = {"en": "en-GB", "nb": "nb-NO"}
_WAIT_MS = 30_000


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; asked for first, so that nothing is started where there is none."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def stage(chromium) -> Iterator[Stage]:
    """Airflow and all that it talks to."""
    if (kept := kept_stage()) is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="patron-sync-browser-") as folder:
        Path(folder).chmod(0o755)
        with set_stage(Path(folder), make_history) as stage:
            yield stage


@pytest.fixture
def person(chromium: Browser, stage: Stage) -> Iterator[Someone]:
    """Somebody with a role who looks in some way: ``person("viewer", PHONE)``."""
    people: list[Person] = []

    def somebody(role: str | None, look: Look = DESK, *, may_complain: bool = False) -> Person:
        context = chromium.new_context(
            viewport={"width": look.width, "height": look.height},
            color_scheme="dark" if look.theme == "dark" else "light",
            locale=_LOCALES[look.language],
            timezone_id="Europe/Oslo",
            java_script_enabled=look.has_script,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        context.set_default_timeout(_WAIT_MS)
        if role is not None:
            context.add_cookies([{"name": _COOKIE, "value": stage.token(role), "url": stage.url}])
        one = Person(stage, role or "nobody", look, context.new_page())
        people.append(one)
        if may_complain:
            one.complaints = _Deaf()
        return one

    yield somebody
    complaints = [f"{one.role} {one.look}: {text}" for one in people for text in one.complaints]
    for one in people:
        one.page.context.close()
    assert complaints == []


class _Deaf(list[str]):
    """Complaints of somebody who is told no on purpose."""

    def append(self, _: str) -> None:
        """Hear nothing."""


@pytest.fixture
def shoot() -> Callable[[Person, str], None]:
    """Keep a picture of what somebody sees, when pictures are asked for (``make screenshots``)."""

    def take(one: Person, name: str, *, whole: bool = False) -> None:
        if not os.environ.get("PATRON_SYNC_SCREENSHOTS"):
            return
        PICTURES.mkdir(parents=True, exist_ok=True)
        picture = PICTURES / f"{name}.png"
        one.page.screenshot(path=picture, full_page=whole, animations="disabled")
        assert picture.stat().st_size < LARGEST_PICTURE, f"{picture} is large"

    return take
