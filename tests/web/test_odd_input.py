"""Odd input in every parameter of every route: answered, never believed, never repeated in logs."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from registry_operators.steps.data_sync.definitions import publish, save_draft
from registry_operators.steps.decide_held_changes import list_held
from tests.db.run_bench import a_mixed_pull
from tests.db.sync_bench import a_document
from tests.factories import LIBRARY, a_patron
from tests.web.browser import ORIGIN
from tests.web.route_tables import ROWS
from tests.web.sync_pages import FIELDS
from tests.web.test_runs import text_of

NUL = "1-a\0b-a"
SCRIPT = "<script>alert(1)</script>"
CLEVER = f"{{{{ 7777*7 }}}}%(x)s{SCRIPT}' or 1=1 --"
ELSEWHERE = "//evil.example/../../etc/passwd\r\nSet-Cookie: a=b"
ODD = (NUL, "\ud800", CLEVER, ELSEWHERE, "9" * 300, "-1")
OF_DRAFTS = ("seen", "go", "text", "name", "ils", "first", "f0-old", "f0-field", "m0-old", "key-0")
PATRON = 50


def encoded(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="")


@pytest.fixture
def there(world, ledger, cicero, sync_runs):
    """Something of everything, so that what is asked for is looked for; the ids, by parameter."""
    run_id = a_mixed_pull(world)
    (held,) = list_held(ledger)
    publish(ledger, a_document(), FIELDS, actor="kari")
    save_draft(ledger, a_document(name="drafted"), actor="kari", name="drafted")
    sync_run_id, _ = sync_runs.run("readers")
    return {
        "run_id": run_id, "sync_run_id": sync_run_id, "set_id": held.held_set_id,
        "name": "drafted", "library": LIBRARY, "patron_id": cicero.add(a_patron(PATRON)),
        "profile_id": 1,
    }  # fmt: skip


def parameters(route: APIRoute) -> dict[str, list[str]]:
    """The parameters of a route by where they stand."""
    found: dict[str, list[str]] = {"path": [], "query": [], "form": []}

    def walk(part: Dependant) -> None:
        found["path"] += [one.alias for one in part.path_params]
        found["query"] += [one.alias for one in part.query_params]
        for one in part.body_params:
            model = getattr(one.field_info.annotation, "model_fields", None)
            found["form"] += [one.alias] if model is None else list(model)
        for inner in part.dependencies:
            walk(inner)

    walk(route.dependant)
    if "POST" in route.methods and route.path.startswith("/syncs/"):
        found["form"] += OF_DRAFTS
    return found


def requests(route: APIRoute, there: dict[str, Any]):
    """An address and a form for each parameter and each odd value."""
    (row,) = [one for one in ROWS if one.path == route.path and one.method in route.methods]
    ids = {key: encoded(str(value)) for key, value in there.items()}
    if route.path.startswith("/syncs/-/runs"):
        ids["run_id"] = ids["sync_run_id"]
    for place, names in parameters(route).items():
        for name in names:
            for value in ODD:
                odd = encoded(value)
                path = route.path.format(**ids | ({name: odd} if place == "path" else {}))
                query = f"?{name}={odd}" if place == "query" else ""
                form = dict(row.form) | ({name: value} if place == "form" else {})
                yield path.removeprefix("/") + query, form, value


def test_is_answered_without_a_failure_a_leak_or_a_foreign_address(app, as_, there, caplog):
    caplog.set_level(logging.DEBUG, "patron_sync")
    wrong = []
    for route in [one for one in app.routes if isinstance(one, APIRoute)]:
        (method,) = route.methods
        browser = as_("librarian" if "/desk" in route.path else "admin")
        for address, form, value in requests(route, there):
            caplog.clear()
            body = "&".join(f"{name}={encoded(text)}" for name, text in form.items())
            answer = browser.call(
                method, address, content=body if method == "POST" else None,
                headers={"Origin": ORIGIN, "Content-Type": "application/x-www-form-urlencoded"},
            )  # fmt: skip
            found = {
                "failed": answer.status_code >= 500 or "LEDGER" in answer.text,
                "never came so far": answer.status_code in {401, 403} and "library" not in form,
                "runs a script": SCRIPT in answer.text,
                "calculates": "54439" in answer.text,
                "sets a cookie": "a=b" in answer.headers.get("set-cookie", ""),
                "leads away": not answer.headers.get("location", "/patron-sync/").startswith(
                    "/patron-sync/"
                ),
                "is logged": len(value) > 5 and value in caplog.text,
            }
            wrong += [(method, address[:90], case) for case, is_so in found.items() if is_so]
    assert wrong == []


def multipart(browser, path, form):
    """Send a form in a character set in which half of a character can be written."""
    parts = "".join(
        f'--xyz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in form.items()
    )
    return browser.call(
        "POST", path, content=f"{parts}--xyz--\r\n".encode(),
        headers={"Origin": ORIGIN,
                 "Content-Type": "multipart/form-data; boundary=xyz; charset=unicode_escape"},
    )  # fmt: skip


@pytest.mark.parametrize("go", ["stay", "check"])
def test_half_a_character_is_left_out_of_a_document(admin, ledger, go):
    save_draft(ledger, a_document(name="drafted"), actor="kari", name="drafted")
    (seen,) = (
        admin.get("syncs/drafted/text").text.partition('name="seen" value="')[2].split('"')[:1]
    )

    answer = multipart(
        admin, "syncs/drafted/text", {"seen": seen, "go": go, "text": "name: dra\\ud800fted"}
    )

    assert answer.status_code == (303 if go == "stay" else 200)
    assert "name: drafted" in admin.get("syncs/drafted/text").text


@pytest.mark.parametrize("path", ["held/{set_id}/decide", "runs/{run_id}/undo", "why"])
def test_what_no_database_takes_is_told_before_anything_is_done(operator, there, path, db, room):
    digest = operator.get(f"held/{there['set_id']}").text.partition('name="digest" value="')[2][:64]
    form = {"decision": "reject", "digest": digest, "card": "yes"}
    form |= dict.fromkeys(("reason", "note", "record"), NUL)

    for send in (operator.post, lambda *how: multipart(operator, *how)):
        half = {name: value.replace(NUL, "\\ud800") for name, value in form.items()}
        answer = send(path.format(**there), form if send == operator.post else half)

        assert answer.status_code == 400
        assert "This cannot be read" in text_of(answer)
    room.errands.wait()
    assert db.execute("select count(*) from patron_sync.undo").fetchone() == (0,)
    assert db.execute("select state from patron_sync.held_set").fetchall() == [("open",)]
