"""The first step of a data sync as a page: what it is called, reads and does (spec D1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Response

from registry_operators.errors import UnavailableError
from registry_operators.settings.catalogues import known_systems
from registry_operators.settings.data_sync import is_good_name
from registry_operators.settings.data_sync_meaning import RECORD_ID
from registry_operators.settings.data_sync_text import write_document
from registry_operators.settings.profile_fields import ProfileFields
from registry_operators.steps.data_sync.drafts import NameTakenError, create_draft, free_name
from registry_operators.web import sync_dags
from registry_operators.web.language import mark
from registry_operators.web.sync_basics import MOST_KEYS, Basics, key_choices
from registry_operators.web.sync_form_values import line, name_from
from registry_operators.web.sync_room import (
    OpenDraft,
    Posted,
    open_to_edit,
    profile_fields,
    readable_draft,
)
from registry_operators.web.sync_saving import lead_on, save_changes, steps_of
from registry_operators.web.sync_words import (
    EMPTY,
    ERRORS,
    FREQUENCIES,
    INCORRECT,
    TYPES,
    WORDS,
)
from registry_operators.web.visit import Admin, Visit

router = APIRouter()
_NEW = "new_sync"
_CHOOSE = mark("Choose …")
_OF_MAPPING = mark("The one that the mapping names")
_OWN_ID = mark("The record's own id, from an earlier run")
DONE = {"copied": mark("The data sync was copied; this is the copy.")}


@router.get("/syncs/-/new")
def start_new(visit: Admin) -> Response:
    """Show the first step of a data sync that is not there yet."""
    return _basics_page(visit, None, Basics())


@router.post("/syncs/-/new")
def save_new(visit: Admin, form: Posted) -> Response:
    """Save a draft for the first time; one without a name gets one that can be changed."""
    basics = _named(Basics.of_form(form))
    with visit.room.ledger() as ledger:
        name = basics.name or free_name(ledger, _NEW)
        content = {**basics.changes({}, is_new=True), "name": name}
        text = write_document({key: one for key, one in content.items() if one is not None})
        try:
            create_draft(ledger, name, text, actor=visit.visitor.name)
        except NameTakenError as error:
            return _basics_page(visit, None, Basics.of_form(form), {"name": str(error)})
    return lead_on(visit, name, line(form, "go"), "basics")


@router.get("/syncs/{name}/basics")
def show_basics(visit: Admin, name: str) -> Response:
    """Show the first step: name, source, type, frequency, strategies, keys."""
    opened = open_to_edit(visit, name)
    if opened.content is None:
        return visit.go_to("syncs", name, "text")
    return _basics_page(visit, opened, Basics.of_content(opened.content))


@router.post("/syncs/{name}/basics")
def save_basics(visit: Admin, name: str, form: Posted) -> Response:
    """Save the first step."""
    opened = readable_draft(visit, name)
    typed = Basics.of_form(form)
    basics = _named(typed)
    content = opened.content or {}
    if not basics.name:
        basics = _with_name(basics, name)
    try:
        return save_changes(visit, opened, basics.changes(content), form, "basics")
    except NameTakenError as error:
        return _basics_page(visit, opened, typed, {"name": str(error)}, line(form, "seen"))


def _basics_page(
    visit: Visit,
    opened: OpenDraft | None,
    basics: Basics,
    errors: Mapping[str, str] | None = None,
    seen: str | None = None,
) -> Response:
    fields = profile_fields()
    edition = "" if opened is None else opened.draft.edition
    return visit.render(
        "syncs_basics.html",
        status=400 if errors else 200,
        opened=opened,
        basics=basics,
        seen=edition if seen is None else seen,
        errors=errors or {},
        connections=_connections(),
        choices=_choices(visit, fields, basics),
        notice=visit.notice(DONE),
        **steps_of("basics"),
        **WORDS,
    )


def _choices(visit: Visit, fields: ProfileFields, basics: Basics) -> dict[str, Any]:
    """Return what can be chosen; a value of a document that is none of these can be kept."""

    def options(words: Mapping[str, str], value: str, none: str = "") -> list[tuple[str, str]]:
        listed = [(code, visit.say(text)) for code, text in words.items()]
        return [
            *([("", visit.say(none))] if none and (value == "" or value in words) else []),
            *([(value, value)] if value and value not in words else []),
            *listed,
        ]

    systems = {name: name for name in known_systems()}
    keys = {RECORD_ID: _OWN_ID, **dict(key_choices(fields, basics.profile_type))}
    chosen = (*basics.match_on, "")
    return {
        "ils": options(systems, basics.ils, _CHOOSE),
        "type": options(TYPES, basics.type),
        "frequency": options(FREQUENCIES, basics.frequency),
        "profile_type": options(fields.types, basics.profile_type, _OF_MAPPING),
        "empty_fields": options(EMPTY, basics.empty_fields),
        "incorrect_values": options(INCORRECT, basics.incorrect_values),
        "errors": options(ERRORS, basics.errors),
        "match_on": [[("", "–"), *options(keys, one)] for one in chosen[:MOST_KEYS]],
    }


def _named(basics: Basics) -> Basics:
    name = basics.name
    return basics if is_good_name(name) else _with_name(basics, name_from(name))


def _with_name(basics: Basics, name: str) -> Basics:
    return replace(basics, name=name)


def _connections() -> list[str]:
    try:
        return sync_dags.connection_ids()
    except UnavailableError:
        return []  # they can be typed
