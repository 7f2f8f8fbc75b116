"""What Alma's answers mean: its one envelope for all errors, and pages of users."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from registry_operators.clients.ils_http import LONGEST_PAUSE_S, IlsReply, judge_reply
from registry_operators.errors import (
    LoginRefusedError,
    MalformedAnswerError,
    RefusedError,
    UnavailableError,
)

# Errors come as a list or a single object, in JSON or, from the gateway, in XML.
_CODE = re.compile(rb"errorCode\W{1,20}?([A-Z0-9_]{1,40})")
_HAS_ERRORS = re.compile(rb"errorsExist\W{1,20}?true")
_NO_USER = frozenset({"401861", "401890"})
_NO_RIGHT = frozenset({"UNAUTHORIZED", "FORBIDDEN"})
_TOMORROW_S = 3600.0 + LONGEST_PAUSE_S


class NoUserError(RefusedError):
    """There is no such user, which Alma tells as HTTP 400."""


class AlmaBatch(NamedTuple):
    """Users of one answer; ``total`` may be more than can ever be shown."""

    users: list[dict[str, Any]]
    total: int


def judge_alma(reply: IlsReply) -> None:
    """Turn an error into the one that says what should happen next; messages hold codes only."""
    if reply.status == 200 and not _HAS_ERRORS.search(reply.body[:200]):
        return
    codes = {found.decode("ascii") for found in _CODE.findall(reply.body[:4096])}
    if "DAILY_THRESHOLD" in codes:
        trouble = UnavailableError(
            f"{reply.what}: the day's calls are used up (DAILY_THRESHOLD); the quota is renewed at "
            "midnight UTC"
        )
        trouble.retry_after_s = _TOMORROW_S
        raise trouble
    if "PER_SECOND_THRESHOLD" in codes:
        raise _slow_down(reply)
    if codes & _NO_USER:
        raise NoUserError(f"{reply.what}: there is no such user")
    if codes & _NO_RIGHT or reply.status in {401, 403}:
        raise LoginRefusedError(
            f"{reply.what}: the key is refused (HTTP {reply.status}); it needs the area Users, "
            "read-only at least, of this environment and region"
        )
    if codes and 200 <= reply.status < 500 and reply.status != 429:
        raise RefusedError(f"{reply.what}: HTTP {reply.status}, {', '.join(sorted(codes))}")
    if reply.status == 200:
        raise MalformedAnswerError(f"{reply.what}: errors without a code in an answer of success")
    judge_reply(reply)


def judge_quota(reply: IlsReply, floor: int) -> None:
    """
    Leave the rest of the day's calls to others.

    :raises UnavailableError: Fewer than the floor are left.
    """
    left = reply.number("X-Exl-Api-Remaining")
    if left is not None and left < floor:
        trouble = UnavailableError(
            f"{reply.what}: {left} calls of the day's quota are left, and {floor} are to be left "
            "to others (extra quota_floor); it is renewed at midnight UTC"
        )
        trouble.retry_after_s = _TOMORROW_S
        raise trouble


def read_users(reply: IlsReply) -> AlmaBatch:
    """
    Read a page; where nobody is, ``user`` is empty, null or absent.

    :raises MalformedAnswerError: It is no page of users.
    """
    content = reply.content()
    total = content.get("total_record_count") if isinstance(content, dict) else None
    users = (content.get("user") or []) if isinstance(content, dict) else None
    if isinstance(users, dict):
        users = [users]
    if not isinstance(users, list) or not all(isinstance(one, dict) for one in users):
        raise MalformedAnswerError(f"{reply.what}: no page of users came")
    if not isinstance(total, int) or total < 0:
        raise MalformedAnswerError(f"{reply.what}: a page without the number of all")
    return AlmaBatch(users, total)


def _slow_down(reply: IlsReply) -> UnavailableError:
    trouble = UnavailableError(f"{reply.what}: too many calls a second (PER_SECOND_THRESHOLD)")
    trouble.retry_after_s = reply.retry_after_s()
    return trouble
