"""Who asks, and what they may do: Airflow's signed-in user and the lists of ``libraries.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.configuration import conf

from registry_operators.settings.pages import Pages

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
    from airflow.api_fastapi.auth.managers.models.base_user import BaseUser

DAG_ID = "registry_to_cicero"
"""The DAG whose permissions in Airflow stand for those on the pages."""


class Role(StrEnum):
    """What somebody may do; one person may have several."""

    VIEWER = "viewer"
    """Reads counts and masked lists."""
    OPERATOR = "operator"
    """Runs, retries, undoes, decides on held changes, asks why."""
    LIBRARIAN = "librarian"
    """Uses the desk for their own libraries."""
    ADMIN = "admin"
    """Edits data syncs."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """
    Somebody who has logged in to Airflow.

    :param name: The log-in name, for the audit trail.
    :param libraries: Where the visitor serves as a librarian; ``None`` means everywhere.
    """

    name: str
    roles: frozenset[Role]
    libraries: frozenset[str] | None = frozenset()

    def serves(self, library: str) -> bool:
        """Say whether the visitor is a librarian of a library."""
        if Role.LIBRARIAN not in self.roles:
            return False
        return self.libraries is None or library in self.libraries


def visitor_of(user: BaseUser, pages: Pages) -> Visitor:
    """
    Return what a user of Airflow may do on the pages.

    Reading and starting runs of ``registry_to_cicero`` is asked of Airflow's auth manager.
    """
    name = user.get_name()
    libraries = pages.libraries_of(name)
    held = {
        Role.VIEWER: _may(user, "GET"),
        Role.OPERATOR: _may(user, "POST"),
        Role.LIBRARIAN: libraries is None or bool(libraries),
        Role.ADMIN: name in pages.admins or _is_airflow_admin(user),
    }
    return Visitor(name, frozenset(role for role, has in held.items() if has), libraries)


def is_log_in_off() -> bool:
    """Say whether Airflow lets everybody in as an administrator; then the pages stay shut."""
    return conf.getboolean("core", "simple_auth_manager_all_admins", fallback=False)


def _may(user: BaseUser, method: ResourceMethod) -> bool:
    return get_auth_manager().is_authorized_dag(
        method=method,
        access_entity=DagAccessEntity.RUN,
        details=DagDetails(id=DAG_ID, team_name=_team()),
        user=user,
    )


def _is_airflow_admin(user: BaseUser) -> bool:
    # The simple auth manager lets its role "op" change the configuration too.
    if isinstance(user, SimpleAuthManagerUser):
        return user.role is not None and user.role.lower() == "admin"
    return get_auth_manager().is_authorized_configuration(method="PUT", user=user)


def _team() -> str | None:
    if not conf.getboolean("core", "multi_team", fallback=False):
        return None
    from airflow.models.dag import DagModel

    return DagModel.get_team_name(DAG_ID)
