"""The statements of ``include/sql/cms``: users, sessions, failed log-ins."""

from __future__ import annotations

from typing import Any

import pytest

from registry_operators.ledger.database import Ledger
from tests.factories import LIBRARY, OTHER_LIBRARY

WHO = {"library": LIBRARY, "name": "website"}
HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"
KEY = {"token_hash": bytes(32)}
SUBJECT = {"subject": bytes(32)}
COUNTED: dict[str, Any] = SUBJECT | {"most": 3, "lock_minutes": 15, "remember_hours": 24}


@pytest.fixture
def user(ledger: Ledger) -> None:
    """A CMS user at one library."""
    ledger.rows("cms/add_user", **WHO, password_hash=HASH)


@pytest.fixture
def session(ledger: Ledger, user) -> None:
    """A session of that user."""
    ledger.run("cms/open_session", **KEY, **WHO, password_hash=HASH, minutes=60)


def open_another(ledger: Ledger, **changes: Any) -> int:
    values = {"token_hash": b"1" * 32, **WHO, "password_hash": HASH, "minutes": 60} | changes
    return len(ledger.rows("cms/open_session", **values))


def fail(ledger: Ledger, times: int = 1) -> int:
    for _ in range(times):
        (row,) = ledger.rows("cms/count_failure", **COUNTED)
    failures: int = row.failures
    return failures


def locked_for_s(ledger: Ledger) -> int:
    (row,) = ledger.rows("cms/read_failures", **SUBJECT)
    return row.locked_for_s or 0


def grow_old(query, hours: int) -> None:
    query(
        "update cms_api.failed_log_in set last_at = last_at - make_interval(hours => %s),"
        " locked_until = locked_until - make_interval(hours => %s)", hours, hours,
    )  # fmt: skip


class TestUsers:
    def test_add_user_adds_a_name_once_at_each_library(self, ledger: Ledger, user) -> None:
        assert ledger.rows("cms/add_user", **WHO, password_hash=HASH) == []
        elsewhere = WHO | {"library": OTHER_LIBRARY}
        assert len(ledger.rows("cms/add_user", **elsewhere, password_hash=HASH)) == 1

    def test_read_user_reads_hash_and_lock(self, ledger: Ledger, user) -> None:
        for _ in range(2):
            assert [tuple(row) for row in ledger.rows("cms/read_user", **WHO)] == [(HASH, False)]
        assert ledger.rows("cms/read_user", **WHO | {"library": OTHER_LIBRARY}) == []
        assert ledger.rows("cms/read_user", **WHO | {"name": "other"}) == []

    def test_list_users_counts_sessions_in_force(self, ledger: Ledger, session, query) -> None:
        ledger.rows("cms/add_user", library=OTHER_LIBRARY, name="app", password_hash=HASH)
        open_another(ledger)
        query("update cms_api.session set expires_at = now() where token_hash = %s", b"1" * 32)

        everybody = ledger.rows("cms/list_users", library=None)
        here = ledger.rows("cms/list_users", library=LIBRARY)

        assert [(row.library, row.name, row.locked, row.sessions) for row in everybody] == [
            (LIBRARY, "website", False, 1),
            (OTHER_LIBRARY, "app", False, 0),
        ]
        assert [row.name for row in here] == ["website"]

    def test_set_password_changes_the_hash_of_one(self, ledger: Ledger, user, query) -> None:
        for _ in range(2):
            assert len(ledger.rows("cms/set_password", **WHO, password_hash=HASH + "x")) == 1
        nobody = WHO | {"name": "other"}
        assert ledger.rows("cms/set_password", **nobody, password_hash=HASH) == []
        assert query("select password_hash from cms_api.cms_user") == [(HASH + "x",)]

    def test_lock_user_locks_and_unlocks(self, ledger: Ledger, user, query) -> None:
        for locked in (True, True, False):
            assert len(ledger.rows("cms/lock_user", **WHO, locked=locked)) == 1
            assert query("select locked from cms_api.cms_user") == [(locked,)]
        assert ledger.rows("cms/lock_user", **WHO | {"library": OTHER_LIBRARY}, locked=True) == []


class TestSessions:
    def test_open_session_wants_the_user_as_it_was_judged(self, ledger: Ledger, user) -> None:
        assert open_another(ledger, password_hash="$argon2id$other") == 0
        assert open_another(ledger, name="other") == 0
        ledger.rows("cms/lock_user", **WHO, locked=True)
        assert open_another(ledger) == 0
        ledger.rows("cms/lock_user", **WHO, locked=False)
        assert open_another(ledger) == 1

    def test_open_session_ends_after_its_minutes(self, ledger: Ledger, session, query) -> None:
        length = "select expires_at - opened_at between interval '59 min' and interval '61 min'"
        assert query(f"{length} from cms_api.session") == [(True,)]

    def test_read_session_knows_a_key_in_force(self, ledger: Ledger, session) -> None:
        for _ in range(2):
            assert [tuple(row) for row in ledger.rows("cms/read_session", **KEY)] == [
                (LIBRARY, "website")
            ]
        assert ledger.rows("cms/read_session", token_hash=b"1" * 32) == []

    def test_read_session_refuses_an_expired_one(self, ledger: Ledger, session, query) -> None:
        query("update cms_api.session set expires_at = now()")

        assert ledger.rows("cms/read_session", **KEY) == []

    def test_read_session_refuses_that_of_a_locked_user(self, ledger: Ledger, session) -> None:
        ledger.rows("cms/lock_user", **WHO, locked=True)

        assert ledger.rows("cms/read_session", **KEY) == []

    def test_close_sessions_closes_those_of_one_user(self, ledger: Ledger, session) -> None:
        assert ledger.run("cms/close_sessions", **WHO | {"library": OTHER_LIBRARY}) == 0
        assert ledger.run("cms/close_sessions", **WHO | {"name": "other"}) == 0
        assert ledger.run("cms/close_sessions", **WHO) == 1
        assert ledger.run("cms/close_sessions", **WHO) == 0

    def test_forget_sessions_leaves_those_in_force(self, ledger: Ledger, session, query) -> None:
        open_another(ledger)
        query("update cms_api.session set expires_at = now() where token_hash = %s", b"1" * 32)

        assert ledger.run("cms/forget_sessions") == 1
        assert ledger.run("cms/forget_sessions") == 0
        assert len(ledger.rows("cms/read_session", **KEY)) == 1


class TestFailures:
    def test_lock_subject_makes_others_wait(self, ledger: Ledger, query) -> None:
        key = "hashtextextended(encode(%s, 'hex'), 0)"

        with ledger.transaction():
            for _ in range(2):
                ledger.rows("cms/lock_subject", **SUBJECT)
            assert query(f"select pg_try_advisory_xact_lock({key})", bytes(32)) == [(False,)]
            assert query(f"select pg_try_advisory_xact_lock({key})", b"1" * 32) == [(True,)]

        assert query(f"select pg_try_advisory_xact_lock({key})", bytes(32)) == [(True,)]

    def test_read_failures_tells_how_long_somebody_is_locked(self, ledger: Ledger, query) -> None:
        assert ledger.rows("cms/read_failures", **SUBJECT) == []
        fail(ledger, 2)
        assert locked_for_s(ledger) == 0
        fail(ledger)
        assert 890 <= locked_for_s(ledger) <= 900
        grow_old(query, 1)
        assert locked_for_s(ledger) == 0

    def test_count_failure_doubles_the_lock_up_to_sixteen_times(self, ledger: Ledger) -> None:
        minutes = []
        for _ in range(9):
            fail(ledger)
            minutes.append(-(-locked_for_s(ledger) // 60))

        assert minutes == [0, 0, 15, 30, 60, 120, 240, 240, 240]

    def test_count_failure_begins_anew_after_a_day(self, ledger: Ledger, query) -> None:
        assert fail(ledger, 4) == 4
        grow_old(query, 25)

        assert fail(ledger) == 1
        assert locked_for_s(ledger) == 0

    def test_forgive_failures_forgets_one_subject(self, ledger: Ledger) -> None:
        fail(ledger, 3)

        assert ledger.run("cms/forgive_failures", subject=b"1" * 32) == 0
        assert ledger.run("cms/forgive_failures", **SUBJECT) == 1
        assert ledger.run("cms/forgive_failures", **SUBJECT) == 0

    def test_forget_failures_leaves_the_young_and_the_locked(self, ledger: Ledger, query) -> None:
        fail(ledger, 3)
        assert ledger.run("cms/forget_failures", keep_hours=24) == 0
        query("update cms_api.failed_log_in set last_at = last_at - interval '25 hours'")
        assert ledger.run("cms/forget_failures", keep_hours=24) == 0
        query("update cms_api.failed_log_in set locked_until = now()")

        assert ledger.run("cms/forget_failures", keep_hours=24) == 1
        assert ledger.run("cms/forget_failures", keep_hours=24) == 0


def test_check_health_answers(ledger: Ledger, user) -> None:
    for _ in range(2):
        assert [tuple(row) for row in ledger.rows("cms/check_health")] == [(True,)]
