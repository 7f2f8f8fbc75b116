"""
Reading the filters of a list: single values, comma lists, and ranges with ends that may be open.

Ranges hold both their ends. Sources: the vendor's patron API; chimpy-me/sierra-ils-utils,
docs/reference/quirks/change-polling.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from stand_ins.ils.clock import ordinal_of
from stand_ins.sierra.errors import SierraError

_LOWEST, _HIGHEST = -(1 << 62), 1 << 62


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included."""

    low: int
    high: int

    def __contains__(self, number: int) -> bool:
        return self.low <= number <= self.high


def parse_range(text: str | None, name: str, read: Callable[[str], int]) -> Range | None:
    """Read `[a,b]`, `[a,]`, `[,b]` or one value; None if there is no text."""
    if not text:
        return None
    try:
        if text[0] == "[" and text[-1] == "]":
            low, high = (part.strip() for part in text[1:-1].split(","))
            return Range(read(low) if low else _LOWEST, read(high) if high else _HIGHEST)
        value = read(text)
    except ValueError:
        raise SierraError(108, f"Invalid parameter : {name} {text}") from None
    return Range(value, value)


def parse_ids(text: str | None) -> Range | list[int] | None:
    """Read `id`: a range, or numbers separated by commas; raises `SierraError` 101."""
    if not text:
        return None
    try:
        if text.startswith("["):
            return parse_range(text, "id", int)
        return sorted({int(one) for one in text.split(",") if one.strip()})
    except ValueError:
        raise SierraError(101, f"Number format error : {text}") from None


def parse_flag(text: str | None, name: str) -> bool | None:
    """Read `true` or `false` in any case."""
    if not text:
        return None
    if text.lower() not in ("true", "false"):
        raise SierraError(108, f"Invalid parameter : {name} must be true or false")
    return text.lower() == "true"


def parse_number(text: str | None, name: str, default: int, least: int) -> int:
    """Read a whole number that is not below `least`."""
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise SierraError(108, f"Invalid parameter : {name} {text}")
    return int(text)


def seconds(text: str) -> int:
    """Read a time as seconds since 1970; one without a zone is UTC."""
    moment = datetime.fromisoformat(text.replace(" ", "+"))
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def days(text: str) -> int:
    """Read a date as days since 1970; a time of day is not understood."""
    return ordinal_of(date.fromisoformat(text))
