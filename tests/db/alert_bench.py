"""Runs that have ended in some way, and channels that remember what they were told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from registry_operators.domain.alert_message import AlertMessage
from registry_operators.errors import UnavailableError
from registry_operators.steps.alerts.watch import Outlook
from tests.db.flow_world import World
from tests.db.sql_bench import put
from tests.factories import LIBRARY, a_run_id

OSLO = ZoneInfo("Europe/Oslo")
MORNING = datetime(2026, 3, 2, 7, 30, tzinfo=OSLO)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026, in local time."""
    return datetime(2026, 3, day, hour, minute, tzinfo=OSLO)


def an_ended_run(
    world: World, flow: str, started_at: datetime, *libraries: dict[str, Any], **run: Any
) -> UUID:
    """A run that has ended well, of one library that read seven changes unless said otherwise."""
    world.runs += 1
    run_id = a_run_id(world.runs)
    facts = {
        "run_id": run_id, "flow": flow, "is_full": False, "is_dry_run": False,
        "config_digest": "d", "started_at": started_at, "finished_at": started_at,
        "state": "succeeded",
    }  # fmt: skip
    put(world, "patron_sync.run", **facts | run)
    for library in libraries or ({},):
        part = {"library": LIBRARY, "stage": "done", "read_count": 7, "is_whole": False}
        put(world, "patron_sync.run_library", run_id=run_id, syncs_card=True, syncs_pin=True,
            **part | library)  # fmt: skip
    return run_id


def a_good_night(world: World, day: int, **library: Any) -> None:
    """Both jobs of a night, done in time."""
    an_ended_run(world, "push", at(day, 1), library)
    an_ended_run(world, "pull", at(day, 6), library)


@dataclass
class Ear:
    """A channel that keeps what it hears, or hears nothing."""

    name: str = "ear"
    heard: list[AlertMessage] = field(default_factory=list)
    is_deaf: bool = False

    def send(self, message: AlertMessage) -> None:
        if self.is_deaf:
            raise UnavailableError("nobody listens")
        self.heard.append(message)

    @property
    def told(self) -> list[tuple[list[str], list[str]]]:
        """Of each message, what is wrong and what is over, by code."""
        return [
            ([str(one.code) for one in message.begun], [str(one.code) for one in message.over])
            for message in self.heard
        ]


def outlook(world: World, *ears: Ear, now: datetime = MORNING) -> Outlook:
    return Outlook(lambda: world.config, lambda _: ears, now)
