"""The second and the third step of a data sync as pages: filter and mapping (spec D2, D3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response

from registry_operators.domain.sync.catalogue import Catalogue, SourceField
from registry_operators.domain.sync.definition import FilterRow
from registry_operators.errors import ConfigurationError, SyncError, UnavailableError
from registry_operators.settings.data_sync import read_filter
from registry_operators.steps.data_sync.sample_records import Sample, sample_records
from registry_operators.web.language import mark
from registry_operators.web.problems import PageError
from registry_operators.web.sync_filter_form import NO_VALUE, filter_rows, is_unknown, posted_filter
from registry_operators.web.sync_filter_form import UNITS as PERIOD_UNITS
from registry_operators.web.sync_form_values import as_text, line
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
    open_to_edit,
    readable_draft,
    record_names,
)
from registry_operators.web.sync_saving import save_changes, steps_of
from registry_operators.web.sync_words import (
    WORDS,
)
from registry_operators.web.visit import Admin, Visit

router = APIRouter()
_NO_SUCH_FIELD = mark("The library system has no such field. Choose one from the list.")


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
    opened = readable_draft(visit, name)
    catalogue = _known_system(opened)
    changes = _rows("filter", posted_filter(form, catalogue), opened)
    answer = save_changes(visit, opened, changes, form, "filter")
    if answer.status_code == 303 and is_unknown(form, catalogue):
        return visit.go_to("syncs", name, "filter", unknown="yes")
    return answer


@router.post("/syncs/{name}/filter/count")
def count_filter(visit: Admin, name: str, form: Posted) -> Response:
    """Tell whom the conditions mean as they stand in the form; nothing is saved."""
    opened = readable_draft(visit, name)
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
    opened = readable_draft(visit, name)
    catalogue = _known_system(opened)
    rows = posted_mapping(form, catalogue, opened.fields, opened.profile_type)
    answer = save_changes(visit, opened, _rows("mapping", rows, opened), form, "mapping")
    is_lost = line(form, "go") == "add" and added_field(form, catalogue) is None
    if answer.status_code == 303 and is_lost:
        return visit.go_to("syncs", name, "mapping", unknown="yes")
    return answer


def _rows(key: str, rows: list[Any], opened: OpenDraft) -> dict[str, Any]:
    """Return the change of a list; one that had no rows and gets none is left as it is."""
    before = (opened.content or {}).get(key)
    had_rows = isinstance(before, list) and bool(before)
    return {key: rows or None} if rows or had_rows else {}


def _known_system(opened: OpenDraft) -> Catalogue:
    if opened.catalogue is None:
        raise PageError(409, mark("Choose the library system first, in the first step."))
    return opened.catalogue


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
