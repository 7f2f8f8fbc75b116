"""
One request of somebody who may make it, and the one place where a route names its role.

A handler takes a :data:`Viewer`, :data:`Operator`, :data:`Librarian` or :data:`Admin`, or
``Annotated[Visit, requires(Role.LIBRARIAN, Role.ADMIN)]`` where either is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Annotated, Any

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials

from registry_operators.errors import ConfigurationError
from registry_operators.settings.pages import Pages
from registry_operators.web.access import Role, Visitor, is_log_in_off, visitor_of
from registry_operators.web.language import mark, translations
from registry_operators.web.problems import forbidden, not_signed_in
from registry_operators.web.room import Room
from registry_operators.web.site import address, language_of, root, site_of


@dataclass(frozen=True, slots=True)
class Visit:
    """What a handler has: who asks, what for, and how to answer."""

    request: Request
    visitor: Visitor

    @property
    def room(self) -> Room:
        """Database, configuration, keys, desk and clock."""
        return site_of(self.request).room

    @property
    def is_part(self) -> bool:
        """Whether htmx asks for a part of the page, to put it in place of an old one."""
        return "hx-request" in self.request.headers

    def say(self, text: str, **values: object) -> str:
        """Return a text in the visitor's language; ``%(name)s`` takes a value."""
        return self._catalogue.gettext(text) % values if values else self._catalogue.gettext(text)

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """Return a text about a number of things; ``%(num)s`` takes the number."""
        return self._catalogue.ngettext(one, many, number) % {"num": number, **values}

    def render(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Answer with a template."""
        return site_of(self.request).answer(self.request, self.visitor, template, values, status)

    def url(self, *parts: object, **query: object) -> str:
        """Return the path of a page."""
        return address(root(self.request), *parts, **query)

    def go_to(self, *parts: object, **query: object) -> RedirectResponse:
        """Send the browser on to a page, after something was done by POST."""
        return RedirectResponse(self.url(*parts, **query), status_code=303)

    def notice(self, texts: Mapping[str, str]) -> str | None:
        """Return what ``done`` of the address stands for, if it is one of the texts."""
        text = texts.get(self.request.query_params.get("done", ""))
        return None if text is None else self.say(text)

    def must_serve(self, library: str) -> None:
        """
        Refuse a librarian who asks about another library.

        :raises PageError: 403; the visitor is no librarian of it.
        """
        if not self.visitor.serves(library):
            raise forbidden(
                mark("You are not a librarian of this library."),
                mark("Whoever keeps libraries.yaml can add it to your name under pages."),
            )

    @property
    def _catalogue(self) -> NullTranslations:
        return translations(language_of(self.request))


async def signed_in(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer_scheme)],
) -> BaseUser:
    """
    Return Airflow's signed-in user.

    :raises PageError: 401; there is none, or the log-in has ended.
    """
    if is_log_in_off():
        raise forbidden(
            mark("Airflow lets everybody in without a log-in."),
            mark("Set [core] simple_auth_manager_all_admins to False; the pages then open."),
        )
    try:
        return await get_user(request, None, bearer)
    except HTTPException:
        raise not_signed_in() from None


_NEEDED: dict[Callable[..., Any], frozenset[Role]] = {}


def requires(*roles: Role) -> Any:
    """Return the dependency of a route that is for those with one of some roles."""
    needed = frozenset(roles)

    def visit(request: Request, user: Annotated[BaseUser, Depends(signed_in)]) -> Visit:
        visitor = visitor_of(user, _lists(site_of(request).room))
        request.state.visitor = visitor
        if not needed & visitor.roles:
            raise forbidden(
                mark("Your role does not open this page."),
                mark("Ask an administrator of Airflow if you need it."),
            )
        return Visit(request, visitor)

    _NEEDED[visit] = needed
    return Depends(visit)


Viewer = Annotated[Visit, requires(Role.VIEWER)]
Operator = Annotated[Visit, requires(Role.OPERATOR)]
Librarian = Annotated[Visit, requires(Role.LIBRARIAN)]
Admin = Annotated[Visit, requires(Role.ADMIN)]


def roles_of(route: APIRoute) -> frozenset[Role]:
    """
    Return the roles that open a route.

    :raises TypeError: It names none, or names them twice; such a route is never served.
    """
    named = [_NEEDED[call] for call in _calls(route.dependant) if call in _NEEDED]
    if len(named) != 1:
        raise TypeError(f"{route.methods} {route.path} names {len(named)} roles; it must name one")
    return named[0]


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for part in dependant.dependencies:
        if part.call is not None:
            yield part.call
        yield from _calls(part)


def _lists(room: Room) -> Pages:
    try:
        return room.config().pages
    except ConfigurationError:
        return Pages()  # with a wrong file nobody is more than Airflow says
