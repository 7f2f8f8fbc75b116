"""Data syncs: the list, one of them, and the way to the five steps, progress and results (D6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response

from registry_operators.domain.sync.definition import SyncDefinition
from registry_operators.errors import ConfigurationError
from registry_operators.settings.data_sync import parse_definition
from registry_operators.steps.data_sync.ask_run import AskedRun, list_asked
from registry_operators.steps.data_sync.definitions import read_published
from registry_operators.steps.data_sync.drafts import read_draft
from registry_operators.steps.data_sync.list_results import list_runs
from registry_operators.steps.data_sync.sync_status import SyncStatus
from registry_operators.web.access import Role
from registry_operators.web.language import mark
from registry_operators.web.navigation import Section
from registry_operators.web.sync_room import all_statuses, can_edit, find_status, profile_fields
from registry_operators.web.sync_words import WORDS
from registry_operators.web.views import (
    syncs_basics,
    syncs_decide,
    syncs_manage,
    syncs_records,
    syncs_review,
    syncs_runs,
    syncs_steps,
)
from registry_operators.web.visit import Viewer, Visit

router = APIRouter()
SECTION: Section | None = Section("syncs", mark("Data syncs"))

DONE = {
    "saved": mark("The draft was saved."),
    "scheduled": mark("The data sync is published and on its schedule."),
    "cancelled": mark("The data sync is off its schedule."),
    "deleted": mark("The data sync was deleted. Profiles and runs are still there."),
    "copied": mark("The data sync was copied; this is the copy."),
    "withdrawn": mark("The run was taken back before it began."),
}


@dataclass(frozen=True, slots=True)
class SyncRow:
    """
    One data sync in the list.

    :param status: Its status, or ``starting`` while Airflow is still to begin what was asked for.
    :param actions: Codes of what the visitor can do with it now.
    """

    sync: SyncStatus
    status: str
    asked: AskedRun | None
    actions: tuple[str, ...]


@router.get("/syncs")
def show_syncs(visit: Viewer) -> Response:
    """List all data syncs with status, next run and last totals."""
    statuses = all_statuses(visit)
    with visit.room.ledger() as ledger:
        asked = {one.name: one for one in list_asked(ledger)}
    return visit.render(
        "syncs.html",
        rows=[_row(visit, one, asked.get(one.name)) for one in statuses],
        may_create=Role.ADMIN in visit.visitor.roles,
        notice=visit.notice(DONE),
        **WORDS,
    )


@router.get("/syncs/{name}")
def show_sync(visit: Viewer, name: str) -> Response:
    """Tell what a data sync does, and what its runs came to."""
    status = find_status(visit, name)
    with visit.room.ledger() as ledger:
        asked = next(iter(list_asked(ledger, name)), None)
        runs = list_runs(ledger, name)
        draft = read_draft(ledger, name)
        published = None if status.version is None else read_published(ledger, name, status.version)
    text = published or ("" if draft is None else draft.text)
    return visit.render(
        "syncs_one.html",
        row=_row(visit, status, asked),
        draft=draft,
        runs=runs,
        definition=_definition(text),
        text=text if Role.ADMIN in visit.visitor.roles else None,
        notice=visit.notice(DONE),
        **WORDS,
    )


def _row(visit: Visit, status: SyncStatus, asked: AskedRun | None) -> SyncRow:
    is_starting = asked is not None and status.status != "running"
    return SyncRow(
        status,
        "starting" if is_starting else status.status,
        asked,
        tuple(_actions(visit, status, is_starting=is_starting)),
    )


def _actions(visit: Visit, status: SyncStatus, *, is_starting: bool) -> list[str]:
    """Return what can be done with a data sync as it stands, by whoever visits (D6.2)."""
    is_operator, is_admin = (role in visit.visitor.roles for role in (Role.OPERATOR, Role.ADMIN))
    is_idle = status.status != "running" and not is_starting
    is_published = status.version is not None
    possible: list[tuple[str, bool]] = [
        ("results", status.last_run_id is not None),
        ("progress", is_starting),
        ("edit", is_admin and can_edit(status)),
        ("execute", is_operator and is_published and is_idle and not status.is_recurring),
        ("dry_run", is_operator and is_published and is_idle),
        ("cancel", is_operator and status.next_run is not None),
        ("reschedule", is_admin and is_published and can_edit(status)),
        ("copy", is_admin),
        ("delete", is_admin and is_idle),
    ]
    return [name for name, is_so in possible if is_so]


def _definition(text: str) -> SyncDefinition | None:
    try:
        return parse_definition(text, profile_fields())
    except ConfigurationError:
        return None


def _include(*parts: Any) -> None:
    for part in parts:
        router.include_router(part.router)


_include(
    syncs_manage, syncs_basics, syncs_steps, syncs_review, syncs_runs, syncs_decide, syncs_records
)
