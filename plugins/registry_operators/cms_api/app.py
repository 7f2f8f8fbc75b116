"""
The CMS API as an ASGI app of its own (spec N3.8).

It speaks Cicero's External API for patrons, so that a client of Cicero works unchanged, below
``/rest`` as Cicero does, and without it.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Response

from registry_operators.cms_api import (
    authentication_routes,
    card_routes,
    consent_routes,
    guardian_routes,
    library_routes,
    patron_routes,
    session_routes,
)
from registry_operators.cms_api.docs_page import docs_page
from registry_operators.cms_api.errors import install_handlers
from registry_operators.cms_api.gate import Gate, Limits
from registry_operators.desk.desk import Desk

BASE_PATH = "/rest"
_ROUTERS = (
    session_routes.router,
    authentication_routes.router,
    patron_routes.router,
    guardian_routes.router,
    consent_routes.router,
    card_routes.router,
    library_routes.router,
)


class CmsApp(FastAPI):
    """FastAPI whose OpenAPI document tells what is really answered: 400, never 422."""

    def openapi(self) -> dict[str, Any]:
        """Return the document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            for methods in document["paths"].values():
                for operation in methods.values():
                    operation["responses"].pop("422", None)
            for name in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(name, None)
        return super().openapi()


def build_app(desk: Desk, *, limits: Limits | None = None, is_behind_tls: bool = False) -> CmsApp:
    """
    Return the app for a desk.

    :param is_behind_tls: Clients come by HTTPS and are told to go on doing so.
    """
    app = CmsApp(
        title="Patron CMS API",
        version="1",
        description="Patrons of a library, for its web site.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.desk = desk
    install_handlers(app)
    for router in _ROUTERS:
        app.include_router(router, prefix=BASE_PATH)
        app.include_router(router, include_in_schema=False)
    app.include_router(library_routes.health_router)
    app.add_middleware(Gate, limits=limits or Limits(), is_behind_tls=is_behind_tls)

    @app.get("/docs", include_in_schema=False)
    def docs() -> Response:
        return docs_page(app.openapi())

    return app
