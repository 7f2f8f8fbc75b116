"""
The gateway in front of Alma: the key, the limit for a second and the quota of a day.

The limit is a bucket that holds the calls of one second and fills evenly; all keys of an
institution share it. The quota is counted from midnight, UTC.
"""

import time

from stand_ins.alma.options import AlmaOptions
from stand_ins.alma.replies import RefusedError
from stand_ins.ils.calls import Call
from stand_ins.ils.clock import DAY_S, Clock


class Gateway:
    """Lets calls through, or raises `RefusedError`."""

    def __init__(self, options: AlmaOptions, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._key = options.api_key
        self._left = float(options.per_second)
        self._filled_at = time.monotonic()
        self._day = -1
        self._used = 0

    @property
    def remaining(self) -> int:
        """Calls left of the quota of the day."""
        return max(0, self._options.daily - self._used)

    def check(self, call: Call) -> None:
        """Count a call, and refuse it if its key is wrong or there are too many."""
        self._check_key(call)
        self._check_rate()
        today = self._clock.now() // DAY_S
        if today != self._day:
            self._day, self._used = today, 0
        if not self.remaining:
            message = "Daily API request threshold has been reached"
            raise RefusedError("DAILY_THRESHOLD", message, 429)
        self._used += 1
        if self._options.no_permission:
            raise forbidden()

    def revoke(self) -> None:
        """Forget the key: nobody is let in any more."""
        self._key = ""

    def _check_key(self, call: Call) -> None:
        header = call.headers.get("authorization", "")
        key = header[7:].strip() if header.lower().startswith("apikey ") else ""
        key = key or call.query.get("apikey", "")
        if not key or key != self._key:
            message = "Invalid API Key"
            raise RefusedError("INVALID_REQUEST", message, 403)

    def _check_rate(self) -> None:
        most = self._options.per_second
        if not most:
            return
        now = time.monotonic()
        self._left = min(float(most), self._left + (now - self._filled_at) * most)
        self._filled_at = now
        if self._left < 1:
            message = "HTTP requests are more than allowed per second"
            raise RefusedError("PER_SECOND_THRESHOLD", message, 429)
        self._left -= 1


def forbidden() -> RefusedError:
    """Return what a key without the area Users is told."""
    message = "API-key not defined or not configured to allow this API."
    return RefusedError("UNAUTHORIZED", message)
