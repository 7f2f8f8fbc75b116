"""What somebody should be told: one alert for one thing that is wrong (spec N4.2, X2, X5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """How bad it is; also the words of monitoring systems."""

    WARNING = "warning"
    CRITICAL = "critical"


class AlertCode(StrEnum):
    """What is wrong; ``docs/runbooks.md`` has a section for each."""

    NOT_DONE = "NOT_DONE"
    RUN_FAILED = "RUN_FAILED"
    LIBRARY_FAILED = "LIBRARY_FAILED"
    DAG_FAILED = "DAG_FAILED"
    SYNC_FAILED = "SYNC_FAILED"
    HELD_CHANGES = "HELD_CHANGES"
    SYNC_HELD = "SYNC_HELD"
    WAITING_TOO_LONG = "WAITING_TOO_LONG"
    READ_NOTHING = "READ_NOTHING"
    SEQUENCE_ENDS = "SEQUENCE_ENDS"
    SERIES_MISMATCH = "SERIES_MISMATCH"
    CONFIGURATION = "CONFIGURATION"


FOUND = frozenset(AlertCode) - {AlertCode.DAG_FAILED}
"""What is found by looking; of a failed DAG only Airflow can tell."""

DAG_OF_FLOW = {"pull": "registry_to_cicero", "push": "cicero_to_registry"}
_SAYS = {
    AlertCode.NOT_DONE: "not done by {by}; missing libraries: {libraries}",
    AlertCode.RUN_FAILED: "the run failed, and no library of it",
    AlertCode.LIBRARY_FAILED: "failed with {cause}",
    AlertCode.DAG_FAILED: "the DAG failed",
    AlertCode.SYNC_FAILED: "the last run failed with {cause}",
    AlertCode.HELD_CHANGES: "changes that wait for a decision: {changes}; hours left: {hours}",
    AlertCode.SYNC_HELD: "changes of the last run wait for a decision",
    AlertCode.WAITING_TOO_LONG: "waiting: {entries}; days of the oldest: {days}",
    AlertCode.READ_NOTHING: "runs that read nothing: {runs}",
    AlertCode.SEQUENCE_ENDS: "card numbers left: {numbers}, {percent} %",
    AlertCode.CONFIGURATION: "things to correct in the configuration: {problems}",
}
_MISMATCHES = {
    "OUTSIDE_SERIES": "card_sequence lies outside registry_series",
    "NUMBER_NOT_RESERVED": "patrons whose numbers the registry has not reserved: {patrons}",
}


@dataclass(frozen=True, slots=True)
class Alert:
    """
    One thing that is wrong; it names no person.

    Code, flow, library and item say which one it is; level and cause are its state.

    :param flow: ``pull``, ``push`` or empty.
    :param library: Agency code or empty.
    :param item: Kind of change, data sync or DAG; or empty.
    :param cause: Code of what is behind it; or empty.
    :param facts: Numbers of the moment, and times of day as ``HH:MM``.
    :param since: Aware; ``None`` before it was written down.
    """

    code: AlertCode
    level: Level
    flow: str = ""
    library: str = ""
    item: str = ""
    cause: str = ""
    facts: Mapping[str, int | str] = field(default_factory=dict)
    since: datetime | None = None

    @property
    def place(self) -> str:
        """
        Say what it is about, most general first.

        >>> Alert(AlertCode.READ_NOTHING, Level.WARNING, "pull", "2030000").place
        'pull, library 2030000'
        """
        library = f"library {self.library}" if self.library else ""
        return ", ".join(part for part in (self.flow, library, self.item) if part)

    @property
    def text(self) -> str:
        """
        Say in one line what is wrong.

        >>> facts = {"numbers": 12, "percent": 3}
        >>> Alert(AlertCode.SEQUENCE_ENDS, Level.WARNING, library="2030000", facts=facts).text
        'library 2030000: card numbers left: 12, 3 %'
        """
        pattern = _SAYS.get(self.code) or _MISMATCHES[self.cause]
        says = pattern.format(cause=self.cause, **self.facts)
        return f"{self.place}: {says}" if self.place else says

    @property
    def id(self) -> str:
        """Return 16 hex digits that are the same whenever this state of it is told."""
        parts = (self.code, self.flow, self.library, self.item, self.level, self.cause, self.since)
        return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]

    @property
    def page(self) -> str:
        """Return the page of Airflow that shows more, as a path."""
        match self.code:
            case AlertCode.HELD_CHANGES:
                return "/plugin/patron-sync/patron-sync/held"
            case AlertCode.SYNC_FAILED | AlertCode.SYNC_HELD:
                return "/plugin/patron-sync/patron-sync/syncs"
            case AlertCode.DAG_FAILED:
                return f"/dags/{self.item}"
            case _ if self.flow:
                return f"/dags/{DAG_OF_FLOW[self.flow]}"
            case _:
                return "/plugin/patron-sync/patron-sync/libraries"

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON shows it; ``since`` is ISO 8601 with offset."""
        return {
            "id": self.id,
            "code": self.code,
            "level": self.level,
            "flow": self.flow or None,
            "library": self.library or None,
            "item": self.item or None,
            "cause": self.cause or None,
            "facts": dict(self.facts),
            "since": None if self.since is None else self.since.isoformat(),
            "text": self.text,
        }


def worst(alerts: Iterable[Alert]) -> Level | None:
    """Return the worst level, ``None`` when nothing is wrong."""
    levels = {alert.level for alert in alerts}
    return next((one for one in (Level.CRITICAL, Level.WARNING) if one in levels), None)
