"""How numbers, days and times are written in the language of a page, for its templates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import dates, numbers

NONE = "–"


class Formats:
    """
    Writes values in the way of a locale; nothing (``None``) is a dash.

    :param locale: Locale of Babel, such as ``nb_NO``.
    :param zone: Gives the zone in which moments are told.
    """

    def __init__(self, locale: str, zone: Callable[[], ZoneInfo]) -> None:
        self._locale = locale
        self._zone = zone

    def number(self, value: float | None) -> str:
        """Write a number with its groups of digits."""
        return NONE if value is None else numbers.format_decimal(value, locale=self._locale)

    def percent(self, value: float | None) -> str:
        """Write a number of hundredths: 5 is five per cent."""
        if value is None:
            return NONE
        return numbers.format_percent(
            value / 100, locale=self._locale, format="#,##0.## %", decimal_quantization=False
        )

    def moment(self, value: datetime | None) -> str:
        """Write day and time of a moment."""
        return NONE if value is None else f"{self.day(value)} {self.clock(value)}"

    def day(self, value: date | None) -> str:
        """Write a day; that of a moment is the local one."""
        if value is None:
            return NONE
        if isinstance(value, datetime):
            value = value.astimezone(self._zone())
        return dates.format_date(value, "medium", locale=self._locale)

    def clock(self, value: datetime | None) -> str:
        """Write the local time of a moment, in hours and minutes."""
        if value is None:
            return NONE
        return dates.format_time(value, "HH:mm", tzinfo=self._zone(), locale=self._locale)

    def length(self, value: timedelta | None) -> str:
        """Write roughly how long something lasts."""
        return NONE if value is None else dates.format_timedelta(value, locale=self._locale)

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filters by the names that templates use."""
        return {
            name: getattr(self, name)
            for name in ("number", "percent", "moment", "day", "clock", "length")
        }
