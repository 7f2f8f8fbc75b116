"""Nine nights at four libraries and a data sync, by the engine itself; then Airflow takes over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg

from registry_operators.installation import (
    Installation,
    configured_profile_fields,
    open_data_sync,
    open_installation,
)
from registry_operators.paths import CONFIG_DIR
from registry_operators.steps.data_sync.definitions import publish, save_draft
from registry_operators.steps.data_sync.open_sync import SyncRequest
from registry_operators.steps.data_sync.run_sync import run_sync
from registry_operators.steps.open_run import RunRequest
from registry_operators.steps.run_flow import run_flow
from stand_ins.people import DEMO_LIBRARIES, national_card_number
from tests.factories import Cicero
from tests.library_systems import SYSTEMS

if TYPE_CHECKING:
    from tests.browser.stage import Stage

NIGHTS = 9
SYNC, DRAFT = "students", "newcomers"
_WITHOUT_RUN = 4
_CORRECTED = 3
_HOURS = {"push": 1, "pull": 6}
_OSLO = ZoneInfo("Europe/Oslo")
_SYNC = """\
name: {name}
description: Everybody at the university who was born before 2000.
source: {{ils: koha, connection: koha_main}}
type: create_and_update
profile_type: patron
match_on: [ils_record_id, email]
empty_fields: skip
incorrect_values: report
errors: continue
"""
_WORKING = 3
"""The first so many libraries are in order; one is switched off, one has a wrong password."""


def in_order(library: int) -> list[int]:
    """The numbers of the patrons in perfect order at a library, by its place in the list."""
    return [turn * len(DEMO_LIBRARIES) + library for turn in range(80) if turn % 40 >= 18]


def make_history(stage: Stage) -> None:
    """What a stage has behind it, and a night before it that will exceed its limits."""
    live_nights(stage)
    sync_once(stage)
    exceed_limits(stage)


def live_nights(stage: Stage) -> None:
    """A push and a pull each night, a few patrons changed before each, one night without runs."""
    with _installed(stage) as here, psycopg.connect(stage.conninfo, autocommit=True) as db:
        for night in range(NIGHTS):
            if night == _WITHOUT_RUN:
                continue
            if night:
                _live_a_day(stage, Cicero(db), night)
            for flow in ("push", "pull"):
                run_id = uuid4()
                request = RunRequest(flow, is_full=night == NIGHTS - 2 and flow == "push")
                run_flow(here.ledger, here.config, here.connect, here.secrets, request, run_id)
                _date_back(db, run_id, NIGHTS - night, _HOURS[flow])
            _date_waiting_back(db, NIGHTS - night)


def sync_once(stage: Stage) -> None:
    """Publish a data sync, run it, and save the draft of another one."""
    with _installed(stage) as here:
        publish(here.ledger, _document(SYNC), configured_profile_fields(), actor="admin")
        with open_data_sync(SYNC) as room:
            run_sync(
                room.ledger, room.client, room.sync, room.guards, SyncRequest(), uuid4(),
                today=room.today,
            )  # fmt: skip
        save_draft(here.ledger, _document(DRAFT), actor="admin")


def _document(name: str) -> str:
    tomorrow = datetime.now(_OSLO).date() + timedelta(days=1)
    schedule = f'schedule: {{first: {tomorrow}, at: "04:30", every: 1 week}}\n'
    return _SYNC.format(name=name) + SYSTEMS["koha"].rows + schedule


def exceed_limits(stage: Stage) -> None:
    """Change so many PINs and cards in the registry that a pull holds five sets."""
    for library in range(_WORKING):
        for place, number in enumerate(in_order(library)[10:14]):
            stage.registry.patch({}, lnr=national_card_number(number), pin=f"531{place}")
        for place, number in enumerate(in_order(library)[14:18]):
            fresh = f"N1{library}490000{place}"
            stage.registry.patch({"lnr": fresh}, lnr=national_card_number(number))


def _live_a_day(stage: Stage, cicero: Cicero, night: int) -> None:
    if night == _CORRECTED:
        cicero.db.execute("update cicero.patron set national_id = null where person_key is null")
    for library in range(_WORKING):
        numbers = in_order(library)
        for number in numbers[20 + night : 21 + night]:
            stage.registry.patch({}, lnr=national_card_number(number), pin=f"88{night}1")
        for number in numbers[30 + night : 31 + night]:
            cicero.set_pin(number + 1, f"66{night}2")


def _date_back(db: psycopg.Connection, run_id: UUID, days: int, hour: int) -> None:
    day = datetime.now(UTC).astimezone(_OSLO) - timedelta(days=days)
    began = day.replace(hour=hour, minute=0, second=3, microsecond=0)
    db.execute(
        "update patron_sync.run set started_at = %s, finished_at = %s where run_id = %s",
        [began, began + timedelta(seconds=41), run_id],
    )


def _date_waiting_back(db: psycopg.Connection, days: int) -> None:
    db.execute(
        "update patron_sync.pending set since = since - make_interval(days => %s)"
        " where since > now() - interval '12 hours'",
        [days],
    )


@contextmanager
def _installed(stage: Stage) -> Iterator[Installation]:
    """The installation as commands have it, with the limits of the demo."""
    libraries = {"PATRON_SYNC_LIBRARIES": str(CONFIG_DIR / "libraries.yaml")}
    with patch.dict(os.environ, stage.environment | libraries), open_installation() as here:
        yield here
