"""Passwords of CMS users: Argon2id, and not too many computations at a time (spec N3.8)."""

from __future__ import annotations

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from registry_operators.cms_api.errors import try_later

SHORTEST = 12
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each takes 19 MiB and all of a core for a moment."""
_WAIT_S = 20.0
"""Fifty clients that start together all get their turn, on a busy machine too."""
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """Return the hash to keep."""
    return _hasher.hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """
    Say whether a password is the one of a hash; no hash takes as long as a wrong password.

    :raises ProblemError: Too many log in at this moment.
    """
    if not _AT_ONCE.acquire(timeout=_WAIT_S):
        raise try_later()
    try:
        return _hasher.verify(password_hash or _nobodys_hash(), password) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _AT_ONCE.release()


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("the password of nobody")
