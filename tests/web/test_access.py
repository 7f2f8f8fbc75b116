"""Who may do what: Airflow's roles and the lists of ``libraries.yaml``."""

from __future__ import annotations

import pytest

from registry_operators.settings.pages import Pages
from registry_operators.web.access import Role, visitor_of
from tests.factories import LIBRARY, OTHER_LIBRARY

VIEWER, OPERATOR, LIBRARIAN, ADMIN = Role
NONE: frozenset[Role] = frozenset()


def roles(user, role, **pages):
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    return visitor_of(SimpleAuthManagerUser(username=user, role=role), Pages(**pages)).roles


@pytest.mark.usefixtures("airflow_log_in")
class TestRoles:
    @pytest.mark.parametrize(
        ("role", "given"),
        [
            (None, NONE),
            ("viewer", {VIEWER}),
            ("user", {VIEWER, OPERATOR}),
            ("op", {VIEWER, OPERATOR}),
            ("admin", {VIEWER, OPERATOR, ADMIN}),
        ],
    )
    def test_come_from_airflow(self, role, given):
        assert roles("kari", role) == given

    def test_the_lists_add_to_them(self):
        assert roles("kari", "viewer", librarians={"kari": [LIBRARY]}) == {VIEWER, LIBRARIAN}
        assert roles("kari", "viewer", admins=["kari"]) == {VIEWER, ADMIN}
        assert roles("kari", None, librarians={"kari": "all"}) == {LIBRARIAN}

    def test_the_lists_are_about_exact_names(self):
        assert roles("Kari", "viewer", librarians={"kari": "all"}, admins=["kari"]) == {VIEWER}

    def test_an_empty_list_of_libraries_makes_no_librarian(self):
        assert roles("kari", "viewer", librarians={"kari": []}) == {VIEWER}


@pytest.mark.usefixtures("airflow_log_in")
@pytest.mark.parametrize(
    ("libraries", "served"),
    [([LIBRARY], [True, False]), ("all", [True, True]), ([], [False, False])],
)
def test_a_librarian_serves_the_libraries_that_are_named(libraries, served):
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    user = SimpleAuthManagerUser(username="kari", role="viewer")
    visitor = visitor_of(user, Pages(librarians={"kari": libraries}))

    assert [visitor.serves(code) for code in (LIBRARY, OTHER_LIBRARY)] == served


class TestNavigation:
    def test_lists_what_a_visitor_may_open(self, viewer):
        text = viewer.get("libraries").text

        assert 'href="/patron-sync/libraries" aria-current="page"' in text

    def test_is_empty_without_a_log_in(self, as_):
        assert "<nav" not in as_(None).get("").text

    def test_somebody_without_a_role_sees_nothing(self, as_, tokens):
        from airflow.api_fastapi.app import get_auth_manager
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

        nobody = SimpleAuthManagerUser(username="nobody", role=None)
        browser = as_("viewer")
        browser.token = get_auth_manager().generate_jwt(nobody)

        answer = browser.get("")

        assert answer.status_code == 403
        assert "Your role does not open this page" in answer.text
        assert "<nav" not in answer.text


def test_with_a_wrong_file_nobody_is_more_than_airflow_says(librarian, admin, libraries_yaml):
    libraries_yaml(timezone="Mars/Olympus")

    assert librarian.get("libraries").status_code == 200
    assert admin.get("libraries").status_code == 200
    assert librarian.get("").status_code == 500  # told, with what is wrong
