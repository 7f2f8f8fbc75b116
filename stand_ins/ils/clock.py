"""A stand-in's own clock, which an admin call or a fault can move."""

import time
from datetime import UTC, date, datetime
from email.utils import formatdate
from functools import lru_cache

DAY_S = 86_400


class Clock:
    """
    Tells the time in seconds since 1970, UTC.

    `offset_s` moves it, so that a system's clock can run ahead or behind, and sessions grow old
    without anybody waiting.
    """

    def __init__(self, offset_s: int = 0) -> None:
        self.offset_s = offset_s

    def now(self) -> int:
        """Return whole seconds since 1970."""
        return int(time.time()) + self.offset_s

    def today(self) -> date:
        """Return the date in UTC."""
        return datetime.fromtimestamp(self.now(), UTC).date()

    def http_date(self) -> bytes:
        """Return the time as the `Date` header writes it."""
        return formatdate(self.now(), usegmt=True).encode()


@lru_cache(maxsize=16)  # a record tells the same time in several fields
def stamp(epoch_s: int) -> str:
    """
    Write a time in UTC to the second.

    >>> stamp(0)
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(epoch_s, UTC).isoformat()[:19] + "Z"


def day_of(ordinal: int) -> date:
    """Return the date that is so many days after 1970-01-01."""
    return date.fromordinal(_EPOCH + ordinal)


def ordinal_of(day: date) -> int:
    """Return how many days a date is after 1970-01-01."""
    return day.toordinal() - _EPOCH


_EPOCH = date(1970, 1, 1).toordinal()
