"""Every answer is safe to show: headers, hosts, frames, and nothing of what went wrong inside."""

from __future__ import annotations

import logging

import pytest

from registry_operators.errors import ConfigurationError, UnavailableError
from registry_operators.web.pages import STATIC_DIR
from tests.web.route_tables import ROWS

GETS = [row for row in ROWS if row.method == "GET"]
STATIC = sorted(
    str(path.relative_to(STATIC_DIR)) for path in STATIC_DIR.rglob("*") if path.is_file()
)


def directives(answer):
    return dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )


def runs_nothing_but_our_files(answer):
    assert directives(answer)["script-src"] == "'self'"
    assert directives(answer)["style-src"] == "'self'"
    assert directives(answer)["default-src"] == "'self'"
    assert directives(answer)["object-src"] == "'none'"
    assert directives(answer)["base-uri"] == "'none'"
    assert directives(answer)["form-action"] == "'self'"
    assert "<style" not in answer.text
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text
    assert answer.text.count("<script") == answer.text.count("<script src=")


@pytest.fixture
def broken(room, monkeypatch):
    """The start page fails with an error."""

    def break_with(error):
        def fail():
            raise error

        monkeypatch.setattr(room, "config", fail)

    return break_with


@pytest.mark.parametrize("path", [row.address for row in GETS] + ["nothing-here"])
def test_every_answer_is_safe_to_show(as_, path):
    for role in ("viewer", None):
        answer = as_(role).get(path)

        runs_nothing_but_our_files(answer)
        assert directives(answer)["frame-ancestors"] == "'self'"
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert "target=" not in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", [row.address for row in GETS] + ["nothing-here"])
def test_no_answer_believes_the_host(as_, path):
    for role in ("viewer", None):
        answer = as_(role).get(path, headers={"Host": "evil.example"})

        assert "evil.example" not in answer.text
        assert "evil.example" not in str(answer.headers)


@pytest.mark.parametrize("name", STATIC)
def test_a_static_file_is_kept_by_browsers(as_, name):
    answer = as_(None).get(f"static/{name}")

    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e/app.py", "..%2fapp.py", "/etc/passwd", ""])
def test_static_gives_nothing_but_its_files(as_, name):
    assert as_(None).get(f"static/{name}").status_code == 404


class TestErrors:
    def test_an_unexpected_one_tells_a_number_and_nothing_else(self, viewer, broken, caplog):
        broken(RuntimeError("N101234567 of Nora Nyberg"))

        with caplog.at_level(logging.ERROR, "patron_sync.web"):
            answer = viewer.get("libraries/2030000")

        number = answer.text.partition("Number of this answer: ")[2][:12]
        assert answer.status_code == 500
        assert number in caplog.text
        for text in (answer.text, caplog.text):
            assert "Nora" not in text
            assert "N101234567" not in text
        assert "RuntimeError" not in answer.text
        assert "content-security-policy" in answer.headers

    def test_the_engine_says_what_to_do(self, viewer, broken):
        broken(ConfigurationError("libraries.yaml: write <b>seven</b> digits"))

        answer = viewer.get("libraries/2030000")

        assert answer.status_code == 500
        assert "CONFIGURATION" in answer.text
        assert "write &lt;b&gt;seven&lt;/b&gt; digits" in answer.text

    def test_what_may_pass_says_when_to_come_again(self, viewer, broken):
        broken(UnavailableError("the patron database gives no connection"))

        answer = viewer.get("")

        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0

    def test_what_is_not_there_has_the_navigation(self, viewer):
        answer = viewer.get("libraries/9999999")

        assert answer.status_code == 404
        assert "There is nothing here" in answer.text
        assert 'href="/patron-sync/libraries"' in answer.text

    def test_a_large_body_is_not_taken(self, operator):
        answer = operator.post("libraries/log-ins", {"x": "x" * (1024 * 1024 + 1)})

        assert answer.status_code == 413

    def test_a_missing_database_connection_is_named(self, viewer, connections):
        del connections["patron_db"]

        answer = viewer.get("")

        assert answer.status_code == 500
        assert "patron_db" in answer.text

    def test_the_log_in_leads_back(self, as_):
        answer = as_(None).get("libraries")

        assert "/auth/login?next=%2Fpatron-sync%2Flibraries" in answer.text
