"""A limit of calls in a second that all threads of the process keep together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cache


class RateLimit:
    """
    Lets calls through at even distances, however many threads ask.

    :param per_second: Calls in a second; 0 for no limit.
    :param clock: Seconds that only go forward.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._apart_s = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._next_at = clock()
        self._lock = threading.Lock()

    def wait(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Take the next turn, and pause until it comes."""
        with self._lock:
            now = self._clock()
            turn = max(self._next_at, now)
            self._next_at = turn + self._apart_s
        if turn > now:
            pause(turn - now)


@cache
def shared_rate_limit(name: str, per_second: float) -> RateLimit:
    """Return the limit that everybody in this process shares who gives the same name."""
    return RateLimit(per_second)
