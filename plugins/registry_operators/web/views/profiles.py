"""Profiles: what the data syncs have written, and where each value came from (D0.2, D5.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from registry_operators.domain.sync.catalogue import Sensitivity
from registry_operators.domain.sync.covering import covered
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.settings.profile_fields import ProfileField, ProfileFields
from registry_operators.web.access import Role
from registry_operators.web.language import mark
from registry_operators.web.navigation import Section
from registry_operators.web.problems import not_found
from registry_operators.web.sync_room import profile_fields, record_names
from registry_operators.web.sync_words import WORDS
from registry_operators.web.visit import Admin, Viewer, Visit

router = APIRouter()
SECTION: Section | None = Section("profiles", mark("Profiles"))

Word = Annotated[str, Query(max_length=100, pattern="^[a-z0-9_]*$")]
_PAGE = 50
_SHOWN = ("first_name", "last_name", "email")
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """
    One profile in the list, its values covered.

    :param sync: The data sync that changed it last; ``None`` where a person did, or an undo.
    """

    profile_id: int
    type: str
    values: tuple[str, ...]
    changed_at: datetime
    sync: str | None
    run_id: UUID | None


@dataclass(frozen=True, slots=True, repr=False)
class ValueRow:
    """
    One value of a profile, and where it came from.

    :param label: What its field is called; the field's own name where it is not configured.
    :param level: ``system``, ``all_types``, a type, or empty where it is not configured.
    :param is_covered: The value is not shown as it is.
    """

    field: str
    label: str
    level: str
    value: str
    is_covered: bool
    sync: str | None
    run_id: UUID | None
    written_at: datetime | None


@router.get("/profiles")
def show_profiles(
    visit: Viewer,
    type: Word = "",
    sync: Word = "",
    after: int = Query(0, ge=0, le=_LARGEST_ID),
) -> Response:
    """List profiles, values covered."""
    fields = profile_fields()
    with visit.room.ledger() as ledger:
        rows = ledger.rows(
            "pages/list_profiles", type=type or None, sync=sync or None, after_id=after,
            page_size=_PAGE + 1,
        )  # fmt: skip
        syncs = [row.name for row in ledger.rows("pages/list_profile_syncs")]
    known = _known_fields(fields)
    shown = [name for name in _SHOWN if name in known]
    query = {"type": type or None, "sync": sync or None}
    has_more = len(rows) > _PAGE
    return visit.render(
        "profiles.html",
        rows=[_row(row, shown, known) for row in rows[:_PAGE]],
        columns=[known[name].label for name in shown],
        types=fields.types,
        syncs=syncs,
        type=type,
        sync=sync,
        next_url=visit.url("profiles", **query, after=rows[_PAGE - 1].profile_id)
        if has_more
        else None,
        first_url=visit.url("profiles", **query) if after else None,
        **WORDS,
    )


@router.get("/profiles/{profile_id}")
def show_profile(visit: Viewer, profile_id: int) -> Response:
    """Tell of one profile, values covered, with the run that each came from."""
    return _page(visit, profile_id)


@router.post("/profiles/{profile_id}/unmask")
def unmask(visit: Admin, profile_id: int) -> Response:
    """Show the values of one profile, after an event says to whom."""
    return _page(visit, profile_id, is_shown=True)


def _page(visit: Visit, profile_id: int, *, is_shown: bool = False) -> Response:
    if not 0 < profile_id <= _LARGEST_ID:
        raise not_found(mark("There is no such profile."))
    with visit.room.ledger() as ledger:
        rows = ledger.rows("pages/read_profile", profile_id=profile_id)
        if not rows:
            raise not_found(mark("There is no such profile."))
        if is_shown:
            _write_down(visit, ledger, profile_id)
        origins = ledger.rows("pages/list_value_origins", profile_id=profile_id)
        links = ledger.rows("pages/list_profile_records", profile_id=profile_id)
    fields, profile = profile_fields(), rows[0]
    names = {row.source: record_names(visit, row.source) for row in links}
    return visit.render(
        "profile.html",
        profile=profile,
        types=fields.types,
        values=_values(profile, origins, fields, is_shown=is_shown),
        links=[
            {
                "source": row.source,
                "pseudonym": names[row.source].pseudonym(row.record_id),
                "record_id": names[row.source].shown_id(row.record_id),
                "link": names[row.source].link(row.record_id),
                "linked_at": row.linked_at,
            }
            for row in links
        ],
        is_shown=is_shown,
        may_unmask=Role.ADMIN in visit.visitor.roles and not is_shown,
        **WORDS,
    )


def _write_down(visit: Visit, ledger: Ledger, profile_id: int) -> None:
    AuditTrail(ledger).append(
        "unmask_profile", actor=visit.visitor.name, subject=f"profile {profile_id}"
    )


def _row(row: Any, shown: list[str], known: Mapping[str, ProfileField]) -> ProfileRow:
    return ProfileRow(
        row.profile_id,
        row.type,
        tuple(covered(row.fields.get(name), known[name].sensitivity) for name in shown),
        row.changed_at,
        row.sync,
        row.run_id,
    )


def _values(
    profile: Any, origins: list[Any], fields: ProfileFields, *, is_shown: bool
) -> list[ValueRow]:
    """Return the values in the order of the configuration; then those that it does not name."""
    known = fields.of_type(profile.type) if profile.type in fields.types else _known_fields(fields)
    order = {name: number for number, name in enumerate(known)}
    return [
        _value(row, profile.fields[row.field], known.get(row.field), is_shown=is_shown)
        for row in sorted(origins, key=lambda one: (order.get(one.field, len(order)), one.field))
    ]


def _value(row: Any, value: Any, known: ProfileField | None, *, is_shown: bool) -> ValueRow:
    sensitivity = Sensitivity.IDENTIFYING if known is None else known.sensitivity
    told = covered(value, Sensitivity.PLAIN if is_shown else sensitivity)
    return ValueRow(
        row.field,
        row.field if known is None else known.label,
        "" if known is None else known.level,
        told,
        not is_shown and sensitivity is not Sensitivity.PLAIN,
        row.sync,
        row.run_id,
        row.started_at,
    )


def _known_fields(fields: ProfileFields) -> dict[str, ProfileField]:
    return {
        name: one for type_name in fields.types for name, one in fields.of_type(type_name).items()
    }
