"""The pages as a FastAPI app, which Airflow mounts below ``/patron-sync``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

from airflow.api_fastapi.app import get_auth_manager
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from registry_operators.errors import SyncError
from registry_operators.web.gate import Gate, origin_of
from registry_operators.web.navigation import Entry, Section
from registry_operators.web.pages import STATIC_DIR, Templates
from registry_operators.web.problems import PageError, problem_of
from registry_operators.web.room import Room
from registry_operators.web.site import Site, root
from registry_operators.web.views import (
    desk,
    held,
    libraries,
    overview,
    profiles,
    runs,
    syncs,
    why,
)
from registry_operators.web.visit import roles_of

VIEWS = (overview, runs, held, why, desk, syncs, profiles, libraries)
"""The groups of pages, in the order of the navigation."""
_YEAR = "public, max-age=31536000, immutable"


class VersionedFiles(StaticFiles):
    """Static files that browsers keep, because their address changes when they do."""

    def file_response(self, *args: object, **how: object) -> Response:
        """Return a file, or that the browser's copy is good."""
        answer = super().file_response(*args, **how)  # type: ignore[arg-type]
        answer.headers["Cache-Control"] = _YEAR
        return answer


def make_app(room: Room, *, base_url: str = "") -> FastAPI:
    """
    Return the app.

    :param base_url: Where browsers see Airflow, ``[api] base_url``.
    :raises TypeError: A route does not name its role.
    """
    sections = [(view.SECTION, view.router) for view in VIEWS]
    site = Site(room, Templates(lambda: room.zone), list(_entries(sections)))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(room.close)

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.site = site

    def tell_error(request: Request, problem: PageError, page_id: str) -> Response:
        return _error_page(site, request, problem, page_id)

    async def handle(request: Request, error: Exception) -> Response:
        page_id = request.state.page_id
        problem = problem_of(error, page_id)
        return await run_in_threadpool(tell_error, request, problem, page_id)

    for kind in (PageError, SyncError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)
    for view in VIEWS:
        app.include_router(view.router)
    for route in app.routes:
        if isinstance(route, APIRoute):
            roles_of(route)
    app.mount("/static", VersionedFiles(directory=STATIC_DIR), name="static")
    app.add_middleware(Gate, own_origin=origin_of(base_url), tell_error=tell_error)
    return app


def airflow_app() -> FastAPI:
    """Return the app on the connections and the log-in of this Airflow."""
    from airflow.configuration import conf

    from registry_operators.hooks.connection_fields import connection_fields

    return make_app(Room(connection_fields), base_url=conf.get("api", "base_url", fallback=""))


def _entries(sections: Iterable[tuple[Section | None, APIRouter]]) -> Iterator[Entry]:
    for section, router in sections:
        if section is not None:
            yield Entry(section, roles_of(_first_page(section, router)))


def _first_page(section: Section, router: APIRouter) -> APIRoute:
    for route in router.routes:
        if isinstance(route, APIRoute) and route.path == f"/{section.path}":
            return route
    raise TypeError(f"no route of its module has the path of section {section.path!r}")


def _error_page(site: Site, request: Request, problem: PageError, page_id: str) -> Response:
    visitor = getattr(request.state, "visitor", None)
    values = {"problem": problem, "page_id": page_id, "log_in_url": None}
    if problem.status == 401:
        path = request.url.path if request.method == "GET" else f"{root(request)}/"
        values["log_in_url"] = get_auth_manager().get_url_login(next_url=path)
    answer = site.answer(request, visitor, "error.html", values, problem.status)
    answer.headers.update(problem.headers)
    return answer
