"""Who may do more on the pages than Airflow says, in ``include/config/libraries.yaml``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_User = Annotated[str, Field(min_length=1, max_length=250)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Pages(_Strict):
    """
    Users of Airflow, by the name with which they log in (N3.1, N3.2, N3.6, N3.7).

    :param librarians: Who uses the desk, each with the libraries or with ``all``.
    :param admins: Who edits data syncs besides Airflow's own administrators.
    """

    librarians: dict[_User, list[str] | Literal["all"]] = {}
    admins: list[_User] = []

    def libraries_of(self, user: str) -> frozenset[str] | None:
        """Return the libraries that a user serves at the desk; ``None`` means all of them."""
        libraries = self.librarians.get(user, [])
        return frozenset(libraries) if isinstance(libraries, list) else None
