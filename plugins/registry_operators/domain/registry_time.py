"""
The registry's clock: local wall time without a zone (spec N1.5, reference 1.3).

The registry stamps records and answers with Norwegian wall time. That clock repeats an hour each
autumn, so a watermark inside that hour is set back by the hour before it is used.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

REGISTRY_ZONE = ZoneInfo("Europe/Oslo")
BEGINNING = datetime(1900, 1, 1)  # noqa: DTZ001  the registry's times have no zone
OVERLAP = timedelta(minutes=10)
_NO_DATE = "0000-00-00"


def read_since(watermark: datetime | None, overlap: timedelta = OVERLAP) -> datetime:
    """
    Return the registry time from which changes are asked for, given the last watermark.

    Without a watermark everything is asked for. The overlap covers records whose commit came
    after their time stamp; an ambiguous watermark (the repeated hour) is set back by one hour.
    """
    if watermark is None:
        return BEGINNING
    since = watermark - overlap
    return since - timedelta(hours=1) if _is_ambiguous(watermark) else since


def parse_registry_time(text: str | None) -> datetime | None:
    """
    Read a time stamp of the registry: date and time, or a date alone; empty means none.

    :return: Naive local time of the registry, or ``None`` for empty and ``0000-00-00``.
    :raises ValueError: The text is no possible date.
    """
    text = (text or "").strip()
    if len(text) == 19 and not text.startswith(_NO_DATE):
        return datetime.fromisoformat(text)  # the usual form, without a zone
    if not text or text.startswith(_NO_DATE):
        return None
    if len(text) == 10:
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day)  # noqa: DTZ001  registry time
    return datetime.fromisoformat(text.replace(" ", "T")).replace(tzinfo=None)


def registry_now() -> datetime:
    """Return the registry's wall time by this machine's clock, naive."""
    return datetime.now(REGISTRY_ZONE).replace(tzinfo=None)


def write_registry_time(moment: datetime) -> str:
    """Write a registry time as the protocol wants it: ``YYYY-MM-DDThh:mm:ss``."""
    return moment.replace(microsecond=0, tzinfo=None).isoformat()


def _is_ambiguous(wall_time: datetime) -> bool:
    first = wall_time.replace(tzinfo=REGISTRY_ZONE, fold=0).utcoffset()
    second = wall_time.replace(tzinfo=REGISTRY_ZONE, fold=1).utcoffset()
    return first is not None and second is not None and first > second
