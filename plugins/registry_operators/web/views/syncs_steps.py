"""The first three steps of a data sync as pages: set-up, filter, mapping (spec D1, D2, D3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Response

from registry_operators.domain.sync.catalogue import Catalogue, SourceField
from registry_operators.domain.sync.definition import FilterRow
from registry_operators.errors import ConfigurationError, SyncError, UnavailableError
from registry_operators.settings.catalogues import known_systems
from registry_operators.settings.data_sync import is_good_name, read_filter
from registry_operators.settings.data_sync_meaning import RECORD_ID
from registry_operators.settings.data_sync_text import write_document
from registry_operators.settings.profile_fields import ProfileFields
from registry_operators.steps.data_sync.drafts import NameTakenError, create_draft, free_name
from registry_operators.steps.data_sync.sample_records import Sample, sample_records
from registry_operators.web import sync_dags
from registry_operators.web.language import mark
from registry_operators.web.problems import PageError
from registry_operators.web.sync_basics import MOST_KEYS, Basics, key_choices
from registry_operators.web.sync_filter_form import NO_VALUE, filter_rows, is_unknown, posted_filter
from registry_operators.web.sync_filter_form import UNITS as PERIOD_UNITS
from registry_operators.web.sync_form_values import as_text, line, name_from
from registry_operators.web.sync_mapping_form import (
    added_field,
    mapping_rows,
    matching_fields,
    posted_mapping,
    target_groups,
)
from registry_operators.web.sync_room import (
    OpenDraft,
    Posted,
    ask_system,
    open_draft,
    open_to_edit,
    profile_fields,
    record_names,
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
_NO_SUCH_FIELD = mark("The library system has no such field. Choose one from the list.")
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
    opened = _readable(visit, name)
    typed = Basics.of_form(form)
    basics = _named(typed)
    content = opened.content or {}
    if not basics.name:
        basics = _with_name(basics, name)
    try:
        return save_changes(visit, opened, basics.changes(content), form, "basics")
    except NameTakenError as error:
        return _basics_page(visit, opened, typed, {"name": str(error)}, line(form, "seen"))


@router.get("/syncs/{name}/filter")
def show_filter(visit: Admin, name: str, count: str = "", unknown: str = "") -> Response:
    """Show the second step: the conditions, and whom they mean."""
    opened = open_to_edit(visit, name)
    if opened.catalogue is None:
        return visit.go_to("syncs", name, "basics" if opened.content is not None else "text")
    listed = (opened.content or {}).get("filter")
    found, errors = read_filter(opened.catalogue.ils, listed, opened.fields)
    return visit.render(
        "syncs_filter.html",
        opened=opened,
        rows=filter_rows(listed, opened.catalogue, errors),
        fields=_all_fields(opened.catalogue),
        families=opened.catalogue.families,
        no_value=NO_VALUE,
        period_units=PERIOD_UNITS,
        error=visit.say(_NO_SUCH_FIELD) if unknown else None,
        sample=_sample(visit, opened, found) if count else None,
        **steps_of("filter"),
        **WORDS,
    )


@router.post("/syncs/{name}/filter")
def save_filter(visit: Admin, name: str, form: Posted) -> Response:
    """Save the second step; its buttons also add and remove conditions."""
    opened = _readable(visit, name)
    catalogue = _known_system(opened)
    changes = _rows("filter", posted_filter(form, catalogue), opened)
    answer = save_changes(visit, opened, changes, form, "filter")
    if answer.status_code == 303 and is_unknown(form, catalogue):
        return visit.go_to("syncs", name, "filter", unknown="yes")
    return answer


@router.post("/syncs/{name}/filter/count")
def count_filter(visit: Admin, name: str, form: Posted) -> Response:
    """Tell whom the conditions mean as they stand in the form; nothing is saved."""
    opened = _readable(visit, name)
    catalogue = _known_system(opened)
    found, errors = read_filter(catalogue.ils, posted_filter(form, catalogue), opened.fields)
    sample = _sample(visit, opened, found) | {"wrong": len(errors)}
    return visit.render("_syncs_sample.html", sample=sample)


@router.get("/syncs/{name}/mapping")
def show_mapping(
    visit: Admin, name: str, q: str = "", own: str = "", unknown: str = ""
) -> Response:
    """Show the third step: which field of the library system becomes which one of the profile."""
    opened = open_to_edit(visit, name)
    if opened.catalogue is None:
        return visit.go_to("syncs", name, "basics" if opened.content is not None else "text")
    content, catalogue = opened.content or {}, opened.catalogue
    rows = mapping_rows(content.get("mapping"), catalogue, opened.fields)
    used = {source for row in rows for source in row.sources.split("\n")}
    values: dict[str, Any] = {
        "opened": opened,
        "used": used,
        "found": matching_fields(catalogue, q),
        "sought": q,
        "own": _own_fields(visit, opened) if own else None,
        **WORDS,
    }
    if visit.is_part:
        return visit.render("_syncs_fields.html", **values)
    conditions, _ = read_filter(catalogue.ils, content.get("filter"), opened.fields)
    groups = target_groups(opened.fields, opened.profile_type)
    return visit.render(
        "syncs_mapping.html",
        rows=rows,
        conditions=conditions,
        fields=_all_fields(catalogue),
        groups=groups,
        codes=frozenset(code for _, targets in groups for code, _ in targets),
        all_groups=target_groups(opened.fields, ""),
        types=opened.fields.types,
        error=visit.say(_NO_SUCH_FIELD) if unknown else None,
        **values,
        **steps_of("mapping"),
    )


@router.post("/syncs/{name}/mapping")
def save_mapping(visit: Admin, name: str, form: Posted) -> Response:
    """Save the third step; its buttons also add and remove rows."""
    opened = _readable(visit, name)
    catalogue = _known_system(opened)
    rows = posted_mapping(form, catalogue, opened.fields, opened.profile_type)
    answer = save_changes(visit, opened, _rows("mapping", rows, opened), form, "mapping")
    is_lost = line(form, "go") == "add" and added_field(form, catalogue) is None
    if answer.status_code == 303 and is_lost:
        return visit.go_to("syncs", name, "mapping", unknown="yes")
    return answer


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


def _readable(visit: Visit, name: str) -> OpenDraft:
    """
    Return a draft into which a form can be put.

    :raises PageError: 404, or 409 where it is no YAML any more.
    """
    opened = open_draft(visit, name)
    if opened.content is None:
        raise PageError(
            409,
            mark("The draft cannot be read any more, so the form cannot be put into it."),
            mark("Correct it as text first."),
        )
    return opened


def _rows(key: str, rows: list[Any], opened: OpenDraft) -> dict[str, Any]:
    """Return the change of a list; one that had no rows and gets none is left as it is."""
    before = (opened.content or {}).get(key)
    had_rows = isinstance(before, list) and bool(before)
    return {key: rows or None} if rows or had_rows else {}


def _known_system(opened: OpenDraft) -> Catalogue:
    if opened.catalogue is None:
        raise PageError(409, mark("Choose the library system first, in the first step."))
    return opened.catalogue


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


def _all_fields(catalogue: Catalogue) -> list[SourceField]:
    return list(catalogue.fields.values())


def _own_fields(visit: Visit, opened: OpenDraft) -> dict[str, Any]:
    """Ask the library system for fields that each installation names itself."""

    def usable() -> list[SourceField]:
        found = ask_system(visit, opened, lambda client: client.extra_fields())
        catalogue = opened.catalogue
        return [one for one in found if catalogue is not None and catalogue.find(one.name)]

    return _or_problem("fields", usable)


def _sample(visit: Visit, opened: OpenDraft, rows: tuple[FilterRow, ...]) -> dict[str, Any]:
    catalogue = _known_system(opened)
    today = visit.room.now().astimezone(visit.room.zone).date()

    def ask() -> Sample:
        return ask_system(
            visit, opened, lambda client: sample_records(client, catalogue, rows, today=today)
        )

    source = (opened.content or {}).get("source")
    conn_id = as_text(source.get("connection")) if isinstance(source, dict) else ""
    found = _or_problem("found", ask)
    return {**found, "names": record_names(visit, conn_id), "wrong": 0}


def _or_problem(name: str, ask: Callable[[], Any]) -> dict[str, Any]:
    """Return what a library system says, or what is wrong with it: the page is of use without."""
    try:
        return {name: ask(), "problem": None}
    except (ConfigurationError, UnavailableError) as error:
        return {name: None, "problem": str(error)}
    except SyncError as error:
        return {name: None, "problem": f"{error.code}: {error}"}
