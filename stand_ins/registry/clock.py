"""The stand-in's own clock: naive local time, as the registry writes it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Europe/Oslo")


class Clock:
    """
    Tells Oslo wall time without a zone, to the second.

    `offset_s` moves it, so that a test can let the registry's clock run ahead or behind.
    """

    def __init__(self, offset_s: int = 0) -> None:
        self.offset_s = offset_s

    def now(self) -> str:
        """Return `YYYY-MM-DDThh:mm:ss`."""
        local = datetime.now(_ZONE).replace(tzinfo=None) + timedelta(seconds=self.offset_s)
        return local.isoformat(timespec="seconds")
