"""Sessions of CMS users: opened by a log-in, known by a hash, ended by time (spec N3.8)."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import NamedTuple

from registry_operators.cms_api.errors import ProblemError
from registry_operators.cms_api.log_in_guard import LogInGuard
from registry_operators.cms_api.passwords import is_password
from registry_operators.desk.desk import Desk
from registry_operators.domain.keys import log_in_subject
from registry_operators.ledger.database import Ledger

_AGENCY = re.compile(r"NO-(\d{7})", re.ASCII)
_KEY_BYTES = 32


class CmsUser(NamedTuple):
    """Who a session belongs to."""

    library: str
    name: str


def agency_code(agency: str) -> str | None:
    """
    Return the library's seven digits of an ISIL, or ``None`` of any other text.

    >>> agency_code("NO-2030000")
    '2030000'
    """
    found = _AGENCY.fullmatch(agency)
    return found.group(1) if found else None


def agency_isil(library: str) -> str:
    """Return the ISIL of a library."""
    return f"NO-{library}"


def open_session(desk: Desk, agency: str, name: str, password: str) -> str:
    """
    Log a CMS user in and return the key of the session.

    An unknown library, an unknown user, a locked one and a wrong password are one and the same.

    :raises ProblemError: 403, nothing was opened.
    """
    library = agency_code(agency) or ""
    settings = desk.config.cms_api
    subject = log_in_subject("user", library, name, desk.secrets.keys)

    def guard_of(ledger: Ledger) -> LogInGuard:
        return LogInGuard(
            ledger, subject, most=settings.failures_before_lock,
            lock_minutes=settings.user_lock_minutes,
        )  # fmt: skip

    with desk.open_ledger() as ledger:
        _refuse_if_locked(guard_of(ledger))
        rows = ledger.rows("cms/read_user", library=library, name=name)
    # Without a connection, because this takes a while.
    is_right = is_password(rows[0].password_hash if rows else None, password)
    key = secrets.token_urlsafe(_KEY_BYTES)
    with desk.open_ledger() as ledger, ledger.transaction():
        guard = guard_of(ledger)
        guard.wait_for_turn()
        _refuse_if_locked(guard)
        is_open = is_right and ledger.rows(
            "cms/open_session", token_hash=_hash(key), library=library, name=name,
            password_hash=rows[0].password_hash, minutes=settings.session_minutes,
        )  # fmt: skip
        if is_open:
            guard.succeeded()
        else:
            guard.failed()
    if not is_open:
        raise ProblemError(403, "WRONG_CREDENTIALS", "user name or password is wrong")
    return key


def read_session(desk: Desk, key: str) -> CmsUser | None:
    """Return who a session belongs to, or ``None`` if there is none in force with this key."""
    with desk.open_ledger() as ledger:
        rows = ledger.rows("cms/read_session", token_hash=_hash(key))
    return CmsUser(rows[0].library, rows[0].name) if rows else None


def _refuse_if_locked(guard: LogInGuard) -> None:
    if seconds := guard.locked_for_s():
        raise ProblemError(
            403,
            "LOGIN_LOCKED",
            "too many log-ins of this user failed; wait as long as Retry-After says",
            headers={"Retry-After": str(seconds)},
        )


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
