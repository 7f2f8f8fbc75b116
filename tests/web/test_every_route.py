"""What holds for every route, whoever adds it: a role, a log-in, no foreign pages, no PIN."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount

from registry_operators.web.app import make_app
from registry_operators.web.views import libraries
from registry_operators.web.visit import roles_of
from tests.web.browser import ORIGIN, USERS
from tests.web.route_tables import ROWS

POSTS = [row for row in ROWS if row.method != "GET"]
FOREIGN = {
    "another site says so": {"Origin": None, "Sec-Fetch-Site": "cross-site"},
    "a neighbour's host": {"Origin": None, "Sec-Fetch-Site": "same-site"},
    "typed or from a bookmark": {"Origin": None, "Sec-Fetch-Site": "none"},
    "another origin": {"Origin": "https://evil.example", "Sec-Fetch-Site": None},
    "another origin that claims to be ours": {"Origin": "https://evil.example"},
    "another port": {"Origin": f"{ORIGIN}:8081", "Sec-Fetch-Site": None},
    "another scheme": {"Origin": "https://testserver", "Sec-Fetch-Site": None},
    "our name as a prefix": {"Origin": f"{ORIGIN}.evil.example", "Sec-Fetch-Site": None},
    "a sandboxed frame": {"Origin": "null", "Sec-Fetch-Site": None},
    "an empty origin": {"Origin": "", "Sec-Fetch-Site": None},
    "nothing at all": {"Origin": None, "Sec-Fetch-Site": None},
}

OUR_OWN = [
    {"Sec-Fetch-Site": None},
    {"Origin": None},
    {"Origin": "https://airflow.example.org"},
]


def api_routes(app: FastAPI):
    return [route for route in app.routes if isinstance(route, APIRoute)]


@pytest.fixture
def allowed(as_):
    """Somebody who may use a route."""
    return lambda row: as_(min(row.users))


class TestRoles:
    def test_every_route_names_one(self, app):
        assert [roles_of(route) for route in api_routes(app)].count(frozenset()) == 0

    def test_nothing_else_is_served_but_static_files(self, app):
        others = [route for route in app.routes if not isinstance(route, APIRoute)]

        assert [(type(one), one.path) for one in others] == [(Mount, "/static")]

    def test_the_table_has_every_route_and_no_other(self, app):
        served = {(method, route.path) for route in api_routes(app) for method in route.methods}

        assert served == {(row.method, row.path) for row in ROWS}

    @pytest.mark.parametrize("row", ROWS, ids=str)
    def test_opens_a_route_or_does_not(self, as_, row):
        # Those who may come last: what they do can take away what the route is about.
        for user in sorted(USERS, key=row.users.__contains__):
            browser = as_(user)

            if row.method == "GET":
                answer = browser.get(row.address)
            else:
                answer = browser.post(row.address, row.form)

            assert (answer.status_code not in {401, 403}) == (user in row.users), user
            assert answer.status_code < 500, user

    def test_a_route_without_one_is_never_served(self, room, monkeypatch):
        router = APIRouter()
        router.get("/open")(lambda: "")
        monkeypatch.setattr(libraries, "router", router)
        monkeypatch.setattr(libraries, "SECTION", None)

        with pytest.raises(TypeError, match="/open names 0 roles"):
            make_app(room)


@pytest.mark.parametrize("row", ROWS, ids=str)
class TestLogIn:
    def test_nobody_else_gets_in(self, as_, row):
        forged = as_("admin")
        head, _, tail = forged.token.rpartition(".")
        forged.token = f"{head}.{tail[::-1]}"

        for browser in (as_(None), forged):
            answer = browser.call(row.method, row.address, headers={"Origin": ORIGIN})

            assert answer.status_code == 401
            assert "Please log in" in answer.text

    def test_is_not_enough_where_airflow_lets_everybody_in(self, allowed, row, monkeypatch):
        monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "True")

        answer = allowed(row).call(row.method, row.address, headers={"Origin": ORIGIN})

        assert answer.status_code == 403


@pytest.mark.parametrize("row", POSTS, ids=str)
class TestForeignPages:
    def test_cannot_make_a_browser_change_anything(self, allowed, row):
        for case, headers in FOREIGN.items():
            answer = allowed(row).post(row.address, row.form, headers=headers)

            assert answer.status_code == 403, case
            assert "did not come from these pages" in answer.text, case

    def test_our_own_can(self, allowed, row):
        for headers in OUR_OWN:
            answer = allowed(row).post(row.address, row.form, headers=headers)

            assert answer.status_code != 403, headers

    def test_a_program_with_a_token_can(self, allowed, row):
        browser = allowed(row)
        token, browser.token = browser.token, None

        answer = browser.post(
            row.address, row.form,
            headers={"Origin": None, "Sec-Fetch-Site": None, "Authorization": f"Bearer {token}"},
        )  # fmt: skip

        assert answer.status_code not in {401, 403}

    def test_a_get_does_not_do_it_instead(self, allowed, row):
        assert allowed(row).get(row.address).status_code in {404, 405} or any(
            (other.method, other.path) == ("GET", row.path) for other in ROWS
        )
