"""Limits for the changes of a run: what exceeds them waits for a person (spec X2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class GuardKind(StrEnum):
    """Kinds of changes that are counted against a limit, as in ``patron_sync.held_set``."""

    RELATION_REMOVALS = "relation_removals"
    FIELD_CLEARS = "field_clears"
    CARD_OVERWRITES = "card_overwrites"
    PIN_OVERWRITES = "pin_overwrites"
    CREATIONS = "creations"
    CONSENT_FLIPS = "consent_flips"


class Alarm(StrEnum):
    """How bad the share of failing records is."""

    NONE = "none"
    WARN = "warn"
    CRITICAL = "critical"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Limit:
    """
    How many changes of a kind one run may make at one library.

    :param percent: Of the library's patrons with consent.
    :param at_least: Allowed however small the library is.
    :param at_most: Never exceeded, however large it is; ``None`` for no such number.
    """

    percent: float
    at_least: int = 20
    at_most: int | None = None

    def allows(self, population: int) -> int:
        """
        Return the greatest number of changes that goes through.

        >>> Limit(5, at_least=20, at_most=500).allows(1_000)
        50
        >>> Limit(5, at_least=20, at_most=500).allows(100), Limit(5, at_most=500).allows(50_000)
        (20, 500)
        """
        share = int(population * self.percent / 100)
        capped = share if self.at_most is None else min(share, self.at_most)
        return max(capped, self.at_least)


@dataclass(frozen=True, slots=True)
class Announcement:
    """
    A mass change that was announced: so many of a kind a night are expected until a day.

    :param until: The last day, inclusive.
    :param libraries: Agency codes; empty for all.
    """

    kind: GuardKind
    per_night: int
    until: date
    libraries: frozenset[str] = frozenset()

    def covers(self, kind: GuardKind, library: str, today: date) -> bool:
        """Say whether it speaks of this kind at this library today."""
        return (
            self.kind is kind
            and today <= self.until
            and (not self.libraries or library in self.libraries)
        )


@dataclass(frozen=True, slots=True)
class FailureLimits:
    """
    From which share of failing records a library's run is suspicious, bad, or stopped.

    :param from_records: Smaller reads are never judged, because single records weigh too much.
    """

    warn_percent: float = 1
    critical_percent: float = 5
    stop_percent: float = 40
    from_records: int = 200

    def judge(self, read: int, failing: int) -> Alarm:
        """
        Return how bad it is that so many of the records read fail.

        >>> FailureLimits().judge(1_000, 50)
        <Alarm.CRITICAL: 'critical'>
        """
        if read < self.from_records:
            return Alarm.NONE
        percent = 100 * failing / read
        if percent >= self.stop_percent:
            return Alarm.STOP
        if percent >= self.critical_percent:
            return Alarm.CRITICAL
        return Alarm.WARN if percent >= self.warn_percent else Alarm.NONE


def allowed_changes(
    kind: GuardKind,
    library: str,
    population: int,
    limit: Limit,
    announcements: tuple[Announcement, ...],
    today: date,
) -> int:
    """Return how many changes of a kind go through: the limit, or more where announced."""
    announced = [
        announcement.per_night
        for announcement in announcements
        if announcement.covers(kind, library, today)
    ]
    return max([limit.allows(population), *announced])


def has_shrunk(before: int, now: int, limit: Limit) -> bool:
    """
    Say whether a source that is read as a whole has lost more records than its limit allows.

    >>> has_shrunk(1_000, 850, Limit(10)), has_shrunk(1_000, 900, Limit(10))
    (True, False)
    """
    return before - now > limit.allows(before)
