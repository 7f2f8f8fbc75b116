"""How each library's last nights went, and what is known since all was last compared (N4.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from registry_operators.domain.reasons import Reason
from registry_operators.ledger.database import Ledger

NIGHTS = 30
_FLOWS = ("push", "pull")
_BROKEN = ("critical", "stop")


class NightState(StrEnum):
    """What became of a library's part in a run."""

    DONE = "done"
    HELD = "held"
    """Done, but some changes wait for a decision."""
    PARTLY_FAILED = "partly_failed"
    """Done, but some records failed."""
    RUNNING = "running"
    STOPPED = "stopped"
    """The run ended before the library was done, and nobody wrote down why."""
    FAILED = "failed"
    DOES_NOT_ADD_UP = "does_not_add_up"
    DISABLED = "disabled"

    @property
    def kind(self) -> str:
        """The kind of badge with which it is shown."""
        return _KINDS[self]


_KINDS = {
    NightState.DONE: "good",
    NightState.HELD: "warn",
    NightState.PARTLY_FAILED: "warn",
    NightState.RUNNING: "info",
    NightState.STOPPED: "bad",
    NightState.FAILED: "bad",
    NightState.DOES_NOT_ADD_UP: "bad",
    NightState.DISABLED: "off",
}


@dataclass(frozen=True, slots=True)
class Night:
    """
    The last run of a night, dry runs apart, at one library.

    :param day: Local day on which it was started.
    :param detail: Failure code, or the stage at which it stands or stopped; empty when done.
    :param read: Records, as ``changed``, ``held`` and ``failed``; ``None`` before they are counted.
    """

    day: date
    run_id: UUID
    started_at: datetime
    state: NightState
    detail: str
    read: int | None
    changed: int | None
    held: int | None
    failed: int | None


@dataclass(frozen=True, slots=True)
class Strip:
    """
    One flow at one library.

    :param nights: One for each day of :func:`days`, the newest first; ``None`` without a run.
    """

    library: str
    flow: str
    nights: tuple[Night | None, ...]

    @property
    def last(self) -> Night | None:
        """The newest night."""
        return next((night for night in self.nights if night is not None), None)

    @property
    def is_broken(self) -> bool:
        """Whether the newest run went wrong."""
        return self.last is not None and self.last.state.kind == "bad"


@dataclass(frozen=True, slots=True)
class Drift:
    """
    What the ledger can tell of how far both sides have come apart.

    How many differences there are now is known only after the next comparison of all.

    :param completed_at: Of the last completed run; aware, ``None`` before it.
    :param full_at: Of the last completed run that read everything; ``None`` if there was none.
    :param full_changes: Records in which that run found a difference.
    :param later_runs: Runs completed since; they read only what had changed.
    :param later_changes: Records that those changed.
    """

    library: str
    flow: str
    completed_at: datetime | None
    full_at: datetime | None
    full_run_id: UUID | None
    full_changes: int
    later_runs: int
    later_changes: int


def days(now: datetime, zone: ZoneInfo) -> list[date]:
    """Return today and the days before it, the newest first."""
    today = now.astimezone(zone).date()
    return [today - timedelta(days=number) for number in range(NIGHTS)]


def read_nights(
    ledger: Ledger, libraries: Mapping[str, Any], now: datetime, zone: ZoneInfo
) -> list[Strip]:
    """
    Return a push and a pull of each library: those that went wrong first, then as configured.

    :param libraries: By agency code.
    """
    calendar = days(now, zone)
    since = datetime.combine(calendar[-1], time.min, zone)
    found: dict[tuple[str, str], dict[date, Night]] = defaultdict(dict)
    for row in ledger.rows(
        "pages/list_nights", since=since, libraries=list(libraries), zone=zone.key
    ):
        found[row.library, row.flow][row.night] = _night(row)
    strips = [list(_strips(code, found, calendar)) for code in libraries]
    strips.sort(key=lambda pair: not any(strip.is_broken for strip in pair))
    return [strip for pair in strips for strip in pair]


def read_drift(ledger: Ledger, libraries: Sequence[str]) -> dict[tuple[str, str], Drift]:
    """Return what is known since all was last compared, by library and flow."""
    rows = ledger.rows("pages/measure_drift", libraries=list(libraries))
    return {(row.library, row.flow): Drift(*row) for row in rows}


def _strips(
    library: str, found: Mapping[tuple[str, str], Mapping[date, Night]], calendar: Sequence[date]
) -> Iterator[Strip]:
    for flow in _FLOWS:
        nights = found.get((library, flow), {})
        yield Strip(library, flow, tuple(nights.get(day) for day in calendar))


def _night(row: Any) -> Night:
    state = _state(row)
    return Night(
        row.night, row.run_id, row.started_at, state, _detail(row, state), row.read, row.changed,
        row.held, row.failed,
    )  # fmt: skip


def _state(row: Any) -> NightState:
    """Judge as the report of a run does, which is red for more than a failed library."""
    if row.stage == "disabled":
        return NightState.DISABLED
    if row.failure_code is not None or row.alarm in _BROKEN or row.is_exhausted:
        return NightState.FAILED
    if row.stage != "done":
        return NightState.RUNNING if row.is_running else NightState.STOPPED
    if row.is_off:
        return NightState.DOES_NOT_ADD_UP
    if row.failed:
        return NightState.PARTLY_FAILED
    return NightState.HELD if row.held else NightState.DONE


def _detail(row: Any, state: NightState) -> str:
    match state:
        case NightState.FAILED:
            rule = Reason.SEQUENCE_EXHAUSTED if row.is_exhausted else "FAILING_RECORDS"
            return str(row.failure_code or rule)
        case NightState.RUNNING | NightState.STOPPED:
            return str(row.stage)
    return ""
