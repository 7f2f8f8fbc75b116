"""What tests of the pages of data syncs share: a Koha, forms as a browser sends them, runs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from registry_operators.ledger.database import Ledger
from registry_operators.paths import CONFIG_DIR
from registry_operators.settings.connections import ConnectionFields
from registry_operators.settings.guards import Guards
from registry_operators.settings.ils_connections import make_client
from registry_operators.settings.profile_fields import load_profile_fields
from registry_operators.steps.data_sync.definitions import pinned
from registry_operators.steps.data_sync.open_sync import SyncRequest
from registry_operators.steps.data_sync.report_sync import SyncAccount
from registry_operators.steps.data_sync.run_sync import run_sync
from stand_ins.koha.process import RunningKoha, serving_koha
from tests.db.sync_bench import TODAY
from tests.web.browser import PREFIX, Browser

FIELDS = load_profile_fields(CONFIG_DIR / "profile_fields.yaml")
PATRON_PAGE = "https://koha.example.org/members.pl?number={id}"
_TAG = re.compile(r"<(input|select|textarea|option|/select|/textarea|button)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


@contextmanager
def koha_connection(patrons: int = 60) -> Iterator[tuple[RunningKoha, ConnectionFields]]:
    """Serve a Koha, and give the Connection that leads to it."""
    with serving_koha(patrons) as koha:
        place = urlsplit(koha.url)
        yield koha, ConnectionFields(
            "koha_main", "http", str(place.hostname), port=place.port, login="demo-client",
            password="demo-secret", extra={"zone": "Europe/Oslo", "patron_page": PATRON_PAGE},
        )  # fmt: skip


@dataclass(slots=True)
class SyncRuns:
    """Runs published data syncs as their DAGs do, without Airflow."""

    ledger: Ledger
    connection: ConnectionFields

    def run(
        self,
        name: str = "readers",
        run_id: UUID | None = None,
        *,
        is_dry_run: bool = False,
        asked_by: str = "kari",
        guards: Guards | None = None,
    ) -> tuple[UUID, SyncAccount]:
        run_id = run_id or uuid4()
        sync = pinned(self.ledger, name, FIELDS)
        account = run_sync(
            self.ledger, make_client("koha", self.connection), sync, guards or Guards(),
            SyncRequest(is_dry_run, asked_by), run_id, today=TODAY,
        )  # fmt: skip
        return run_id, account


def form_of(page: Any, action: str = "") -> dict[str, str]:
    """The fields of a form as a browser would send them, without a button."""
    text = page.text
    start = text.index(f'action="{PREFIX}/{action}"') if action else text.index("<form")
    found: dict[str, str] = {}
    inside = text[start : text.index("</form>", start)]
    name = ""
    for match in _TAG.finditer(inside):
        tag = match[1]
        given = {key: html.unescape(value) for key, value in _ATTRIBUTE.findall(match[2])}
        if tag == "input" and given.get("type") not in {"checkbox", "radio"}:
            found[given["name"]] = given.get("value", "")
        elif tag == "select":
            name = given["name"]
        elif tag == "option" and name and ("selected" in given or name not in found):
            found[name] = given.get("value", "")
        elif tag == "textarea":
            rest = inside[match.end() :]
            content = html.unescape(rest[: rest.index("</textarea>")])
            found[given["name"]] = content.removeprefix("\n")
        if tag == "/select":
            name = ""
    return found


def submit(browser: Browser, path: str, go: str, **typed: str) -> Any:
    """Open a step, type into its form, and press one of its buttons."""
    page = browser.get(path)
    assert page.status_code == 200, page.text
    form = form_of(page, path)
    fields = {key.replace("__", "-"): value for key, value in typed.items()}
    return browser.post(path, {**form, **fields, "go": go})


def where(answer: Any) -> str:
    """Where an answer sends the browser, below the pages."""
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removeprefix(f"{PREFIX}/")


def plain(page: Any) -> str:
    """The text of a page without tags and with single blanks."""
    main = page.text.partition("<main")[2].partition("</main>")[0] or page.text
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())
