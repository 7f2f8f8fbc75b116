"""Who may not: every route of the app, without a session and with every wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from registry_operators.cms_api.app import _ROUTERS, BASE_PATH
from registry_operators.cms_api.routing import SessionRoute
from tests.cms.conftest import SETTINGS, Site
from tests.cms.test_guardians import GUARDIAN
from tests.factories import a_national_id

OPEN = {"/health", "/docs", "/openapi.json"}
LOGIN = "/external/v1/{agencyid}/authentication/login"
PINCODE = {"libraryCardNumber": a_national_id(0), "pincode": "4071"}
BODIES: dict[str, Any] = {
    "/patrons/v10": {"personIdentifier": a_national_id(1), "patron": SETTINGS, "pincode": "4071"},
    "/patrons/v9": {"personIdentifier": a_national_id(1), "patron": SETTINGS, "pincode": "4071"},
    "/withGuardian/v4": {
        "name": "Ola Nordmann", "personId": a_national_id(1), "guardian": GUARDIAN,
        "preferredPickupBranch": "NO-2030000",
    },
    "/withGuardian/v2": {"guardian": GUARDIAN, "patronId": 1},
    "/authenticate/v9": PINCODE,
    "/authenticate/v10": PINCODE,
    "/preauthenticated/v10": a_national_id(0),
    "/patronId/v4": 1,
    "/v8": {"patron": SETTINGS, "pincodeChange": PINCODE},
    "/patrons/guardian/v2": a_national_id(50),
    "}/guardian/v2": {"guardianPersonId": a_national_id(50), "patron": SETTINGS},
    "/nationalregistry/v1": True,
    "/nationalregistry/v2": {"consent": True},
    "/historicaldata/v1": True,
    "/historicaldata/v2": {"consent": True},
    "/block/v1": {"identifier": "N100000001"},
}  # fmt: skip
ROUTES = [
    (method, base + route.path_format)
    for base in (BASE_PATH, "")
    for router in _ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
    if route.path_format != LOGIN
]
OF_A_PATRON = [pair for pair in ROUTES if "{patronid}" in pair[1]]


def call(site: Site, method: str, path: str, headers: dict[str, str], patron_id: int = 1) -> Any:
    body = next((BODIES[end] for end in BODIES if path.endswith(end)), None)
    url = path.format(agencyid=f"NO-{site.library}", patronid=patron_id,
                      key="loaner.guardianVisibility.enabled")  # fmt: skip
    how = {} if body is None else {"json": body}
    return site.http.request(method, url, headers=headers, **how)


@pytest.fixture
def home(site: Site, db) -> Iterator[Site]:
    """A library with one patron, to whom nothing may happen."""
    site.created(0)

    def world() -> list[Any]:
        tables = ("patron", "card", "pin", "consent", "patron_detail", "guardian", "deleted_patron")
        return [db.execute(f"table cicero.{name}").fetchall() for name in tables]

    before = world()
    yield site
    assert world() == before


def test_every_route_but_the_log_in_wants_a_session(app) -> None:
    guarded = {route.path for route in app.routes if isinstance(route, SessionRoute)}
    others = {getattr(route, "path", "") for route in app.routes} - guarded

    assert others == OPEN | {BASE_PATH + LOGIN, LOGIN}
    assert {path for _, path in ROUTES} == {
        route.path_format for route in app.routes if isinstance(route, SessionRoute)
    }
    assert len(ROUTES) == 2 * 25
    for path in guarded:
        assert "{agencyid}" in path


def told(answer: Any) -> tuple[int, str]:
    body = answer.json() if answer.content else None
    return answer.status_code, body.get("errorCode", "") if isinstance(body, dict) else ""


def everywhere(site: Site, headers: dict[str, str]) -> set[tuple[int, str]]:
    """What all routes answer to the same wrong headers."""
    return {told(call(site, method, path, headers)) for method, path in ROUTES}


def test_no_session_is_refused_everywhere(home: Site) -> None:
    assert everywhere(home, {}) == {(401, "SESSION_INVALID")}
    assert everywhere(home, {"X-Session": "made up"}) == {(401, "SESSION_INVALID")}


def test_an_expired_session_is_refused_everywhere(home: Site, db) -> None:
    db.execute("update cms_api.session set expires_at = now()")

    assert everywhere(home, home.headers) == {(401, "SESSION_INVALID")}


def test_another_librarys_session_is_refused_everywhere(home: Site, other_site: Site) -> None:
    assert everywhere(home, other_site.headers) == {(403, "WRONG_AGENCY")}


def test_another_librarys_patron_is_nowhere(home: Site, other_site: Site) -> None:
    for method, path in OF_A_PATRON:
        theirs, nobody = (
            call(other_site, method, path, other_site.headers, patron_id) for patron_id in (1, 999)
        )
        expected = (
            (403, "GUARDIAN_MAY_NOT_SEE")
            if path.endswith("/guardian/v2")
            else (404, "PATRON_NOT_FOUND")
        )
        assert (told(theirs), told(nobody)) == (expected, expected), path
        assert theirs.json()["message"] == nobody.json()["message"]


def test_every_route_lets_the_right_session_in(site: Site) -> None:
    """So that the refusals above are those of the session, not of a wrong path or body."""
    site.created(0)
    for method, path in sorted(ROUTES, key=lambda pair: pair[0] == "DELETE"):
        status, code = told(call(site, method, path, site.headers))
        assert status not in {401, 405, 415}, (method, path)
        assert code not in {"NOT_FOUND", "VALIDATION_FAILED", "WRONG_AGENCY"}, (method, path)


def test_bodies_are_not_read_before_the_session_is_known(http: TestClient, app) -> None:
    answer = http.post(
        "/rest/external/NO-2030000/patrons/v10", content=b"{",
        headers={"Content-Type": "text/plain"},
    )  # fmt: skip

    assert answer.status_code == 401
