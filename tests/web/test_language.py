"""English and Norwegian: every text of the pages has both."""

from __future__ import annotations

import re

import pytest
from babel.messages.extract import extract_from_dir

from registry_operators.paths import PROJECT_DIR
from registry_operators.web.language import LANGUAGES, LOCALES_DIR, catalogue, choose_language

WEB = PROJECT_DIR / "plugins" / "registry_operators" / "web"
KEYWORDS = {
    "_": None, "gettext": None, "ngettext": (1, 2), "say": None, "count": (1, 2), "mark": None,
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def used():
    """Every text in templates and Python files, with the place where it stands."""
    found = extract_from_dir(
        WEB,
        method_map=[("**.html", "jinja2"), ("**.py", "python")],
        options_map={"**.html": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}},
        keywords=KEYWORDS,
    )
    return {message: f"{file}:{line}" for file, line, message, *_ in found}


def texts(found):
    """The text of a message, or its singular and plural."""
    return [found] if isinstance(found, str) else list(found or [])


OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
class TestCatalogue:
    def test_has_every_text(self, language):
        known = {
            message.id for message in catalogue(language)
            if message.id and not message.fuzzy
            and all(texts(message.string))
        }  # fmt: skip

        missing = {text: place for text, place in used().items() if text not in known}

        assert missing == {}

    def test_has_no_text_that_is_not_used(self, language):
        texts = used()

        assert [one.id for one in catalogue(language) if one.id and one.id not in texts] == []

    def test_says_each_text_once(self, language):
        texts = [
            line
            for path in sorted((LOCALES_DIR / language).rglob("*.po"))
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.startswith("msgid ") and line != 'msgid ""'
        ]

        assert sorted(set(texts)) == sorted(texts)

    def test_keeps_the_places_for_values(self, language):
        for message in catalogue(language):
            if not message.id:
                continue
            wanted = set(PLACEHOLDER.findall(texts(message.id)[-1]))
            told = [set(PLACEHOLDER.findall(text)) for text in texts(message.string)]
            assert all(places <= wanted for places in told), message.id
            assert told[-1] == wanted, message.id


@pytest.mark.parametrize(
    ("asked", "kept", "header", "language"),
    [
        (None, None, "", "en"),
        (None, None, "nb-NO,nb;q=0.9,en;q=0.8", "nb"),
        (None, None, "no", "nb"),
        (None, None, "nn-NO, en;q=0.5", "nb"),
        (None, None, "en-GB,en;q=0.9,nb;q=0.8", "en"),
        (None, None, "en;q=0.1, nb;q=0.9", "nb"),
        (None, None, "nb;q=0, en", "en"),
        (None, None, "de, fr;q=x", "en"),
        (None, "nb", "en", "nb"),
        ("en", "nb", "nb", "en"),
        ("xx", "yy", "nb", "nb"),
        ("../../nb", None, "", "en"),
    ],
)
def test_language_is_chosen(asked, kept, header, language):
    assert choose_language(asked, kept, header) == language


class TestPages:
    def test_are_norwegian_where_the_browser_asks(self, viewer):
        answer = viewer.get("libraries", headers={"Accept-Language": "nb"})

        assert '<html lang="nb">' in answer.text
        assert "<h1>Biblioteker</h1>" in answer.text

    def test_remember_a_choice(self, viewer):
        chosen = viewer.get("libraries?lang=nb")

        cookie = chosen.headers["set-cookie"]
        assert cookie.startswith("patron_sync_lang=nb;")
        assert "HttpOnly" in cookie
        assert "Path=/patron-sync/" in cookie

    def test_take_no_unknown_choice(self, viewer):
        answer = viewer.get("libraries?lang=%3Cscript%3E")

        assert "set-cookie" not in answer.headers
        assert "<script>" not in answer.text
