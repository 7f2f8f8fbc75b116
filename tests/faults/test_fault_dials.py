"""
Each fault dial on a day of changes: nothing lost, nothing doubled, and the right reason shown.

A night with the dial on, then one with it off; registry and Cicero must then hold exactly what
they hold when nothing went wrong, and as many calls must have written. The dials that change the
registry itself are in ``test_registry_dials.py``.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import pytest

from tests.factories import LIBRARY, OTHER_LIBRARY
from tests.faults.fault_world import Day

LATE_S = 0.5


class Fault(NamedTuple):
    """
    Dials at the first library, and what its push and pull are expected to say.

    :param push: Failure code of the library's push, ``None`` if it came through; `pull` likewise.
    :param detail: A piece of what staff read about the first failure.
    :param unanswered: Records of the push that fail alone, for want of an answer.
    :param waits: The pauses that were made before calls were repeated, in seconds.
    """

    dials: list[dict[str, Any]]
    push: str | None = None
    pull: str | None = None
    detail: str = ""
    unanswered: int = 0
    waits: frozenset[float] | None = None


def dial(name: str, **keys: Any) -> list[dict[str, Any]]:
    return [{"dial": name, "library": LIBRARY, **keys}]


def load(name: str, **keys: Any) -> list[dict[str, Any]]:
    return [one for operation in ("endre", "nyPost", "slett")
            for one in dial(name, operation=operation, **keys)]  # fmt: skip


def feed(name: str, **keys: Any) -> list[dict[str, Any]]:
    return dial(name, operation="soekEndret", **keys)


def creation(name: str, **keys: Any) -> list[dict[str, Any]]:
    return dial(name, operation="nyPost", **keys)


FAULTS = {
    "slow": Fault(dial("latency", seconds=0.03, probability=0.3)),
    "slower than the time-out": Fault(creation("latency", seconds=LATE_S, times=3), unanswered=3),
    "asked to wait": Fault(
        dial("too_many_requests", times=3, retry_after="7"), waits=frozenset({7.0})
    ),
    "asked to wait for ever": Fault(
        dial("too_many_requests", retry_after="86400"),
        push="UNAVAILABLE", pull="UNAVAILABLE", detail="HTTP 429", waits=frozenset({60.0}),
    ),
    "asked to wait at a creation": Fault(creation("too_many_requests", times=2), unanswered=2),
    "broken now and then": Fault(
        dial("server_error", operation="endre", probability=0.3, seed=7, times=3)
    ),
    "broken": Fault(
        dial("server_error"), push="UNAVAILABLE", pull="UNAVAILABLE", detail="HTTP 500"
    ),
    "broken in the load": Fault(
        load("server_error", status=503), push="UNAVAILABLE", detail="stopped answering"
    ),
    "reset before a creation": Fault(creation("reset_before_commit", times=3), unanswered=3),
    "reset after a creation": Fault(creation("reset_after_commit", times=3), unanswered=3),
    "reset before a change": Fault(dial("reset_before_commit", operation="endre", times=3)),
    "reset after a change": Fault(dial("reset_after_commit", operation="endre", times=3)),
    "reset after a removal": Fault(dial("reset_after_commit", operation="slett", times=2)),
    "reset after all of the load": Fault(
        load("reset_after_commit"), push="UNAVAILABLE", detail="stopped answering"
    ),
    "a page cut off": Fault(feed("truncated_page", after=1, times=2)),
    "a page cut off in silence": Fault(feed("truncated_page", in_silence=True, after=1, times=2)),
    "pages cut off": Fault(
        feed("truncated_page", after=1), pull="UNAVAILABLE", detail="did not answer"
    ),
    "pages cut off in silence": Fault(
        feed("truncated_page", in_silence=True, after=1), pull="MALFORMED_ANSWER", detail="cut off"
    ),
    "look-ups cut off in silence": Fault(
        dial("truncated_page", operation="hent", in_silence=True),
        push="MALFORMED_ANSWER", detail="cut off",
    ),
    "a page twice": Fault(dial("duplicated_page", after=1, times=1)),
    "pages twice": Fault(
        dial("duplicated_page", after=1), pull="MALFORMED_ANSWER", detail="moved 21 times"
    ),
    "the first pages swapped": Fault(dial("reordered_pages", times=1)),
    "two later pages swapped": Fault(dial("reordered_pages", after=2, times=2)),
    "pages swapped": Fault(
        dial("reordered_pages"), pull="MALFORMED_ANSWER", detail="moved 21 times"
    ),
    "records moving between pages": Fault(dial("drifting_pages", count=30, times=4, after=1)),
    "permission lost": Fault(
        dial("permission_lost"), push="LOGIN_REFUSED", pull="LOGIN_REFUSED", detail="HTTP 403"
    ),
    "permission lost in the load": Fault(
        dial("permission_lost", operation="endre", after=2),
        push="LOGIN_REFUSED", detail="HTTP 403",
    ),
    "permission lost between pages": Fault(
        feed("permission_lost", after=2), pull="LOGIN_REFUSED", detail="HTTP 403"
    ),
    "too high a total": Fault(feed("wrong_totals"), pull="MALFORMED_ANSWER", detail="claims"),
    "too low a total": Fault(feed("wrong_totals", hits=-5)),
    "a wrong count of a page": Fault(
        feed("wrong_totals", hits=0, returned=1), pull="MALFORMED_ANSWER", detail="claims"
    ),
    "decomposed letters": Fault(dial("denormalised_unicode")),
    "an empty success of the feed": Fault(
        feed("empty_success"), pull="MALFORMED_ANSWER"
    ),
    "an empty success of look-ups": Fault(
        dial("empty_success", operation="hent"), push="MALFORMED_ANSWER"
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, id=name) for name, fault in FAULTS.items()],
)
def test_a_fault_loses_and_doubles_nothing(
    day: Day, undisturbed: dict[str, Any], fault: Fault
) -> None:
    is_late = fault.dials[0].get("seconds") == LATE_S
    day.live.timeout_s = LATE_S / 2 if is_late else 5.0

    push, pull = day.disturbed(*fault.dials)
    waits = frozenset(day.live.waits)
    day.live.timeout_s = 5.0
    time.sleep(LATE_S if is_late else 0)
    day.night()

    assert day.outcome() == undisturbed
    for tally, code in ((push[LIBRARY], fault.push), (pull[LIBRARY], fault.pull)):
        assert tally.failure_code == code, tally
    failed = [tally for tally in (push[LIBRARY], pull[LIBRARY]) if tally.failure_code]
    assert fault.detail in (failed[0].failure_detail or "" if failed else "")
    if not fault.push:
        expected = {"UNAVAILABLE": fault.unanswered} if fault.unanswered else {}
        assert push[LIBRARY].failures == expected
    for tally in (push[OTHER_LIBRARY], pull[OTHER_LIBRARY]):
        assert (tally.failure_code, tally.failures) == (None, {})
    assert fault.waits in (None, waits)
