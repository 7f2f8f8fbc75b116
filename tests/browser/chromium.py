"""Debian's Chromium, which nothing here downloads."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

_PLACES = ("chromium", "chromium-browser", "google-chrome")
# It starts as root in CI, and would look for hosts of its maker at each start.
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_MISSING = """\
These tests need Chromium, and none was found. On Debian or Ubuntu, as root:

    apt-get install chromium

Elsewhere name one: CHROMIUM=/path/to/chromium make test-web"""


def chromium() -> str:
    """Return its path; tests without it fail, because a skipped page is an untested page."""
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else _PLACES)), None)
    if found is None:
        pytest.exit(_MISSING, returncode=1)
    return found


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Start it without a window for as long as a block lasts."""
    executable = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_OPTIONS))
        try:
            yield browser
        finally:
            browser.close()
