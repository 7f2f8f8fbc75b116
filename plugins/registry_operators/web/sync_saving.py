"""Save what somebody did to a draft, unless that would undo what somebody else wrote (D1.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Response

from registry_operators.settings.data_sync import is_good_name
from registry_operators.settings.data_sync_text import change_document
from registry_operators.steps.data_sync.drafts import (
    Draft,
    DraftChangedError,
    change_draft,
    read_draft,
)
from registry_operators.web.language import mark
from registry_operators.web.sync_form_values import field, line
from registry_operators.web.sync_room import OpenDraft, no_such_sync
from registry_operators.web.visit import Visit

STEPS = (
    ("basics", mark("Name and set-up")),
    ("filter", mark("Filter")),
    ("mapping", mark("Mapping")),
    ("review", mark("Review")),
    ("schedule", mark("Execute or schedule")),
)
"""The five steps of the wizard, by their paths."""
_PAGES = frozenset({*(path for path, _ in STEPS), "text"})


def save_changes(
    visit: Visit, opened: OpenDraft, changes: Mapping[str, Any], form: Mapping[str, Any], step: str
) -> Response:
    """
    Save a draft with some of its keys changed, and lead on.

    Where somebody else has saved meanwhile, or remarks would be lost, nothing is saved: a page
    shows what would be saved and asks.

    :raises ConfigurationError: The draft has grown too long.
    :raises NameTakenError: It was given a name that another one has.
    """
    changed = change_document(opened.draft.text, changes)
    is_seen = line(form, "seen") == opened.draft.edition
    if is_seen and changed.lost_remarks:
        return keep_or_not(visit, opened.draft, changed.text, form, step, changed.lost_remarks)
    return save_text(visit, opened.draft.name, changed.text, form, step)


def save_text(visit: Visit, name: str, text: str, form: Mapping[str, Any], step: str) -> Response:
    """
    Save the text of a draft, and lead on.

    :raises ConfigurationError: It is too long.
    :raises NameTakenError: It was given a name that another one has.
    """
    with visit.room.ledger() as ledger:
        try:
            saved = change_draft(
                ledger, name, text, seen=line(form, "seen"), actor=visit.visitor.name
            )
        except DraftChangedError:
            draft = read_draft(ledger, name)
            if draft is None:
                raise no_such_sync() from None
            return keep_or_not(visit, draft, text, form, step)
    return lead_on(visit, saved.name, line(form, "go"), step)


def keep_or_not(
    visit: Visit,
    draft: Draft,
    text: str,
    form: Mapping[str, Any],
    step: str,
    lost_remarks: int = 0,
) -> Response:
    """Show what was not saved, and ask; 409 where somebody else came first."""
    go = line(form, "go")
    return visit.render(
        "syncs_keep.html",
        status=200 if lost_remarks else 409,
        draft=draft,
        text=text,
        lost=lost_remarks,
        step=step if is_good_name(step) else "basics",
        go=go if go in {"next", "back", "exit"} else "stay",
    )


def lead_on(visit: Visit, name: str, go: str, step: str) -> Response:
    """Send the browser to where a button of a step leads."""
    paths = [path for path, _ in STEPS]
    match go:
        case "exit":
            return visit.go_to("syncs", name, done="saved")
        case "next" if step in paths[:-1]:
            return visit.go_to("syncs", name, paths[paths.index(step) + 1])
        case "back" if step in paths[1:]:
            return visit.go_to("syncs", name, paths[paths.index(step) - 1])
        case "count":
            return visit.go_to("syncs", name, step, count="yes")
    return visit.go_to("syncs", name, step if step in _PAGES else "basics")


def posted_text(form: Mapping[str, Any], before: str) -> str:
    """Return a document from a text area, with the line ends that it had before."""
    text = field(form, "text")
    return text.replace("\n", "\r\n") if "\r\n" in before else text


def steps_of(step: str) -> dict[str, Any]:
    """Return what the templates of the steps need to show where somebody is."""
    return {"steps": STEPS, "step": step}
