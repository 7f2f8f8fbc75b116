"""A browser of somebody who has logged in to Airflow, as far as the pages see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

PREFIX = "/patron-sync"
ORIGIN = "http://testserver"
USERS = {"viewer": "viewer", "operator": "user", "librarian": "viewer", "admin": "admin"}
"""A user of each role of the pages, named after it, with the role that Airflow knows."""
COOKIE = "_token"  # Airflow's; its constant can be imported only with Airflow's API


@dataclass(slots=True)
class Browser:
    """Sends what a browser sends from the pages themselves; redirects are not followed."""

    http: TestClient
    token: str | None
    headers: dict[str, str] = field(default_factory=lambda: {"Accept-Language": "en"})

    def get(self, path: str = "", **how: Any) -> Any:
        return self.call("GET", path, **how)

    def post(self, path: str, form: dict[str, Any] | None = None, **how: Any) -> Any:
        """Post a form, as from a page of this server."""
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"} | how.pop("headers", {})
        return self.call("POST", path, data=form or {}, headers=headers, **how)

    def call(
        self, method: str, path: str, headers: dict[str, Any] | None = None, **how: Any
    ) -> Any:
        """Send anything; a header that is ``None`` is left out."""
        sent = {**self.headers, **(headers or {})}
        if self.token is not None:
            sent["Cookie"] = f"{COOKIE}={self.token}"
        given = {name: value for name, value in sent.items() if value is not None}
        return self.http.request(method, f"{PREFIX}/{path}", headers=given, **how)


def served(app: FastAPI) -> TestClient:
    """Return a client of an API server that has the pages mounted as Airflow mounts them."""
    server = FastAPI()
    server.mount(PREFIX, app)
    return TestClient(server, raise_server_exceptions=False, follow_redirects=False)
