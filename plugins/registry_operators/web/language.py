"""
The languages of the pages: English in the source, Norwegian from a catalogue.

``say`` and ``count`` of a page translate at once; :func:`mark` only marks a text of a constant,
which a template translates when it is shown.
"""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel import negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LOCALES_DIR = Path(__file__).parent / "locales"
DOMAIN = "patron_sync"
SOURCE_LANGUAGE = "en"
LANGUAGES = {SOURCE_LANGUAGE: "English", "nb": "Norsk"}
"""Each language with its own name for itself; the first is the default."""
LOCALES = {SOURCE_LANGUAGE: "en_GB", "nb": "nb_NO"}
"""In what form each language writes dates and numbers."""
COOKIE = "patron_sync_lang"

_NEIGHBOURS = {"no": "nb", "nn": "nb", "da": "nb", "sv": "nb"}


def mark(text: str) -> str:
    """Return a text as it is, and let the catalogue know that it will be shown."""
    return text


@cache
def translations(language: str) -> NullTranslations:
    """Return the catalogue of a language, compiled when it is first asked for."""
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return Translations(compiled, DOMAIN)


def catalogue(language: str) -> Catalog:
    """Return the texts of a language: ``patron_sync.po`` and a file for each group of pages."""
    whole = Catalog(language, DOMAIN)
    for path in sorted((LOCALES_DIR / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language, abort_invalid=True):
                if message.id:
                    whole[message.id] = message
    return whole


def choose_language(asked: str | None, kept: str | None, header: str) -> str:
    """
    Return the language of a page.

    :param asked: ``lang`` of the address.
    :param kept: The cookie of an earlier choice.
    :param header: ``Accept-Language`` of the browser.
    """
    for choice in (asked, kept):
        if choice in LANGUAGES:
            return choice
    wanted = [_NEIGHBOURS.get(tag, tag) for tag in _preferred(header)]
    return negotiate_locale(wanted, list(LANGUAGES)) or SOURCE_LANGUAGE


def _preferred(header: str) -> list[str]:
    """Return the language tags of a header without their regions, the most wanted first."""
    weighed: list[tuple[float, str]] = []
    for part in header[:200].split(","):
        tag, _, quality = part.partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        if weight > 0:
            weighed.append((-weight, tag.strip().partition("-")[0].lower()))
    return [tag for _, tag in sorted(weighed, key=lambda pair: pair[0])]
