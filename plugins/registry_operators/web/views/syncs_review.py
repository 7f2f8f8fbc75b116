"""The last two steps of a data sync: review with preview and text, execute or schedule (D4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from fastapi import APIRouter, Response

from registry_operators.domain.sync.definition import SyncDefinition
from registry_operators.errors import ConfigurationError, SyncError
from registry_operators.settings.data_sync import (
    parse_definition,
    read_filter,
    refuse_past_schedule,
)
from registry_operators.settings.data_sync_text import change_document
from registry_operators.steps.data_sync.definitions import pin
from registry_operators.steps.data_sync.drafts import (
    DraftChangedError,
    NameTakenError,
    publish_draft_seen,
)
from registry_operators.steps.data_sync.preview_sync import PreviewRow, preview_sync
from registry_operators.web.language import mark
from registry_operators.web.problems import PageError
from registry_operators.web.sync_basics import RECURRING, UNITS, Basics, ScheduleForm
from registry_operators.web.sync_form_values import line
from registry_operators.web.sync_mapping_form import mapping_rows
from registry_operators.web.sync_room import (
    OpenDraft,
    Posted,
    ask_system,
    find_status,
    open_draft,
    open_to_edit,
    record_names,
)
from registry_operators.web.sync_saving import (
    keep_or_not,
    posted_text,
    save_changes,
    save_text,
    steps_of,
)
from registry_operators.web.sync_words import WORDS
from registry_operators.web.views.syncs_manage import begin_run
from registry_operators.web.visit import Admin, Visit

router = APIRouter()
_PREVIEWED, _READ = 10, 500


@router.get("/syncs/{name}/review")
def show_review(visit: Admin, name: str, preview: str = "") -> Response:
    """Show everything once more, with what it would do to ten records (D4.1)."""
    opened = open_to_edit(visit, name)
    content = opened.content
    if content is None:
        return visit.go_to("syncs", name, "text")
    ils = "" if opened.catalogue is None else opened.catalogue.ils
    conditions = read_filter(ils, content.get("filter"), opened.fields)[0] if ils else ()
    return visit.render(
        "syncs_review.html",
        opened=opened,
        basics=Basics.of_content(content),
        schedule=ScheduleForm.of_content(content),
        conditions=conditions,
        rows=[]
        if opened.catalogue is None
        else mapping_rows(content.get("mapping"), opened.catalogue, opened.fields),
        problems=_problems(visit, opened, opened.draft.text),
        preview=_preview(visit, opened) if preview else None,
        **steps_of("review"),
        **WORDS,
    )


@router.get("/syncs/{name}/preview")
def show_preview(visit: Admin, name: str) -> Response:
    """Show what the draft would do to ten records, values covered; nothing is written."""
    opened = open_draft(visit, name)
    return visit.render("_syncs_preview.html", preview=_preview(visit, opened), **WORDS)


@router.get("/syncs/{name}/text")
def show_text(visit: Admin, name: str) -> Response:
    """Show the document itself, to be changed as text."""
    opened = open_to_edit(visit, name)
    return _text_page(visit, opened, opened.draft.text, opened.draft.edition)


@router.post("/syncs/{name}/text")
def save_document(visit: Admin, name: str, form: Posted) -> Response:
    """Save the document as text, correct or not; ``check`` only says what is wrong with it."""
    opened = open_draft(visit, name)
    text = posted_text(form, opened.draft.text)
    seen, step = line(form, "seen"), line(form, "step") or "text"
    if line(form, "go") == "check":
        return _text_page(visit, opened, text, seen)
    try:
        return save_text(visit, name, text, form, step)
    except (ConfigurationError, NameTakenError) as error:
        return _text_page(visit, opened, text, seen, str(error))


@router.get("/syncs/{name}/schedule")
def show_schedule(visit: Admin, name: str) -> Response:
    """Show the last step: execute now, or schedule."""
    opened = open_to_edit(visit, name)
    if opened.content is None:
        return visit.go_to("syncs", name, "text")
    return _schedule_page(visit, opened, ScheduleForm.of_content(opened.content))


@router.post("/syncs/{name}/schedule")
def save_schedule(visit: Admin, name: str, form: Posted) -> Response:
    """Save the schedule; with ``publish`` the data sync is put on it (D4.2)."""
    opened = open_to_edit(visit, name)
    typed = ScheduleForm.of_form(form)
    changes = typed.changes(opened.content or {})
    if line(form, "go") != "publish":
        return save_changes(visit, opened, changes, form, "schedule")
    changed = change_document(opened.draft.text, changes)
    is_seen = line(form, "seen") == opened.draft.edition
    if is_seen and changed.lost_remarks:
        return keep_or_not(
            visit, opened.draft, changed.text, form, "schedule", changed.lost_remarks
        )
    if not (typed.first and typed.at) and not (opened.content or {}).get("after"):
        problem = visit.say("Give a day and a time of day.")
        return _schedule_page(visit, opened, typed, problem, line(form, "seen"))
    answer = _publish(visit, opened, changed.text, form)
    if isinstance(answer, str):
        return _schedule_page(visit, opened, typed, answer, line(form, "seen"))
    return answer or visit.go_to("syncs", name, done="scheduled")


@router.post("/syncs/{name}/publish-and-execute")
def execute_now(visit: Admin, name: str, form: Posted) -> Response:
    """Publish a single data sync and run it at once, in the background (D4.1, D4.3)."""
    opened = open_to_edit(visit, name)
    content = opened.content or {}
    if Basics.of_content(content).frequency == RECURRING:
        raise PageError(
            409,
            mark("A recurring data sync is run by its schedule only."),
            mark("Schedule it, or make it a single one in the first step."),
        )
    changed = change_document(opened.draft.text, {"schedule": None})
    answer = _publish(visit, opened, changed.text, form)
    if isinstance(answer, str):
        typed = ScheduleForm.of_content(content)
        return _schedule_page(visit, opened, typed, answer, line(form, "seen"))
    if answer is not None:
        return answer
    return visit.go_to("syncs", "-", "runs", begin_run(visit, name).run_id)


def _publish(
    visit: Visit, opened: OpenDraft, text: str, form: Mapping[str, Any]
) -> Response | str | None:
    """Publish a text; return what is wrong with it, a page for who came second, or nothing."""
    room = visit.room
    try:
        with room.ledger() as ledger:
            publish_draft_seen(
                ledger, opened.draft.name, text, opened.fields, seen=line(form, "seen"),
                actor=visit.visitor.name, now=room.now(), zone=room.zone,
            )  # fmt: skip
    except DraftChangedError:
        return keep_or_not(
            visit, open_draft(visit, opened.draft.name).draft, text, form, "schedule"
        )
    except ConfigurationError as error:
        return str(error)
    return None


def _text_page(
    visit: Visit, opened: OpenDraft, text: str, seen: str, error: str | None = None
) -> Response:
    return visit.render(
        "syncs_text.html",
        status=400 if error else 200,
        opened=opened,
        text=text,
        seen=seen,
        error=error,
        problems=_problems(visit, opened, text),
        **steps_of("text"),
        **WORDS,
    )


def _schedule_page(
    visit: Visit,
    opened: OpenDraft,
    typed: ScheduleForm,
    error: str | None = None,
    seen: str | None = None,
) -> Response:
    content = opened.content or {}
    status = find_status(visit, opened.draft.name)
    return visit.render(
        "syncs_schedule.html",
        status=400 if error else 200,
        opened=opened,
        typed=typed,
        error=error,
        seen=opened.draft.edition if seen is None else seen,
        is_recurring=Basics.of_content(content).frequency == RECURRING,
        problems=_problems(
            visit, opened, change_document(opened.draft.text, {"schedule": None}).text
        ),
        follows_pull=bool(content.get("after")),
        sync=status,
        units=UNITS,
        today=visit.room.now().astimezone(visit.room.zone).date().isoformat(),
        zone=visit.room.zone.key,
        **steps_of("schedule"),
        **WORDS,
    )


def _problems(visit: Visit, opened: OpenDraft, text: str) -> list[str]:
    """Return a line for each thing that is wrong with a text, with the number of its line."""
    room = visit.room
    try:
        definition = parse_definition(text, opened.fields, opened.draft.name)
        refuse_past_schedule(
            text, definition, room.now().astimezone(UTC), room.zone, opened.draft.name
        )
    except ConfigurationError as error:
        head, *lines = str(error).split("\n")
        return [one.strip() for one in lines] or [head]
    return []


def _preview(visit: Visit, opened: OpenDraft) -> dict[str, Any]:
    """Try the draft on the first records, without its schedule, which need not be there yet."""
    text = change_document(opened.draft.text, {"schedule": None}).text
    today = visit.room.now().astimezone(visit.room.zone).date()
    try:
        sync = pin(text, opened.fields, 0)
        definition: SyncDefinition = sync.definition

        def look(client: Any) -> list[PreviewRow]:
            with visit.room.ledger() as ledger:
                return preview_sync(
                    ledger, client, sync, today=today, most=_PREVIEWED, most_read=_READ
                )

        rows = ask_system(visit, opened, look)
    except SyncError as error:
        return {"rows": None, "problem": str(error), "names": None}
    return {
        "rows": rows,
        "problem": None,
        "names": record_names(visit, definition.connection),
    }
