"""The CMS API in ``include/config/libraries.yaml``: sessions, lock-outs, what a library offers."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

REMEMBER_FAILURES_HOURS = 24
"""A failed log-in counts no longer than this."""

_Minutes = Annotated[int, Field(ge=1, le=60)]
_Word = Annotated[str, Field(min_length=1, max_length=64)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CmsApi(_Strict):
    """
    Sessions and failed log-ins (N3.8).

    :param session_minutes: A session ends so long after its log-in.
    :param failures_before_lock: So many failures in a row lock out.
    :param lock_minutes: First lock-out of a patron; each further failure doubles it, up to sixteen
        times.
    :param user_lock_minutes: The same of a CMS user: short, because its password cannot be guessed
        and everybody's web site depends on it.
    """

    session_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 60
    failures_before_lock: Annotated[int, Field(ge=2, le=20)] = 5
    lock_minutes: _Minutes = 15
    user_lock_minutes: _Minutes = 1


class Branch(_Strict):
    """
    A branch of a library.

    :param id: As the CMS API hands it out, such as ``NO-2030001``.
    :param title: As patrons see it.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z]{1,8}-[A-Za-z0-9/:-]{1,55}$")]
    title: Annotated[str, Field(min_length=1, max_length=200)]


class SelfService(_Strict):
    """
    What a library's web site is told of it.

    :param branches: If there are any, a pickup branch must be one of them.
    :param languages: Languages that a patron may choose.
    :param notification_protocols: Other ways of telling a patron than SMS and e-mail.
    :param guardian_visibility: Guardians may see and change their children's settings.
    """

    branches: list[Branch] = []
    languages: list[_Word] = ["nb", "nn", "en"]
    notification_protocols: list[_Word] = []
    guardian_visibility: bool = True
