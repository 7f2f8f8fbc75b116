"""Log-ins of CMS users: sessions, lock-outs, and what the database knows of them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from registry_operators.cms_api import sessions
from registry_operators.cms_api.app import build_app
from registry_operators.cms_api.users import CmsUsers
from registry_operators.desk.desk import Desk
from registry_operators.errors import ConfigurationError
from registry_operators.ledger.database import Ledger
from registry_operators.settings.retention import Retention
from registry_operators.steps.apply_retention import apply_retention
from tests.cms.conftest import PASSWORD, USER, Site
from tests.factories import LIBRARY

WRONG = "wrong password"
LOGIN = "/rest/external/v1/{agency}/authentication/login"


def works(site: Site) -> bool:
    return bool(site.call("GET", "/languages/v1").status_code == 200)


def test_a_log_in_gives_a_key_and_keeps_its_hash_alone(site: Site, db) -> None:
    key = site.headers["X-Session"]

    assert len(key) == 43
    kept = db.execute("select token_hash from cms_api.session").fetchall()
    assert kept == [(hashlib.sha256(key.encode()).digest(),)]
    assert works(site)


@pytest.mark.parametrize(
    ("agency", "user", "password"),
    [
        ("NO-2030000", USER, WRONG),
        ("NO-2030000", "nobody", PASSWORD),
        ("NO-2999999", USER, PASSWORD),
        ("DK-761500", USER, PASSWORD),
        ("%00", USER, PASSWORD),
        ("NO-2030000", "' or 1=1 --", PASSWORD),
    ],
)
def test_wrong_credentials_are_one_and_the_same(
    site: Site, agency: str, user: str, password: str
) -> None:
    answer = site.http.post(
        LOGIN.format(agency=agency), json={"username": user, "password": password}
    )

    assert (answer.status_code, answer.json()["errorCode"]) == (403, "WRONG_CREDENTIALS")


@pytest.mark.parametrize("key", [None, "", "unknown", "x" * 5000, "åøæ".encode()])
def test_a_key_that_is_no_sessions_is_refused(site: Site, key) -> None:
    headers = {} if key is None else {"X-Session": key}
    answer = site.http.get("/rest/external/NO-2030000/patrons/languages/v1", headers=headers)

    assert (answer.status_code, answer.json()["errorCode"]) == (401, "SESSION_INVALID")


def test_a_session_ends(site: Site, db) -> None:
    left = "select extract(epoch from expires_at - now()) / 60 from cms_api.session"
    assert 59 < db.execute(left).fetchone()[0] <= 60
    db.execute("update cms_api.session set expires_at = now()")

    assert not works(site)
    site.log_in()
    assert works(site)


def test_a_session_outlives_the_process_and_counts_in_others(site: Site, desk: Desk) -> None:
    with TestClient(build_app(desk), base_url="http://localhost") as other_process:
        assert works(Site(other_process, headers=site.headers))


def test_a_locked_user_is_out_at_once(site: Site, users: CmsUsers) -> None:
    users.lock(LIBRARY, USER, locked=True)

    assert not works(site)
    assert site.log_in().status_code == 403
    users.lock(LIBRARY, USER, locked=False)
    assert not works(site)
    assert site.log_in().status_code == 200


def test_another_password_ends_the_sessions(site: Site, users: CmsUsers) -> None:
    users.set_password(LIBRARY, USER, "another long password")

    assert not works(site)
    assert site.log_in(PASSWORD).status_code == 403
    assert site.log_in("another long password").status_code == 200


@pytest.mark.parametrize("user", [USER, "nobody"])
def test_five_failures_lock_out_also_the_right_password(site: Site, user: str) -> None:
    codes = [site.log_in(WRONG, user).json()["errorCode"] for _ in range(5)]
    locked = site.log_in(PASSWORD, user)

    assert set(codes) == {"WRONG_CREDENTIALS"}
    assert (locked.status_code, locked.json()["errorCode"]) == (403, "LOGIN_LOCKED")
    assert 1 <= int(locked.headers["retry-after"]) <= 60
    assert works(site)


def test_a_lock_ends_grows_and_is_forgotten_with_a_success(site: Site, db) -> None:
    def let_time_pass() -> None:
        db.execute("update cms_api.failed_log_in set locked_until = now()")

    for _ in range(5):
        site.log_in(WRONG)
    let_time_pass()
    assert site.log_in(WRONG).json()["errorCode"] == "WRONG_CREDENTIALS"
    assert 61 <= int(site.log_in().headers["retry-after"]) <= 120
    let_time_pass()
    assert site.log_in().status_code == 200

    assert db.execute("select count(*) from cms_api.failed_log_in").fetchone() == (0,)


def test_users_and_libraries_are_locked_out_apart(site: Site, other_site: Site) -> None:
    for _ in range(5):
        site.log_in(WRONG)

    assert site.log_in().status_code == 403
    assert other_site.log_in().status_code == 200


def test_what_is_counted_names_nobody(site: Site, db) -> None:
    site.log_in(WRONG, "somebody")

    dump = str(db.execute("select failed_log_in::text from cms_api.failed_log_in").fetchall())
    assert "somebody" not in dump
    assert LIBRARY not in dump


@pytest.mark.parametrize(
    ("library", "name", "password"),
    [
        ("2999999", "site", PASSWORD),
        (LIBRARY, "a name", PASSWORD),
        (LIBRARY, "", PASSWORD),
        (LIBRARY, "site", "elevenchars"),
        (LIBRARY, USER, PASSWORD),
    ],
    ids=["library", "name", "no name", "short password", "there already"],
)
def test_a_user_is_checked_before_it_is_added(app, users, library, name, password) -> None:
    with pytest.raises(ConfigurationError):
        users.add(library, name, password)

    assert len(users.list()) == 2


def test_what_is_done_to_users_stands_in_the_audit_trail(app, users: CmsUsers, db) -> None:
    users.lock(LIBRARY, USER, locked=True)
    users.set_password(LIBRARY, USER, PASSWORD)

    events = db.execute(
        "select actor, action, detail ->> 'subject' from patron_sync.audit_event"
        " where library = %s order by event_no", [LIBRARY],
    ).fetchall()  # fmt: skip
    assert [action for _, action, _ in events] == [
        "add_cms_user", "lock_cms_user", "change_cms_password",
    ]  # fmt: skip
    assert {(actor, subject) for actor, _, subject in events} == {("kari", f"CMS user {USER}")}
    for change in (lambda: users.lock(LIBRARY, "nobody", locked=True),
                   lambda: users.set_password(LIBRARY, "nobody", PASSWORD)):  # fmt: skip
        with pytest.raises(ConfigurationError):
            change()


def test_the_housekeeping_removes_what_is_over(site: Site, ledger: Ledger, db) -> None:
    site.log_in()
    site.log_in(WRONG)
    db.execute(
        "update cms_api.session set expires_at = now()"
        " where opened_at = (select min(opened_at) from cms_api.session)"
    )
    db.execute("update cms_api.failed_log_in set last_at = now() - interval '25 hours'")

    removed = apply_retention(ledger, Retention(audit_months=None), datetime.now(UTC))

    assert (removed["session"], removed["failed_log_in"]) == (1, 1)
    assert works(site)


def test_a_password_that_is_changed_during_a_log_in_opens_nothing(
    http: TestClient, users: CmsUsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_a_while(_: str | None, typed: str) -> bool:
        users.set_password(LIBRARY, USER, "another good password")
        return typed == PASSWORD

    monkeypatch.setattr(sessions, "is_password", take_a_while)

    assert Site(http).log_in().status_code == 403


def test_a_user_who_is_locked_during_a_log_in_gets_no_session(
    http: TestClient, users: CmsUsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_a_while(_: str | None, typed: str) -> bool:
        users.lock(LIBRARY, USER, locked=True)
        return typed == PASSWORD

    monkeypatch.setattr(sessions, "is_password", take_a_while)

    assert Site(http).log_in().status_code == 403
