"""What is done with a data sync as a whole: execute, cancel, copy, delete (spec D4.1, D6.2)."""

from __future__ import annotations

import logging
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Response

from registry_operators.errors import ConfigurationError, UnavailableError
from registry_operators.settings.data_sync import is_good_name
from registry_operators.settings.data_sync_text import rename
from registry_operators.steps.data_sync.ask_run import (
    AskedRun,
    ask_for_run,
    hand_over,
    withdraw_run,
)
from registry_operators.steps.data_sync.definitions import cancel, delete
from registry_operators.steps.data_sync.drafts import create_draft, free_name, read_draft
from registry_operators.web import sync_dags
from registry_operators.web.language import mark
from registry_operators.web.problems import PageError
from registry_operators.web.sync_room import find_status, no_such_sync, profile_fields
from registry_operators.web.visit import Admin, Operator, Visit

router = APIRouter()
log = logging.getLogger("patron_sync.web")


@router.get("/syncs/{name}/execute")
def ask_execute(visit: Operator, name: str, dry: bool = False) -> Response:
    """Ask whether a published data sync is to run now."""
    status = find_status(visit, name)
    if dry:
        title, text, submit = (
            visit.say("Try %(name)s out?", name=name),
            visit.say(
                "A dry run reads the library system, plans and counts. It writes no profile."
            ),
            visit.say("Begin the dry run"),
        )
    else:
        title, text, submit = (
            visit.say("Execute %(name)s now?", name=name),
            visit.say(
                "Version %(version)s is run by Airflow in the background. You may close the page.",
                version=status.version or "–",
            ),
            visit.say("Execute now"),
        )
    return visit.render(
        "confirm.html", title=title, text=text, action=visit.url("syncs", name, "execute"),
        submit=submit, cancel=visit.url("syncs", name), kept={"dry": "yes"} if dry else {},
        kind="main",
    )  # fmt: skip


@router.post("/syncs/{name}/execute")
def execute(visit: Operator, name: str, dry: Annotated[str, Form(max_length=3)] = "") -> Response:
    """Ask Airflow to run the published version."""
    if find_status(visit, name).version is None:
        raise PageError(409, mark("The data sync is not published, so there is nothing to run."))
    asked = begin_run(visit, name, is_dry_run=bool(dry))
    return visit.go_to("syncs", "-", "runs", asked.run_id)


def begin_run(visit: Visit, name: str, *, is_dry_run: bool = False) -> AskedRun:
    """
    Write down that somebody wants a run, and hand it to Airflow if Airflow knows the version.

    If it does not, or does not answer, the request stands, and the schedule of the DAG makes the
    run as soon as Airflow has seen it.

    :raises DecisionRefusedError: The sync is running, or only its schedule runs it.
    """
    with visit.room.ledger() as ledger:
        asked = ask_for_run(
            ledger, name, profile_fields(), actor=visit.visitor.name, is_dry_run=is_dry_run
        )
        if asked.handed_over_at is None:
            try:
                is_there = sync_dags.begin(asked)
            except UnavailableError as error:
                log.warning("a run waits for the schedule of its DAG: %s", error)
                is_there = False
            if is_there:
                hand_over(ledger, asked.run_id)
    return asked


@router.post("/syncs/-/runs/{run_id}/withdraw")
def withdraw(visit: Operator, run_id: UUID) -> Response:
    """Take back that a run was asked for."""
    with visit.room.ledger() as ledger:
        withdraw_run(ledger, run_id, actor=visit.visitor.name)
    return visit.go_to("syncs", done="withdrawn")


@router.get("/syncs/{name}/cancel")
def ask_cancel(visit: Operator, name: str) -> Response:
    """Ask whether a data sync is to be taken off its schedule."""
    find_status(visit, name)
    return visit.render(
        "confirm.html",
        title=visit.say("Take %(name)s off its schedule?", name=name),
        text=visit.say(
            "No further run is begun. What runs now goes on to its end. The data sync stays, and "
            "can be put on a schedule again."
        ),
        action=visit.url("syncs", name, "cancel"), submit=visit.say("Take it off its schedule"),
        cancel=visit.url("syncs", name), kept={}, kind="danger",
    )  # fmt: skip


@router.post("/syncs/{name}/cancel")
def cancel_sync(visit: Operator, name: str) -> Response:
    """Take a data sync off its schedule."""
    if find_status(visit, name).next_run is None:
        raise PageError(409, mark("No run of the data sync is due, so there is nothing to cancel."))
    with visit.room.ledger() as ledger:
        cancel(ledger, name, actor=visit.visitor.name)
    return visit.go_to("syncs", name, done="cancelled")


@router.get("/syncs/{name}/delete")
def ask_delete(visit: Admin, name: str) -> Response:
    """Ask whether a data sync is to be deleted, and say what stays (D6.3)."""
    find_status(visit, name)
    return visit.render(
        "confirm.html",
        title=visit.say("Delete %(name)s?", name=name),
        text=visit.say(
            "No profile is deleted: what the data sync has written stays. Its runs, their error "
            "logs and the audit trail stay as long as their retention says. The draft is lost."
        ),
        action=visit.url("syncs", name, "delete"), submit=visit.say("Delete the data sync"),
        cancel=visit.url("syncs", name), kept={}, kind="danger",
    )  # fmt: skip


@router.post("/syncs/{name}/delete")
def delete_sync(visit: Admin, name: str) -> Response:
    """Delete a data sync."""
    if find_status(visit, name).status == "running":
        raise PageError(409, mark("The data sync is running; wait until the run has ended."))
    with visit.room.ledger() as ledger:
        delete(ledger, name, actor=visit.visitor.name)
    return visit.go_to("syncs", done="deleted")


@router.post("/syncs/{name}/copy")
def copy_sync(visit: Admin, name: str) -> Response:
    """Make a draft of the same document under another name."""
    with visit.room.ledger() as ledger:
        draft = read_draft(ledger, name) if is_good_name(name) else None
        if draft is None:
            raise no_such_sync()
        copy = free_name(ledger, name)
        create_draft(ledger, copy, _renamed(draft.text, copy), actor=visit.visitor.name)
    return visit.go_to("syncs", copy, "basics", done="copied")


def _renamed(text: str, name: str) -> str:
    try:
        return rename(text, name) if is_good_name(name) else text
    except ConfigurationError:
        return text  # no document yet; it is corrected as text
