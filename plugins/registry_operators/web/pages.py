"""Templates become pages: one Jinja environment for each language."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from registry_operators.web.formats import Formats
from registry_operators.web.language import LANGUAGES, LOCALES, translations

TEMPLATES_DIR = Path(__file__).parent / "templates"
STATIC_DIR = Path(__file__).parent / "static"


class Templates:
    """
    Renders templates in any language of the pages.

    Everything that a template shows is escaped, whatever it is called, and a name that it was not
    given is an error. The macros of ``macros.html`` are there as ``ui``.

    :param zone: Gives the zone in which moments are told.
    """

    def __init__(self, zone: Callable[[], ZoneInfo]) -> None:
        self._environments = {language: _environment(language, zone) for language in LANGUAGES}

    def render(self, language: str, template: str, values: dict[str, Any]) -> str:
        """Return a page, or a part of one."""
        environment = self._environments[language]
        given = {"language": language, **values}
        ui = environment.get_template("macros.html").make_module(given)
        return environment.get_template(template).render(given, ui=ui)


@cache
def fingerprint(name: str) -> str:
    """Return a text that changes with a static file, so that browsers may keep the file."""
    return hashlib.sha256((STATIC_DIR / name).read_bytes()).hexdigest()[:12]


def _environment(language: str, zone: Callable[[], ZoneInfo]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES_DIR),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        translations(language), newstyle=True
    )
    environment.filters.update(Formats(LOCALES[language], zone).filters())
    environment.globals["languages"] = LANGUAGES
    return environment
