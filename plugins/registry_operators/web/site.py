"""The pages as a whole, and what every page says around its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from registry_operators.web.access import Visitor
from registry_operators.web.language import COOKIE, LANGUAGES, choose_language
from registry_operators.web.navigation import Entry
from registry_operators.web.pages import Templates, fingerprint
from registry_operators.web.room import Room

_COOKIE_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages are made of."""

    room: Room
    templates: Templates
    entries: Sequence[Entry]

    def answer(
        self,
        request: Request,
        visitor: Visitor | None,
        template: str,
        values: dict[str, Any],
        status: int = 200,
    ) -> HTMLResponse:
        """Return a template as the answer to a request, in the language of who asks."""
        language = language_of(request)
        given = {**self._frame(request, visitor), **values}
        answer = HTMLResponse(self.templates.render(language, template, given), status)
        if request.query_params.get("lang") == language:
            answer.set_cookie(
                COOKIE, language, max_age=_COOKIE_S, path=f"{root(request)}/",
                httponly=True, samesite="lax", secure=request.url.scheme == "https",
            )  # fmt: skip
        return answer

    def _frame(self, request: Request, visitor: Visitor | None) -> dict[str, Any]:
        """Return what ``base.html`` needs, and the helpers that every template has."""
        prefix = root(request)
        return {
            "here": _path(request),
            "is_get": request.method == "GET",
            "lang_links": {code: f"?{_with_lang(request, code)}" for code in LANGUAGES},
            "nav": [
                entry.section
                for entry in self.entries
                if visitor is not None and entry.roles & visitor.roles
            ],
            "notice": None,
            "static": lambda name: f"{prefix}/static/{name}?v={fingerprint(name)}",
            "url": lambda *parts, **query: address(prefix, *parts, **query),
            "visitor": visitor,
        }


def site_of(request: Request) -> Site:
    """Return the site that a request came to."""
    site: Site = request.app.state.site
    return site


def language_of(request: Request) -> str:
    """Return the language in which a request is answered."""
    return choose_language(
        request.query_params.get("lang"),
        request.cookies.get(COOKIE),
        request.headers.get("accept-language", ""),
    )


def root(request: Request) -> str:
    """Return the path at which the pages are mounted, without a slash at its end."""
    path: str = request.scope.get("root_path", "")
    return path.rstrip("/")


def address(prefix: str, *parts: object, **query: object) -> str:
    """
    Return the path of a page; each part is one step of it, whatever it holds.

    >>> address("/patron-sync", "runs", "a/b", page=2)
    '/patron-sync/runs/a%2Fb?page=2'
    """
    path = "/".join(quote(str(part), safe="") for part in parts)
    given = {name: value for name, value in query.items() if value is not None}
    return f"{prefix}/{path}" + (f"?{urlencode(given)}" if given else "")


def _path(request: Request) -> str:
    """Return the path below the mount, without a slash at its start."""
    return request.url.path.removeprefix(root(request)).lstrip("/")


def _with_lang(request: Request, language: str) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return urlencode([*kept, ("lang", language)])
