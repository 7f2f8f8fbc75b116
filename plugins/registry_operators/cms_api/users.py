"""CMS users: the client systems of a library, such as its web site (spec N3.8)."""

from __future__ import annotations

import re
from typing import Any

from registry_operators.cms_api.passwords import SHORTEST, hash_password
from registry_operators.errors import ConfigurationError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.settings.libraries import LibrariesConfig

_NAME = re.compile(r"[A-Za-z0-9._@-]{1,64}", re.ASCII)


class CmsUsers:
    """
    Adds, locks and lists CMS users; each change is written in the audit trail.

    :param actor: Who does it, for the audit trail.
    """

    def __init__(self, ledger: Ledger, config: LibrariesConfig, actor: str) -> None:
        self._ledger = ledger
        self._config = config
        self._actor = actor

    def add(self, library: str, name: str, password: str) -> None:
        """
        Add a user.

        :raises ConfigurationError: Library, name or password will not do, or the user is there.
        """
        self._config.chosen([library])
        if not _NAME.fullmatch(name):
            raise ConfigurationError(
                "the name of a CMS user has 1 to 64 letters, digits and . _ @ -; take another"
            )
        hashed = _hashed(password)
        with self._ledger.transaction():
            who = {"library": library, "name": name}
            if not self._ledger.rows("cms/add_user", **who, password_hash=hashed):
                raise ConfigurationError(
                    f"library {library} has a CMS user {name} already; give that one another "
                    "password, or take another name"
                )
            self._audit("add_cms_user", library, name)

    def set_password(self, library: str, name: str, password: str) -> None:
        """
        Give a user another password; its sessions end.

        :raises ConfigurationError: The password will not do, or there is no such user.
        """
        hashed = _hashed(password)
        with self._ledger.transaction():
            who = {"library": library, "name": name}
            self._found(self._ledger.rows("cms/set_password", **who, password_hash=hashed), name)
            self._ledger.run("cms/close_sessions", **who)
            self._audit("change_cms_password", library, name)

    def lock(self, library: str, name: str, *, locked: bool) -> None:
        """
        Keep a user out and end its sessions, or let it in again.

        :raises ConfigurationError: There is no such user.
        """
        with self._ledger.transaction():
            who = {"library": library, "name": name}
            self._found(self._ledger.rows("cms/lock_user", **who, locked=locked), name)
            self._ledger.run("cms/close_sessions", **who)
            self._audit("lock_cms_user" if locked else "unlock_cms_user", library, name)

    def list(self, library: str | None = None) -> list[dict[str, Any]]:
        """Return library, name, lock, last change and open sessions of each user."""
        return [row._asdict() for row in self._ledger.rows("cms/list_users", library=library)]

    def _found(self, rows: Any, name: str) -> None:
        if not rows:
            raise ConfigurationError(
                f"the library has no CMS user {name}; patron-sync cms-user list shows them"
            )

    def _audit(self, action: str, library: str, name: str) -> None:
        AuditTrail(self._ledger).append(
            action, actor=self._actor, library=library, subject=f"CMS user {name}"
        )


def _hashed(password: str) -> str:
    if len(password) < SHORTEST:
        raise ConfigurationError(
            f"a password has at least {SHORTEST} characters; take a longer one"
        )
    return hash_password(password)
